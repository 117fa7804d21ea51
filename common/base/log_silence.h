// Keeps the log quiet for a while, for a program that has one line of its own to say.
#pragma once

namespace dangol {

// While it lives, what the thread that made it says below `critical` is not logged. Other threads are heard. Not to be
// nested.
class LogSilence {
 public:
  LogSilence();
  ~LogSilence();
  LogSilence(const LogSilence&) = delete;
  LogSilence& operator=(const LogSilence&) = delete;
};

}  // namespace dangol
