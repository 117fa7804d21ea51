// A file descriptor that is closed with its owner.
#pragma once

#include <unistd.h>

namespace dangol {

class Descriptor {
 public:
  // Negative: none.
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  const int fd_;
};

}  // namespace dangol
