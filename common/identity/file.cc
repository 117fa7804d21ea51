#include "common/identity/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "fmt/format.h"

#include "common/base/descriptor.h"
#include "common/base/error.h"
#include "common/base/folder_owner.h"
#include "common/base/status_macros.h"

namespace dangol::identity {
namespace {

constexpr size_t kBytesMax = 64 << 20;

absl::Status Unreadable(const std::string& path, std::string_view why) {
  return Error(absl::StatusCode::kFailedPrecondition, "KEYS_INVALID", fmt::format("Cannot use {}: {}.", path, why));
}

absl::Status Unwritable(const std::string& path, std::string_view why = std::strerror(errno)) {
  return Error(
      absl::StatusCode::kFailedPrecondition, "KEYS_UNWRITABLE",
      fmt::format("Cannot write {}: {}. Give this user the folder, or name another one (--keys, --tls).", path, why));
}

bool WriteAll(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t count = write(fd, content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    content.remove_prefix(static_cast<size_t>(count));
  }
  return fsync(fd) == 0;
}

}  // namespace

absl::StatusOr<std::string> ReadSmallFile(const std::string& path, bool secret) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0 && (errno == ENOENT || errno == ENOTDIR)) return NotFound(path);
  struct stat found {};
  if (file.get() < 0 || fstat(file.get(), &found) != 0) return Unreadable(path, std::strerror(errno));
  if (secret && (found.st_mode & S_IRWXO) != 0)
    return Unreadable(path, fmt::format("everybody on this machine may read it; `chmod 0400 {}` ends that", path));
  std::string content;
  char buffer[16 << 10];
  while (true) {
    const ssize_t count = read(file.get(), buffer, sizeof(buffer));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Unreadable(path, std::strerror(errno));
    if (count == 0) return content;
    content.append(buffer, static_cast<size_t>(count));
    if (content.size() > kBytesMax) return Unreadable(path, fmt::format("it has more than {} bytes", kBytesMax));
  }
}

absl::Status WriteSmallFile(const std::string& path, std::string_view content, int mode) {
  const Descriptor folder(open(FolderOf(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() < 0) return Unwritable(path);
  const std::string name = std::filesystem::path(path).filename();
  const std::string unfinished = fmt::format("{}.{}", name, getpid());
  unlinkat(folder.get(), unfinished.c_str(), 0);
  bool written = false;
  {
    const Descriptor file(openat(folder.get(), unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    written = file.get() >= 0 && fchmod(file.get(), mode) == 0 && GiveToOwnerOf(folder.get(), file.get()) &&
              WriteAll(file.get(), content);
  }
  if (!written || renameat(folder.get(), unfinished.c_str(), folder.get(), name.c_str()) != 0) {
    const absl::Status status = Unwritable(path);
    unlinkat(folder.get(), unfinished.c_str(), 0);
    return status;
  }
  return fsync(folder.get()) == 0 ? absl::OkStatus() : Unwritable(path);
}

absl::Status MakeFolder(const std::string& path) {
  const std::error_code error = MakeFolders(path, 0700);
  return error ? Unwritable(path, error.message()) : absl::OkStatus();
}

std::string FileVersion(const std::string& path) {
  struct stat found {};
  if (stat(path.c_str(), &found) != 0) return "";
  return fmt::format("{}.{}.{}.{}.{}.{}", found.st_ino, found.st_size, found.st_mtim.tv_sec, found.st_mtim.tv_nsec,
                     found.st_ctim.tv_sec, found.st_ctim.tv_nsec);
}

absl::StatusOr<FileLock> FileLock::Take(const std::string& path) {
  const int fd = OpenOrMakeFile(path, 0600);
  if (fd < 0) return Unwritable(path);
  while (flock(fd, LOCK_EX) != 0) {
    if (errno == EINTR) continue;
    const absl::Status status = Unwritable(path);
    close(fd);
    return status;
  }
  return FileLock(fd);
}

FileLock::~FileLock() {
  if (fd_ >= 0) close(fd_);
}

FileLock::FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

}  // namespace dangol::identity
