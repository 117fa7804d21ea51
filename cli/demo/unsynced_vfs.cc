#include "cli/demo/unsynced_vfs.h"

#include <map>
#include <mutex>

#include <sqlite3.h>

namespace dangol::demo {
namespace {

int DoNotSync(sqlite3_file*, int) { return SQLITE_OK; }

// As these methods, but for the one that waits. A file system has few tables of them.
const sqlite3_io_methods* Unsynced(const sqlite3_io_methods* methods) {
  static std::mutex mutex;
  static auto& tables = *new std::map<const sqlite3_io_methods*, sqlite3_io_methods>;
  const std::lock_guard lock(mutex);
  const auto [entry, added] = tables.try_emplace(methods, *methods);
  if (added) entry->second.xSync = DoNotSync;
  return &entry->second;
}

int OpenUnsynced(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* flags_out) {
  auto* const machine = static_cast<sqlite3_vfs*>(vfs->pAppData);
  const int code = machine->xOpen(machine, name, file, flags, flags_out);
  if (code == SQLITE_OK && file->pMethods != nullptr) file->pMethods = Unsynced(file->pMethods);
  return code;
}

}  // namespace

const std::string& UnsyncedVfs() {
  static const auto& name = *new std::string([] {
    sqlite3_vfs* const machine = sqlite3_vfs_find(nullptr);
    auto& vfs = *new sqlite3_vfs(*machine);
    vfs.zName = "unsynced";
    vfs.pAppData = machine;
    vfs.xOpen = OpenUnsynced;
    sqlite3_vfs_register(&vfs, 0);
    return std::string(vfs.zName);
  }());
  return name;
}

}  // namespace dangol::demo
