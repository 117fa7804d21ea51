// One connection to an SQLite database: statements kept prepared, errors translated.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include <sqlite3.h>

#include "common/storage/sql.h"

namespace dangol::storage {

// Used by one thread at a time.
class SqliteConnection {
 public:
  // `vfs`: as in DatabaseOptions.
  static absl::StatusOr<std::unique_ptr<SqliteConnection>> Open(const std::string& path, const std::string& vfs,
                                                                int64_t cache_bytes);
  ~SqliteConnection();
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  absl::Status Query(Sql sql, Params params, absl::FunctionRef<void(const Row&)> each);
  absl::Status Execute(Sql sql, Params params);
  absl::StatusOr<int64_t> Change(Sql sql, Params params);
  absl::Status RunScript(std::string_view script);

  // The error of a result code, with the raw text in the log. Remembers what makes the connection unfit.
  absl::Status Translate(int code, std::string_view what);

  bool broken() const { return broken_; }
  sqlite3* handle() const { return handle_; }
  // The database's file as SQLite's VFS has it open.
  sqlite3_file& file() const;

 private:
  struct Statement {
    sqlite3_stmt* handle = nullptr;
    std::vector<int> positions;  // of $1, $2, …: SQLite numbers parameters by first appearance
  };

  explicit SqliteConnection(sqlite3* handle) : handle_(handle) {}

  absl::StatusOr<Statement*> Prepare(Sql sql, size_t params);
  absl::Status Run(Sql sql, Params params, const absl::FunctionRef<void(const Row&)>* each);

  sqlite3* const handle_;
  absl::flat_hash_map<const char*, Statement> statements_;
  bool broken_ = false;
};

}  // namespace dangol::storage
