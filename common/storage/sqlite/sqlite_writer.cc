#include "common/storage/sqlite/sqlite_writer.h"

#include <algorithm>
#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace dangol::storage {
namespace {

// A larger one is slower: SQLite looks through all of it at the end of each commit that has moved pages of a tree.
constexpr int64_t kCacheBytes = 8 << 20;
constexpr int64_t kPageBytes = 4096;
// How long the end of a checkpoint waits for readers, so that the log starts again from its beginning; where nobody
// waits for them it grows without end under steady reads.
constexpr int kCheckpointBusyMs = 200;
// Of the pages at which a checkpoint is due: what may be left for the end of it, during which nothing is written, and
// what is written before it is tried again where readers were in its way. And how many times as long the log gets
// before the writer waits for it.
constexpr int kRestPart = 24;
constexpr int kRetryPart = 3;
constexpr int kLongest = 2;
// Of SQLite's "WAL-Index File Format": a region; the header, which is there twice; and behind it, as a word of 32 bits,
// how many pages were moved (nBackfill).
constexpr int kLogIndexBytes = 32'768;
constexpr int kLogIndexHeaderBytes = 96;
constexpr int kMovedPagesWord = kLogIndexHeaderBytes / 4;

class SqliteTransaction : public Transaction {
 public:
  SqliteTransaction(SqliteConnection& connection, LogCut& log_cut)
      : connection_(connection), log_cut_(log_cut), log_cut_was_due_(log_cut != LogCut::kDone) {}

  absl::Status Query(Sql sql, Params params, absl::FunctionRef<void(const Row&)> each) override {
    return connection_.Query(sql, params, each);
  }
  absl::Status Execute(Sql sql, Params params) override { return connection_.Execute(sql, params); }
  absl::StatusOr<int64_t> Change(Sql sql, Params params) override { return connection_.Change(sql, params); }

  // Where the transaction is rolled back the log is emptied for nothing.
  void CutLog() override { log_cut_ = LogCut::kNow; }
  bool LogCutIsDue() const override { return log_cut_was_due_; }

