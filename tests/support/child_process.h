// A program in a process of its own, for tests of whole processes: started, watched, signalled, and never left behind.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

namespace dangol::testing {

struct ChildOptions {
  std::string input;                     // standard input, whole; empty: ends at once
  std::vector<std::string> environment;  // `NAME=value`, beside the test's own
  std::string folder;                    // to run in; empty: the test's
};

// Used by one thread, which must live as long as the child: the kernel kills the child when the thread that started it
// ends, however that comes about.
class ChildProcess {
 public:
  // `program` is a path. One that cannot be started ends with 127 and says why on its standard error.
  ChildProcess(const std::string& program, const std::vector<std::string>& arguments, const ChildOptions& options = {});
  // Kills it where it still runs.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }

  // Does nothing where it has ended.
  void Signal(int signal);
  // SIGKILL, and waits until it is gone: its files, locks and ports are free then.
  void Kill();

  // What it ended with, 128 + N where signal N ended it. None: it still runs after `time`.
  std::optional<int> Wait(absl::Duration time);
  bool Running() { return !Wait(absl::ZeroDuration()).has_value(); }

  // True as soon as the text stands in what it wrote to standard output or standard error; false where it has ended, or
  // `time` has passed, without.
  bool WaitForText(std::string_view text, absl::Duration time);

  // All it has written so far. It never has to wait for somebody who reads this.
  std::string output() const;  // to standard output
  std::string errors() const;  // to standard error

 private:
  int output_file_;
  int errors_file_;
  int pid_file_;
  pid_t pid_;
  std::optional<int> code_;
};

// A child from start to end.
struct Ended {
  std::optional<int> code;  // none: it was killed because it took too long
  std::string output;
  std::string errors;
};
Ended RunToEnd(const std::string& program, const std::vector<std::string>& arguments, const ChildOptions& options = {},
               absl::Duration time = absl::Seconds(60));

// A port N so that N to N + 9 of 127.0.0.1 are free now. Outside the range from which the kernel gives ports away.
int FreePorts();

}  // namespace dangol::testing
