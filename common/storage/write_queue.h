// The commit protocol. Writes of concurrent callers are applied one after another in one transaction, and each is
// undone alone where it fails; one sync makes all of them durable (batch_writer.h); only then is any of them answered.
//
// A batch costs a sync and some pages, however few calls it has. So after a batch the next one waits, a moment at most,
// until half of the calls that seem to be under way have come: then one half is written while the other is on its way.
// Who calls alone never waits.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "common/base/runtime.h"
#include "common/storage/batch_writer.h"
#include "common/storage/database.h"
#include "common/storage/write.h"

namespace dangol::storage {

struct WriteQueueLimits {
  int64_t calls_max = 1024;
  int64_t bytes_max = 64 << 20;
  int64_t batch_calls_max = 256;
  int64_t batch_rows_max = 1000;
  absl::Duration batch_time_max = absl::Milliseconds(10);
  // How long a batch may wait for calls that are likely to come; zero: it never does.
  absl::Duration gather_time_max = absl::Milliseconds(1);
  // Beyond this size of the write-ahead log writes are refused until a checkpoint succeeds.
  int64_t wal_bytes_max = 512 << 20;
  // How long a batch tries again while another process writes, before its writes fail with UNAVAILABLE (STORAGE_BUSY).
  absl::Duration busy_time_max = absl::Seconds(5);
};

// Thread-safe.
class WriteQueue {
 public:
  using OnCommit = absl::AnyInvocable<void(const Committed&)>;

  struct Counters {
    int64_t calls = 0;  // waiting now
    int64_t bytes = 0;  // waiting now
    int64_t commits = 0;
    int64_t writes = 0;
    int64_t wal_bytes = 0;
    bool read_only = false;
    std::string reason;  // of read_only
  };

  // `database` must outlive the queue. `on_commit` is called on the writer's thread, before the callers are answered.
  WriteQueue(Runtime& runtime, Database& database, std::unique_ptr<WriteConnection> connection, WriteQueueLimits limits,
             OnCommit on_commit);
  ~WriteQueue();

  // Waits for the batch that runs, fails what waits and what comes later with UNAVAILABLE. After StopAccepting it also
  // empties the database's log: the end is in good order.
  void Stop();

  // Done may run before Submit returns, where the write is refused: RESOURCE_EXHAUSTED (QUEUE_FULL) with a delay, or
  // UNAVAILABLE (STORAGE_…) while storage has failed. Takes calls only while accepting.
  void Submit(Lane lane, std::unique_ptr<Write> write);

  // Refuses calls from now on with UNAVAILABLE (DRAINING); what waits is still done.
  void StopAccepting();

  Counters counters() const;

 private:
  absl::Status RefusalLocked(Lane lane, const Write& write) const;
  void ScheduleLocked();
  bool AnyWaitsLocked() const;
  bool EnoughGatheredLocked() const;

  // On the writer's thread.
  void RunBatch();
  void GatherLocked(size_t answered);
  void EndGathering(int64_t gathering);
  std::vector<Outcome> TakeBatch();
  void PutBack(std::vector<Outcome>& batch, size_t first);
  void Execute(std::vector<Outcome>& batch);
  // True where another process writes and the batch was put back, to be tried again.
  bool WaitWhileBusy(const absl::Status& status, std::vector<Outcome>& batch);
  absl::Status ApplyAndCommit(std::vector<Outcome>& batch);
  void PostAnswers(std::vector<Outcome> batch);
  void Maintain();
  void CheckpointIfDue(bool idle);
  void EnterReadOnly(const absl::Status& cause);
  void TryToRecover(int attempt);

  static void Answer(std::vector<Outcome>& batch);

  Runtime& runtime_;
  Database& database_;
  const WriteQueueLimits limits_;
  OnCommit on_commit_;

  // Used by the writer's thread alone.
  std::unique_ptr<WriteConnection> connection_;  // null while read-only
  BatchWriter batch_writer_;
  bool idle_check_posted_ = false;
  int64_t batches_ = 0;
  int busy_attempts_ = 0;  // since `busy_since_`, for the batch that is to be tried again
  absl::Time busy_since_;

  mutable std::mutex mutex_;
  std::array<std::deque<std::unique_ptr<Write>>, 3> lanes_;
  std::deque<std::vector<Outcome>> answers_;
  Counters counters_;
  absl::Status failure_;  // why it is read-only
  bool accepting_ = true;
  bool stopped_ = false;
  bool scheduled_ = false;   // a batch runs, is about to, or gathers
  int64_t gathering_ = 0;    // which time it gathers; 0: it does not
  int64_t gatherings_ = 0;   // so far
  size_t gather_calls_ = 0;  // how many calls it waits for

  // Last, so that they stop first.
  std::unique_ptr<Executor> answerer_;
  std::unique_ptr<Executor> writer_;
};

}  // namespace dangol::storage