 private:
  SqliteConnection& connection_;
  LogCut& log_cut_;
  const bool log_cut_was_due_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteWriter>> SqliteWriter::Open(const std::string& path,
                                                                 const DatabaseOptions& options) {
  const int64_t spill_bytes = options.writer_spill_bytes;
  auto log = std::make_unique<GatheredLog>(options.vfs);
  ASSIGN_OR_RETURN(auto connection,
                   SqliteConnection::Open(path, log->name(), spill_bytes == 0 ? kCacheBytes : spill_bytes));
  // FULL: every commit is synced to the disk before it is answered. The log relies on it, too.
  RETURN_IF_ERROR(connection->RunScript("PRAGMA synchronous = FULL;"));
  // Nothing of a batch has to be in the log before its commit: where it is larger than the cache, the cache grows. See
  // README.md.
  if (spill_bytes == 0) RETURN_IF_ERROR(connection->RunScript("PRAGMA cache_spill = OFF;"));
  RETURN_IF_ERROR(connection->RunScript("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;"));
  // What is deleted is overwritten with zeros, whatever the library was compiled for.
  RETURN_IF_ERROR(connection->RunScript("PRAGMA secure_delete = ON;"));
  sqlite3_busy_timeout(connection->handle(), kCheckpointBusyMs);
  ASSIGN_OR_RETURN(auto checkpointer, SqliteCheckpointer::Open(path, options));
  return std::unique_ptr<SqliteWriter>(new SqliteWriter(std::move(log), std::move(connection), std::move(checkpointer),
                                                        options.checkpoint_bytes / kPageBytes));
}

SqliteWriter::SqliteWriter(std::unique_ptr<GatheredLog> log, std::unique_ptr<SqliteConnection> connection,
                           std::unique_ptr<SqliteCheckpointer> checkpointer, int64_t checkpoint_pages)
    : log_(std::move(log)),
      connection_(std::move(connection)),
      checkpointer_(std::move(checkpointer)),
      checkpoint_pages_(checkpoint_pages),
      checkpoint_due_pages_(checkpoint_pages) {
  sqlite3_wal_hook(
      connection_->handle(),
      [](void* self, sqlite3*, const char*, int pages) {
        static_cast<SqliteWriter*>(self)->NoteLog(pages);
        return SQLITE_OK;
      },
      this);
}

absl::StatusOr<Transaction*> SqliteWriter::Begin() {
  RETURN_IF_ERROR(connection_->Execute("BEGIN IMMEDIATE", {}));
  transaction_ = std::make_unique<SqliteTransaction>(*connection_, log_cut_);
  return transaction_.get();
}

absl::Status SqliteWriter::Savepoint() { return connection_->Execute("SAVEPOINT call", {}); }
absl::Status SqliteWriter::ReleaseSavepoint() { return connection_->Execute("RELEASE call", {}); }
absl::Status SqliteWriter::RollbackToSavepoint() { return connection_->Execute("ROLLBACK TO call", {}); }

absl::Status SqliteWriter::Commit() { return connection_->Execute("COMMIT", {}); }

void SqliteWriter::Rollback() {
  // After an error the engine may have rolled back already; one that fails leaves the connection broken, which is
  // noticed.
  if (InTransaction()) connection_->Execute("ROLLBACK", {}).IgnoreError();
}

int64_t SqliteWriter::changes() const { return sqlite3_total_changes64(connection_->handle()); }
bool SqliteWriter::InTransaction() const { return sqlite3_get_autocommit(connection_->handle()) == 0; }
bool SqliteWriter::broken() const {
  return connection_->broken() || (!checkpointer_->running() && !checkpointer_->status().ok());
}

absl::Status SqliteWriter::Checkpoint(bool idle) {
  if ((log_pages_ == 0 && log_cut_ == LogCut::kDone) || checkpointer_->running()) return absl::OkStatus();
  RETURN_IF_ERROR(checkpointer_->status());
  if (log_cut_ == LogCut::kNow) return RunCheckpoint(SQLITE_CHECKPOINT_TRUNCATE, kCheckpointBusyMs);
  if (idle && log_cut_ == LogCut::kWhenIdle) return RunCheckpoint(SQLITE_CHECKPOINT_TRUNCATE, 0);
  if (std::exchange(passed_, false)) moved_pages_ = std::max(moved_pages_, checkpointer_->moved_pages());
  if (!idle && log_pages_ < checkpoint_due_pages_) return absl::OkStatus();
  // Each pass moves what was written during the one before it, unless readers are in its way.
  if (log_pages_ - moved_pages_ > checkpoint_pages_ / kRestPart && log_pages_ < kLongest * checkpoint_pages_) {
    passed_ = true;
    checkpointer_->StartPass();
    return absl::OkStatus();
  }
  return RunCheckpoint(log_cut_ == LogCut::kDone ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_TRUNCATE,
                       kCheckpointBusyMs);
}

absl::Status SqliteWriter::RunCheckpoint(int mode, int wait_ms) {
  int log_pages = 0;
  int moved_pages = 0;
  sqlite3_busy_timeout(connection_->handle(), wait_ms);
  const int code = sqlite3_wal_checkpoint_v2(connection_->handle(), nullptr, mode, &log_pages, &moved_pages);
  sqlite3_busy_timeout(connection_->handle(), kCheckpointBusyMs);
  if (code == SQLITE_OK) {
    ForgetLog();
    if (mode == SQLITE_CHECKPOINT_TRUNCATE) log_cut_ = LogCut::kDone;
    return absl::OkStatus();
  }
  // Calls do not wait each time for whoever reads: it is tried again once nothing is written, or the log is long.
  if (log_cut_ == LogCut::kNow) log_cut_ = LogCut::kWhenIdle;
  log_pages_ = std::max<int64_t>(log_pages_, log_pages);
  moved_pages_ = std::max<int64_t>(moved_pages_, moved_pages);
  checkpoint_due_pages_ = log_pages_ + checkpoint_pages_ / kRetryPart;
  return connection_->Translate(code, "checkpoint");
}

void SqliteWriter::NoteLog(int64_t pages) {
  if (pages <= log_pages_) ForgetLog();  // it has begun again
  log_pages_ = pages;
}

void SqliteWriter::ForgetLog() {
  log_pages_ = 0;
  moved_pages_ = 0;
  passed_ = false;
  checkpoint_due_pages_ = checkpoint_pages_;
}

int64_t SqliteWriter::wal_bytes() const {
  // What is older than this log's beginning may stand behind it.
  return std::max<int64_t>(log_pages_, log_cut_ == LogCut::kDone ? 0 : 1) * kPageBytes;
}

void SqliteWriter::EmptyLog() {
  checkpointer_->Stop();
  if (broken()) return;
  // One that fails is said in the log.
  RunCheckpoint(SQLITE_CHECKPOINT_TRUNCATE, kCheckpointBusyMs).IgnoreError();
}

absl::StatusOr<bool> SqliteWriter::HasTable(std::string_view name) {
  bool has_table = false;
  RETURN_IF_ERROR(connection_->Query("SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = $1", {name},
                                     [&](const Row& row) { has_table = row.Integer(0) != 0; }));
  return has_table;
}

absl::Status SqliteWriter::RunScript(std::string_view script) { return connection_->RunScript(script); }

absl::Status SqliteWriter::MoveLog() {
  RETURN_IF_ERROR(WipeLogIndex());
  const absl::Status status = RunCheckpoint(SQLITE_CHECKPOINT_TRUNCATE, kCheckpointBusyMs);
  // Readers were in the way, as of any other checkpoint: the log goes on, and is emptied later. Where its length is not
  // known another process was at it.
  if (ErrorReason(status) == "STORAGE_BUSY" && log_pages_ > 0) return absl::OkStatus();
  return status;
}

// The log's index, in memory that all connections share, says how much of the log is in the database; where a sync of
// the database has failed since, that is not so. As after a process that died in the middle of a commit, whoever comes
// next finds no header that is valid, makes the index anew from the log, and has nothing moved.
absl::Status SqliteWriter::WipeLogIndex() {
  sqlite3_file& file = connection_->file();
  void volatile* index = nullptr;
  const int code = file.pMethods->xShmMap(&file, 0, kLogIndexBytes, 0, &index);
  if (code != SQLITE_OK) return connection_->Translate(code, "wipe the log's index");
  // One that says of nothing that it was moved is true, and new where the process has just started: the log need not be
  // read again.
  if (index == nullptr || static_cast<uint32_t volatile*>(index)[kMovedPagesWord] == 0) return absl::OkStatus();
  auto* header = static_cast<unsigned char volatile*>(index);
  for (int i = 0; i < kLogIndexHeaderBytes; ++i) header[i] = 0;
  return absl::OkStatus();
}

}  // namespace dangol::storage
