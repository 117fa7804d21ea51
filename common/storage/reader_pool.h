// Reads on a bounded pool of threads, each with a connection of its own. Reads that wait together share a snapshot, so
// that a point read costs little more than its query.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "common/base/runtime.h"
#include "common/storage/database.h"

namespace dangol::storage {

// One read. Exactly one of Run and Fail is called, once, on a reader's thread or, for a refusal, within Submit.
class Read {
 public:
  virtual ~Read() = default;
  virtual void Run(Snapshot& snapshot) = 0;
  virtual void Fail(const absl::Status& status) = 0;
  // True where nobody waits for it any more.
  virtual bool Abandoned() const { return false; }

  absl::Time deadline = absl::InfiniteFuture();
};

struct ReaderPoolLimits {
  int threads = 2;
  int64_t reads_max = 4096;                                    // that wait
  int snapshot_reads_max = 16;                                 // that share one snapshot
  absl::Duration snapshot_time_max = absl::Milliseconds(100);  // how long a snapshot is held
};

// Thread-safe.
class ReaderPool {
 public:
  // `database` must outlive the pool.
  ReaderPool(Runtime& runtime, Database& database, ReaderPoolLimits limits);
  ~ReaderPool();

  // Waits for the reads that run, fails what waits and what comes later with UNAVAILABLE.
  void Stop();

  // Refused with RESOURCE_EXHAUSTED (QUEUE_FULL) when too many wait. `internal` reads, of the feed's streams, are never
  // refused: each stream has at most one.
  void Submit(std::unique_ptr<Read> read, bool internal = false);

  int64_t waiting() const;

 private:
  void RunSome();
  // True where the connection can be used again.
  bool RunGroup(std::vector<std::unique_ptr<Read>>& group, std::unique_ptr<ReadConnection>& connection);
  absl::Status Begin(std::unique_ptr<ReadConnection>& connection, Snapshot*& snapshot);

  Runtime& runtime_;
  Database& database_;
  const ReaderPoolLimits limits_;

  mutable std::mutex mutex_;
  std::deque<std::unique_ptr<Read>> reads_;
  std::vector<std::unique_ptr<ReadConnection>> idle_connections_;
  int running_ = 0;
  bool stopped_ = false;

  std::unique_ptr<Executor> readers_;
};

}  // namespace dangol::storage
