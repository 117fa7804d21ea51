// Small files that hold secrets: read whole, come into being whole. What root makes belongs to the owner of its folder
// (common/base/folder_owner.h).
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace dangol::identity {

// NOT_FOUND where there is none; FAILED_PRECONDITION, reason KEYS_INVALID, where it cannot be read or, if
// it is `secret`, where everybody may read it.
absl::StatusOr<std::string> ReadSmallFile(const std::string& path, bool secret);

// Replaces the file; who reads it has the old one or the new one, and a loss of power leaves one of both.
// FAILED_PRECONDITION, reason KEYS_UNWRITABLE.
absl::Status WriteSmallFile(const std::string& path, std::string_view content, int mode);

// A folder that only its owner enters, with those above it.
absl::Status MakeFolder(const std::string& path);

// Another text whenever the file is another one, was written, or may be read by others than before; empty where there
// is none.
std::string FileVersion(const std::string& path);

// Holds off others who hold it, by a file that they lock.
class FileLock {
 public:
  static absl::StatusOr<FileLock> Take(const std::string& path);
  ~FileLock();
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace dangol::identity
