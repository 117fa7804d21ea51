#include "common/identity/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <utility>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace dangol::identity {
namespace {

constexpr size_t kBytesMax = 64 << 20;

absl::Status Unreadable(const std::string& path, std::string_view why) {
  return Error(absl::StatusCode::kFailedPrecondition, "KEYS_INVALID", fmt::format("Cannot use {}: {}.", path, why));
}

absl::Status Unwritable(const std::string& path) {
  return Error(absl::StatusCode::kFailedPrecondition, "KEYS_UNWRITABLE",
               fmt::format("Cannot write {}: {}. Give this user the folder, or name another one (--keys, --tls).", path,
                           std::strerror(errno)));
}

class Descriptor {
 public:
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

bool WriteAll(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t count = write(fd, content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    content.remove_prefix(static_cast<size_t>(count));
  }
  return fsync(fd) == 0;
}

bool SyncFolderOf(const std::string& path) {
  const Descriptor folder(open(std::filesystem::path(path).parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return folder.get() >= 0 && fsync(folder.get()) == 0;
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
  const std::string unfinished = fmt::format("{}.{}", path, getpid());
  unlink(unfinished.c_str());
  bool written = false;
  {
    const Descriptor file(open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    written = file.get() >= 0 && fchmod(file.get(), mode) == 0 && WriteAll(file.get(), content);
  }
  if (!written || rename(unfinished.c_str(), path.c_str()) != 0) {
    const absl::Status status = Unwritable(path);
    unlink(unfinished.c_str());
    return status;
  }
  return SyncFolderOf(path) ? absl::OkStatus() : Unwritable(path);
}

absl::Status MakeFolder(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
  if (mkdir(path.c_str(), 0700) == 0 || (errno == EEXIST && std::filesystem::is_directory(path)))
    return absl::OkStatus();
  return Unwritable(path);
}

std::string FileVersion(const std::string& path) {
  struct stat found {};
  if (stat(path.c_str(), &found) != 0) return "";
  return fmt::format("{}.{}.{}.{}.{}.{}", found.st_ino, found.st_size, found.st_mtim.tv_sec, found.st_mtim.tv_nsec,
                     found.st_ctim.tv_sec, found.st_ctim.tv_nsec);
}

absl::StatusOr<FileLock> FileLock::Take(const std::string& path) {
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
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
