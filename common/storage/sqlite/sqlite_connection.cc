#include "common/storage/sqlite/sqlite_connection.h"

#include <cstring>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/log.h"
#include "common/base/status_macros.h"

namespace dangol::storage {
namespace {

constexpr absl::Duration kStorageRetryDelay = absl::Seconds(1);

class SqliteRow : public Row {
 public:
  explicit SqliteRow(sqlite3_stmt* statement) : statement_(statement) {}

  bool IsNull(int column) const override { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  int64_t Integer(int column) const override { return sqlite3_column_int64(statement_, column); }
  std::string_view Bytes(int column) const override {
    const void* data = sqlite3_column_blob(statement_, column);
    return {static_cast<const char*>(data), static_cast<size_t>(sqlite3_column_bytes(statement_, column))};
  }
  int Find(const char* name) const override {
    int column = sqlite3_column_count(statement_) - 1;
    while (column >= 0 && std::strcmp(sqlite3_column_name(statement_, column), name) != 0) --column;
    return column;
  }

 private:
  sqlite3_stmt* statement_;
};

int Bind(sqlite3_stmt* statement, int position, const Param& param) {
  switch (param.type()) {
    case Param::Type::kNull:
      return sqlite3_bind_null(statement, position);
    case Param::Type::kInteger:
      return sqlite3_bind_int64(statement, position, param.integer());
    case Param::Type::kText:
      // SQLite takes a null pointer for NULL, and an empty view may have one.
      return sqlite3_bind_text64(statement, position, param.bytes().empty() ? "" : param.bytes().data(),
                                 param.bytes().size(), SQLITE_STATIC, SQLITE_UTF8);
    case Param::Type::kBlob:
      return sqlite3_bind_blob64(statement, position, param.bytes().empty() ? "" : param.bytes().data(),
                                 param.bytes().size(), SQLITE_STATIC);
  }
  return SQLITE_MISUSE;
}

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteConnection>> SqliteConnection::Open(const std::string& path,
                                                                         const std::string& vfs, int64_t cache_bytes) {
  sqlite3* handle = nullptr;
  // NOMUTEX: a connection is used by one thread at a time.
  const int code =
      sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                      vfs.empty() ? nullptr : vfs.c_str());
  if (handle == nullptr) return absl::ResourceExhaustedError("out of memory while opening the database");
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(handle));
  sqlite3_extended_result_codes(handle, 1);
  if (code != SQLITE_OK) return connection->Translate(code, "open");
  // Without this, closing the last connection would write to the database, even after an error on it.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  RETURN_IF_ERROR(
      connection->RunScript(fmt::format("PRAGMA cache_size = -{}; PRAGMA foreign_keys = ON;", cache_bytes / 1024)));
  return connection;
}

SqliteConnection::~SqliteConnection() {
  for (auto& [text, statement] : statements_) sqlite3_finalize(statement.handle);
  sqlite3_close_v2(handle_);
}

sqlite3_file& SqliteConnection::file() const {
  sqlite3_file* file = nullptr;
  sqlite3_file_control(handle_, nullptr, SQLITE_FCNTL_FILE_POINTER, &file);  // of an open connection it is known
  return *file;
}

absl::StatusOr<SqliteConnection::Statement*> SqliteConnection::Prepare(Sql sql, size_t params) {
  Statement& statement = statements_[sql.text()];
  if (statement.handle == nullptr) {
    const int code = sqlite3_prepare_v3(handle_, sql.text(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                        &statement.handle, nullptr);
    if (code != SQLITE_OK) return Translate(code, sql.text());
    for (int i = 1; i <= sqlite3_bind_parameter_count(statement.handle); ++i) {
      statement.positions.push_back(sqlite3_bind_parameter_index(statement.handle, fmt::format("${}", i).c_str()));
    }
  }
  if (statement.positions.size() != params) {
    return InternalError(
        fmt::format("{} parameters given, {} wanted: {}", params, statement.positions.size(), sql.text()));
  }
  return &statement;
}

absl::Status SqliteConnection::Run(Sql sql, Params params, const absl::FunctionRef<void(const Row&)>* each) {
  ASSIGN_OR_RETURN(Statement * statement, Prepare(sql, params.size()));
  sqlite3_stmt* handle = statement->handle;
  int code = SQLITE_OK;
  auto position = statement->positions.begin();
  for (const Param& param : params) {
    if (code == SQLITE_OK) code = Bind(handle, *position++, param);
  }
  if (code == SQLITE_OK) {
    const SqliteRow row(handle);
    while ((code = sqlite3_step(handle)) == SQLITE_ROW) {
      if (each != nullptr) (*each)(row);
    }
  }
  absl::Status status = code == SQLITE_DONE ? absl::OkStatus() : Translate(code, sql.text());
  sqlite3_reset(handle);
  return status;
}

absl::Status SqliteConnection::Query(Sql sql, Params params, absl::FunctionRef<void(const Row&)> each) {
  return Run(sql, params, &each);
}

absl::Status SqliteConnection::Execute(Sql sql, Params params) { return Run(sql, params, nullptr); }

absl::StatusOr<int64_t> SqliteConnection::Change(Sql sql, Params params) {
  RETURN_IF_ERROR(Execute(sql, params));
  return sqlite3_changes64(handle_);
}

absl::Status SqliteConnection::RunScript(std::string_view script) {
  const std::string text(script);
  const int code = sqlite3_exec(handle_, text.c_str(), nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : Translate(code, text);
}

absl::Status SqliteConnection::Translate(int code, std::string_view what) {
  const auto unavailable = [](std::string_view reason, std::string_view message) {
    return WithRetry(Error(absl::StatusCode::kUnavailable, reason, message), kStorageRetryDelay);
  };
  if (code == SQLITE_INTERRUPT) {
    return WithRetry(Error(absl::StatusCode::kResourceExhausted, "READ_TOO_LONG",
                           "The read took longer than a snapshot may be held. Ask for less at a time."),
                     kStorageRetryDelay);
  }
  Log()->warn("sqlite error {} ({}) in: {}", code, sqlite3_errmsg(handle_), what);
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return unavailable("STORAGE_BUSY", "The database is busy. Try again.");
    case SQLITE_FULL:
      broken_ = true;
      return unavailable("STORAGE_FULL", "The disk is full: nothing can be stored until there is room.");
    case SQLITE_CANTOPEN:
      broken_ = true;
      return unavailable(
          "STORAGE_IO_ERROR",
          "The database cannot be opened. Check that it is a file, and the owner and mode of it and its folder.");
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_NOMEM:
      broken_ = true;
      return unavailable("STORAGE_IO_ERROR", "The disk failed: nothing can be stored until it recovers.");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      broken_ = true;
      return Error(absl::StatusCode::kDataLoss, "STORAGE_CORRUPT",
                   "The database is damaged. Stop the service and restore a backup.");
    default:
      return InternalError(fmt::format("sqlite error {} in: {}", code, what));
  }
}

}  // namespace dangol::storage
