// The simulated disk as SQLite sees it: connections by SQL, and files through the VFS interface itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "tests/simulation/memory_vfs.h"

namespace dangol::simulation {

inline constexpr char kName[] = "/data/orders.db";
inline constexpr char kWalName[] = "/data/orders.db-wal";
inline constexpr char kJournalName[] = "/data/orders.db-journal";

// A connection by SQL. Error codes are the primary ones.
class Connection {
 public:
  explicit Connection(const std::string& name = kName) { open_result_ = sqlite3_open(name.c_str(), &database_) & 0xff; }
  ~Connection() { EXPECT_EQ(sqlite3_close(database_), SQLITE_OK); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  int open_result() const { return open_result_; }

  int Execute(const std::string& sql) { return sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) & 0xff; }

  // The first column of all rows, joined by commas, or "error <code>".
  std::string Query(const std::string& sql) {
    const auto append = [](void* text, int, char** values, char**) {
      auto& joined = *static_cast<std::string*>(text);
      joined += joined.empty() ? "" : ",";
      joined += values[0] == nullptr ? "NULL" : values[0];
      return 0;
    };
    std::string joined;
    const int result = sqlite3_exec(database_, sql.c_str(), append, &joined, nullptr) & 0xff;
    return result == SQLITE_OK ? joined : "error " + std::to_string(result);
  }

  int PersistWal(int value) {
    sqlite3_file_control(database_, "main", SQLITE_FCNTL_PERSIST_WAL, &value);
    return value;
  }

 private:
  sqlite3* database_ = nullptr;
  int open_result_;
};

// A file through the VFS interface itself.
class RawFile {
 public:
  explicit RawFile(const char* name, int flags = SQLITE_OPEN_CREATE)
      : memory_(sqlite3_vfs_find(nullptr)->szOsFile), file_(sqlite3_vfs_find(nullptr)) {
    open_result_ = file_->xOpen(file_, name, get(), flags | SQLITE_OPEN_READWRITE | SQLITE_OPEN_MAIN_DB, nullptr);
  }
  ~RawFile() { Close(); }
  RawFile(const RawFile&) = delete;
  RawFile& operator=(const RawFile&) = delete;

  void Close() {
    if (get()->pMethods != nullptr) calls()->xClose(get());
    get()->pMethods = nullptr;
  }
  int open_result() const { return open_result_; }
  sqlite3_file* get() { return reinterpret_cast<sqlite3_file*>(memory_.data()); }
  const sqlite3_io_methods* calls() { return get()->pMethods; }

  int Write(const std::string& text, int64_t offset) {
    return calls()->xWrite(get(), text.data(), static_cast<int>(text.size()), offset);
  }
  std::string Read(int size, int64_t offset = 0) {
    std::string text(size, '?');
    const int result = calls()->xRead(get(), text.data(), size, offset);
    return result == SQLITE_OK || result == SQLITE_IOERR_SHORT_READ ? text : "error";
  }
  int Sync() { return calls()->xSync(get(), SQLITE_SYNC_NORMAL); }
  int Truncate(int64_t size) { return calls()->xTruncate(get(), size); }
  int Lock(int level) { return calls()->xLock(get(), level); }
  int Unlock(int level) { return calls()->xUnlock(get(), level); }
  bool Reserved() {
    int reserved = -1;
    EXPECT_EQ(calls()->xCheckReservedLock(get(), &reserved), SQLITE_OK);
    return reserved != 0;
  }
  volatile char* Map(int region, bool extend) {
    volatile void* memory = nullptr;
    EXPECT_EQ(calls()->xShmMap(get(), region, 32768, extend, &memory), SQLITE_OK);
    return static_cast<volatile char*>(memory);
  }
  int ShmLock(int first, int count, int flags) { return calls()->xShmLock(get(), first, count, flags); }

 private:
  std::vector<std::max_align_t> memory_;
  sqlite3_vfs* file_;
  int open_result_;
};

inline int Delete(const char* name, bool sync_directory) {
  sqlite3_vfs* vfs = sqlite3_vfs_find(nullptr);
  return vfs->xDelete(vfs, name, sync_directory);
}

inline std::string Text(int64_t size, char letter) { return std::string(size, letter); }

// Transaction `k` adds the rows 2k and 2k+1, whose sizes tear over sectors and pages, and updates
// a counter; small checkpoints fall between them.
class Ledger {
 public:
  explicit Ledger(const std::string& pragmas) : connection_(std::make_unique<Connection>()) {
    ready_ = connection_->Execute(pragmas + "; PRAGMA wal_autocheckpoint = 9;") == SQLITE_OK &&
             connection_->Execute(
                 "CREATE TABLE IF NOT EXISTS entry(id INTEGER PRIMARY KEY, "
                 "body BLOB, tag TEXT); "
                 "CREATE INDEX IF NOT EXISTS by_tag ON entry(tag); "
                 "CREATE TABLE IF NOT EXISTS total(count INTEGER);") == SQLITE_OK;
  }

  bool ready() const { return ready_; }
  Connection& connection() { return *connection_; }

  int Add(int64_t k) {
    const std::string low = std::to_string(2 * k), high = std::to_string(2 * k + 1);
    const int result = connection_->Execute(
        "BEGIN IMMEDIATE; INSERT INTO entry VALUES(" + low + ", zeroblob(" + std::to_string(k * 977 % 6000) +
        "), 'tag' || " + low + " % 7),(" + high + ", zeroblob(100), 'tag' || " + high +
        " % 7); DELETE FROM total; INSERT INTO total " + "SELECT count(*) FROM entry; COMMIT;");
    if (result != SQLITE_OK) connection_->Execute("ROLLBACK");
    return result;
  }

  // The number of transactions there, -1 if the database is damaged or holds a part of one.
  static int64_t Transactions() {
    Connection connection;
    if (connection.Query("SELECT count(*) FROM sqlite_schema WHERE name = 'total'") != "1") {
      return connection.Query("PRAGMA integrity_check") == "ok" ? 0 : -1;
    }
    const std::string ids = connection.Query("SELECT count(*) FROM entry");
    if (ids.starts_with("error") || connection.Query("PRAGMA integrity_check") != "ok") return -1;
    const int64_t rows = std::stoll(ids);
    const std::string summary = connection.Query(
        "SELECT ifnull(max(id), -1) || ' ' || ifnull((SELECT sum(count) FROM total), 0) || ' ' || "
        "ifnull(sum(length(body) <> iif(id % 2, 100, id / 2 * 977 % 6000)), 0) FROM entry");
    const std::string expected = std::to_string(rows - 1) + " " + ids + " 0";
    return rows % 2 == 0 && summary == expected ? rows / 2 : -1;
  }

 private:
  std::unique_ptr<Connection> connection_;
  bool ready_;
};

}  // namespace dangol::simulation
