// SQLite's one writer: all commits, and what of a checkpoint has to stop them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/storage/database.h"
#include "common/storage/sqlite/gathered_log.h"
#include "common/storage/sqlite/sqlite_checkpointer.h"
#include "common/storage/sqlite/sqlite_connection.h"

namespace dangol::storage {

// When the log is to be emptied (Transaction::CutLog).
enum class LogCut { kDone, kWhenIdle, kNow };

class SqliteWriter : public WriteConnection {
 public:
  static absl::StatusOr<std::unique_ptr<SqliteWriter>> Open(const std::string& path, const DatabaseOptions& options);

  absl::StatusOr<Transaction*> Begin() override;
  absl::Status Savepoint() override;
  absl::Status ReleaseSavepoint() override;
  absl::Status RollbackToSavepoint() override;
  absl::Status Commit() override;
  void Rollback() override;

  int64_t changes() const override;
  bool InTransaction() const override;
  bool broken() const override;

  absl::Status Checkpoint(bool idle) override;
  int64_t wal_bytes() const override;
  void EmptyLog() override;
  absl::StatusOr<bool> HasTable(std::string_view name) override;
  absl::Status RunScript(std::string_view script) override;

  // Moves the log as a whole, whatever of it is said to be moved already, and cuts it off. Where somebody reads, only
  // what his snapshot has, and the log stays; it has to be whole on the disk before.
  absl::Status MoveLog();

 private:
  SqliteWriter(std::unique_ptr<GatheredLog> log, std::unique_ptr<SqliteConnection> connection,
               std::unique_ptr<SqliteCheckpointer> checkpointer, int64_t checkpoint_pages);

  // After a commit: so many pages has the log now.
  void NoteLog(int64_t pages);
  // The log begins again.
  void ForgetLog();
  // Moves everything while nothing is written. Waits so long for whoever reads.
  absl::Status RunCheckpoint(int mode, int wait_ms);
  absl::Status WipeLogIndex();

  const std::unique_ptr<GatheredLog> log_;
  const std::unique_ptr<SqliteConnection> connection_;
  const std::unique_ptr<SqliteCheckpointer> checkpointer_;
  std::unique_ptr<Transaction> transaction_;
  const int64_t checkpoint_pages_;
  int64_t log_pages_ = 0;    // that are committed
  int64_t moved_pages_ = 0;  // of these, known to be in the database
  bool passed_ = false;      // the checkpointer has begun to move more of this log
  int64_t checkpoint_due_pages_;
  // Whoever used the database before may have asked for it.
  LogCut log_cut_ = LogCut::kWhenIdle;
};

}  // namespace dangol::storage
