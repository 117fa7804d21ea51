// Writes SQLite's log in large pieces. SQLite writes a commit of 40 pages with 80 system calls, one for the head and
// one for the content of each page; here they become two.
#pragma once

#include <memory>
#include <string>

#include <sqlite3.h>

namespace dangol::storage {

// A VFS whose logs (SQLITE_OPEN_WAL) keep what is written in memory until they are synced or read, or 126 KiB have
// come; all else is that of another VFS. Only for connections that sync every commit (PRAGMA synchronous = FULL): what
// other connections may read was synced before. A write that fails is reported by the sync.
class GatheredLog {
 public:
  // `vfs`: the other one's name, of SQLite's default where it is empty. It must outlive this.
  explicit GatheredLog(const std::string& vfs);
  // No connection is open.
  ~GatheredLog();
  GatheredLog(const GatheredLog&) = delete;
  GatheredLog& operator=(const GatheredLog&) = delete;

  // What sqlite3_open_v2 knows it by.
  const std::string& name() const { return name_; }

 private:
  struct Vfs;

  const std::string name_;
  const std::unique_ptr<Vfs> vfs_;
};

}  // namespace dangol::storage
