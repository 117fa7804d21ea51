#include "common/storage/sqlite/sqlite_checkpointer.h"

#include <utility>

#include "common/base/status_macros.h"

namespace dangol::storage {
namespace {

constexpr int64_t kCacheBytes = 1 << 20;  // a checkpoint reads the log past it

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteCheckpointer>> SqliteCheckpointer::Open(const std::string& path,
                                                                             const DatabaseOptions& options) {
  ASSIGN_OR_RETURN(auto connection, SqliteConnection::Open(path, options.vfs, kCacheBytes));
  // The second one reads the database, which opens the log.
  RETURN_IF_ERROR(connection->RunScript("PRAGMA synchronous = FULL; PRAGMA schema_version;"));
  return std::unique_ptr<SqliteCheckpointer>(new SqliteCheckpointer(std::move(connection), *options.runtime));
}

SqliteCheckpointer::SqliteCheckpointer(std::unique_ptr<SqliteConnection> connection, Runtime& runtime)
    : connection_(std::move(connection)), executor_(runtime.NewExecutor("checkpoint", 1)) {}

SqliteCheckpointer::~SqliteCheckpointer() { Stop(); }

void SqliteCheckpointer::StartPass() {
  running_.store(true, std::memory_order_relaxed);
  moved_pages_ = 0;
  executor_->Post([this] {
    status_ = RunPass();
    running_.store(false, std::memory_order_release);
  });
}

absl::Status SqliteCheckpointer::RunPass() {
  int log_pages = 0;
  int moved_pages = 0;
  int code =
      sqlite3_wal_checkpoint_v2(connection_->handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, &log_pages, &moved_pages);
  // The writer was at the log's index just then: nothing was moved.
  if ((code & 0xff) == SQLITE_BUSY) return absl::OkStatus();
  // Where the writer went on meanwhile SQLite leaves the sync to who moves the rest, and that would be the writer.
  sqlite3_file& file = connection_->file();
  if (code == SQLITE_OK) code = file.pMethods->xSync(&file, SQLITE_SYNC_NORMAL);
  if (code != SQLITE_OK) return connection_->Translate(code, "checkpoint");
  moved_pages_ = moved_pages;
  return absl::OkStatus();
}

}  // namespace dangol::storage
