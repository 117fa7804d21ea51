// Reading a file that is mapped into memory: what the disk cannot give comes as a signal, SIGBUS, and not as an error.
#pragma once

#include <atomic>

namespace dangol::storage {

// From its construction to its end, on the thread that made it, a page of the mapped file that cannot be read becomes a
// page of zeros, and `failed` is true: what was read is void, and so is all that is read by this mapping later, until
// it is unmapped. Any other SIGBUS of the process does what it did before. May be nested.
class MappedRead {
 public:
  // The file's absolute path, without symbolic links; must outlive it.
  explicit MappedRead(const char* path);
  ~MappedRead();
  MappedRead(const MappedRead&) = delete;
  MappedRead& operator=(const MappedRead&) = delete;

  const char* path() const { return path_; }
  bool failed() const { return failed_; }
  void Fail() { failed_ = true; }

 private:
  const char* const path_;
  MappedRead* const outer_;
  std::atomic<bool> failed_ = false;
};

}  // namespace dangol::storage
