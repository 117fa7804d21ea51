#include "common/base/folder_owner.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "common/base/descriptor.h"

namespace dangol {
namespace {

// Whoever may enter a folder may make something in it, also where he may not list it.
int OpenFolder(const std::filesystem::path& path) { return open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC); }

std::error_code LastError() { return {errno, std::generic_category()}; }

std::error_code MakeOne(const std::filesystem::path& path, mode_t mode) {
  const Descriptor above(OpenFolder(FolderOf(path)));
  const std::string name = path.filename();
  if (above.get() < 0 || mkdirat(above.get(), name.c_str(), mode) != 0) {
    const std::error_code error = LastError();
    std::error_code ignored;
    return error == std::errc::file_exists && std::filesystem::is_directory(path, ignored) ? std::error_code() : error;
  }
  if (geteuid() != 0) return {};
  const Descriptor made(openat(above.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (made.get() >= 0 && GiveToOwnerOf(above.get(), made.get())) return {};
  const std::error_code error = LastError();
  unlinkat(above.get(), name.c_str(), AT_REMOVEDIR);
  return error;
}

}  // namespace

std::filesystem::path FolderOf(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

bool GiveToOwnerOf(int folder, int made) {
  if (geteuid() != 0) return true;
  struct stat found {};
  return fstat(folder, &found) == 0 && (found.st_uid == 0 || fchown(made, found.st_uid, found.st_gid) == 0);
}

int MakeFile(const std::string& path, mode_t mode) {
  const Descriptor folder(OpenFolder(FolderOf(path)));
  if (folder.get() < 0) return -1;
  const std::string name = std::filesystem::path(path).filename();
  const int made = openat(folder.get(), name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (made < 0 || GiveToOwnerOf(folder.get(), made)) return made;
  const int error = errno;
  unlinkat(folder.get(), name.c_str(), 0);
  close(made);
  errno = error;
  return -1;
}

int OpenOrMakeFile(const std::string& path, mode_t mode) {
  const int made = MakeFile(path, mode);
  return made < 0 && errno == EEXIST ? open(path.c_str(), O_RDWR | O_CLOEXEC) : made;
}

std::error_code MakeFolders(const std::filesystem::path& path, mode_t mode) {
  std::error_code ignored;
  if (path.empty() || std::filesystem::is_directory(path, ignored)) return {};
  if (!path.has_filename()) return MakeFolders(path.parent_path(), mode);  // `data/`
  if (const std::error_code error = MakeFolders(FolderOf(path), 0777)) return error;
  return MakeOne(path, mode);
}

}  // namespace dangol
