// A batch of writes in one transaction: each is undone alone where it fails, and a request that had its effect before
// is replayed instead.
//
// Undoing one write takes a savepoint, and a savepoint costs a copy of every page that the write changes. Most refusals
// change nothing; so a batch runs without savepoints first, and where a write fails after it has changed rows the whole
// batch is rolled back and run again with them. That is why Apply may run twice.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "common/base/runtime.h"
#include "common/storage/audit_log.h"
#include "common/storage/database.h"
#include "common/storage/idempotency.h"
#include "common/storage/write.h"

namespace dangol::storage {

// What a commit tells those who wait for it.
struct Committed {
  int64_t feed_sequence = 0;
  absl::Time earliest_timer = absl::InfiniteFuture();
};

// A write and what became of it.
struct Outcome {
  Lane lane = Lane::kCall;
  std::unique_ptr<Write> write;
  absl::Status status;
  Position position;
};

// On the writer's thread.
class BatchWriter {
 public:
  struct Result {
    // Of the whole batch; where it is not OK nothing of it is stored, or nobody knows (OUTCOME_UNKNOWN).
    absl::Status status;
    size_t applied = 0;                  // the others did not have their turn: the time of a batch was over
    std::optional<Committed> committed;  // none where nothing was changed
  };

  // No call of a batch begins later than `calls_time_max` after its first.
  BatchWriter(Runtime& runtime, absl::Duration calls_time_max);

  // Sets each outcome's status and position, and commits. The connection may be broken afterwards.
  Result Run(WriteConnection& connection, std::span<Outcome> batch);

 private:
  absl::Status ApplyAndCommit(std::span<Outcome> batch, Result& result);
  absl::Status ApplyAll(Transaction& transaction, std::span<Outcome> batch, Result& result);
  void ApplyOne(Transaction& transaction, KnownRequests& known, Outcome& outcome);
  absl::Status ApplyAlone(Transaction& transaction, KnownRequests& known, Write& write);
  absl::Status ApplyAndRecord(Transaction& transaction, KnownRequests& known, Write& write);
  absl::Status Commit(Transaction& transaction, Result& result);
  // As the connection's, with what is deferred.
  int64_t Changes(const Transaction& transaction) const;

  Runtime& runtime_;
  const absl::Duration calls_time_max_;
  RequestSecrets secrets_;

  // Of the batch that runs.
  WriteConnection* connection_ = nullptr;
  int64_t head_sequence_ = 0;   // before it
  int64_t head_audit_ = 0;      // before it
  AuditHead audit_;             // with what it has appended so far
  int64_t changes_before_ = 0;  // rows that the connection had changed before it
  bool savepoints_ = false;
  bool again_ = false;  // it has to be run again, with savepoints
};

// Nothing of a batch is stored: an engine that ends a transaction by itself has undone the writes before the one that
// failed, too.
absl::Status BatchLost(const absl::Status& cause);

}  // namespace dangol::storage
