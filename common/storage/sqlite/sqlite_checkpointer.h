// Moves the write-ahead log into the database on a thread of its own, while the writer goes on.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/base/runtime.h"
#include "common/storage/database.h"
#include "common/storage/sqlite/sqlite_connection.h"

namespace dangol::storage {

// Used by the writer's thread alone.
class SqliteCheckpointer {
 public:
  // The database must be in WAL mode.
  static absl::StatusOr<std::unique_ptr<SqliteCheckpointer>> Open(const std::string& path,
                                                                  const DatabaseOptions& options);
  // Stops.
  ~SqliteCheckpointer();

  // Begins to move what is committed, as far as readers allow. Only while none runs, and while the log has a committed
  // page that is not in the database. SQLite before 3.51.3 spoils a log that is begun again by a writer while a
  // checkpoint begins; but no writer begins it again before all of it was moved, and to say so is the last thing that a
  // pass does to it.
  void StartPass();
  // Waits for the pass that runs; none begins any more.
  void Stop() { executor_->Stop(); }
  bool running() const { return running_.load(std::memory_order_acquire); }

  // Of the last pass, while none runs: pages, counted from the log's beginning, that are in the database and synced; 0
  // where it found the log's index in use.
  int64_t moved_pages() const { return moved_pages_; }
  // Why it failed, of disk or engine: no other may be started, and the log must be recovered.
  const absl::Status& status() const { return status_; }

 private:
  SqliteCheckpointer(std::unique_ptr<SqliteConnection> connection, Runtime& runtime);
  absl::Status RunPass();

  const std::unique_ptr<SqliteConnection> connection_;
  std::atomic<bool> running_ = false;  // releases the next two
  int64_t moved_pages_ = 0;
  absl::Status status_;
  const std::unique_ptr<Executor> executor_;  // last, so that it stops first
};

}  // namespace dangol::storage
