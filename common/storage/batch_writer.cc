#include "common/storage/batch_writer.h"

#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace dangol::storage {
namespace {

absl::Status OutcomeUnknown() {
  return WithRetry(Error(absl::StatusCode::kUnavailable, "OUTCOME_UNKNOWN",
                         "Storage failed while the request was being stored: whether it was is unknown. "
                         "Send it again with the same request_id."),
                   absl::Seconds(1));
}

absl::Status LoadKeys(Transaction& transaction, std::span<const Outcome> batch, KnownRequests& known) {
  std::vector<const RequestKey*> keys;
  for (const Outcome& outcome : batch) {
    if (outcome.write->key) keys.push_back(&*outcome.write->key);
  }
  return known.Load(transaction, keys);
}

// What has ended a transaction may have happened while a refused write was undone: the others are not refused.
absl::Status StorageError(const absl::Status& status) {
  return ErrorReason(status).starts_with("STORAGE_") ? status : absl::OkStatus();
}

// As ReadFeedHead and ReadAuditHead, with one statement.
absl::Status ReadHeads(Transaction& transaction, Position& feed, AuditHead& audit, int64_t& version_floor) {
  return transaction.Query("SELECT last_seq, commit_id, audit_number, audit_hash, version_floor FROM feed_head", {},
                           [&](const Row& row) {
                             feed = {row.Integer(0), row.Integer(1)};
                             audit = {row.Integer(2), row.Text(3)};
                             version_floor = row.Integer(4);
                           });
}

}  // namespace

absl::Status Write::Replay(Transaction&, const std::vector<std::string>&) {
  return InternalError("a write with a key has no replay");
}

std::vector<AuditRecord> Write::Audit(const std::string&) { return {}; }

absl::Status BatchLost(const absl::Status& cause) {
  return WithRetry(Error(absl::StatusCode::kUnavailable, cause.ok() ? "STORAGE_FAILED" : ErrorReason(cause),
                         "Storage failed and nothing of this request was stored. Try again with the same request_id."),
                   absl::Seconds(1));
}

BatchWriter::BatchWriter(Runtime& runtime, absl::Duration calls_time_max)
    : runtime_(runtime), calls_time_max_(calls_time_max), secrets_(runtime) {}

BatchWriter::Result BatchWriter::Run(WriteConnection& connection, std::span<Outcome> batch) {
  connection_ = &connection;
  Result result;
  result.applied = batch.size();
  savepoints_ = false;
  do {
    again_ = false;
    result.status = ApplyAndCommit(batch.first(result.applied), result);
    savepoints_ = true;
  } while (again_);
  return result;
}

absl::Status BatchWriter::ApplyAndCommit(std::span<Outcome> batch, Result& result) {
  ASSIGN_OR_RETURN(Transaction * transaction, connection_->Begin());
  absl::Status status = ApplyAll(*transaction, batch, result);
  if (status.ok() && !again_) status = Commit(*transaction, result);
  if (!status.ok() || again_) {
    connection_->Rollback();
    secrets_.Forget();
  }
  return status;
}

absl::Status BatchWriter::ApplyAll(Transaction& transaction, std::span<Outcome> batch, Result& result) {
  changes_before_ = connection_->changes();
  if (absl::Status status = ReadHeads(transaction, transaction.feed_position_, audit_, transaction.version_floor_);
      !status.ok())
    return BatchLost(status);
  transaction.commit_id_ = static_cast<int64_t>(runtime_.Random() >> 32);
  head_sequence_ = transaction.feed_position_.sequence;
  head_audit_ = audit_.number;
  KnownRequests known(secrets_, runtime_.Now());
  if (absl::Status status = LoadKeys(transaction, batch, known); !status.ok()) return BatchLost(status);
  absl::Time start;
  bool calls_begun = false;
  for (size_t i = 0; i < batch.size(); ++i) {
    const absl::Time now = runtime_.SteadyNow();
    if (batch[i].lane == Lane::kCall && !std::exchange(calls_begun, true)) {
      start = now;
    } else if (calls_begun && now - start > calls_time_max_) {
      result.applied = i;
      break;
    }
    ApplyOne(transaction, known, batch[i]);
    if (!connection_->InTransaction() || connection_->broken()) return BatchLost(StorageError(batch[i].status));
    // Whose statement it was is known only where each waited for its own.
    if (connection_->TransactionFailed()) {
      if (savepoints_) return BatchLost(StorageError(batch[i].status));
      again_ = true;
    }
    if (again_) return absl::OkStatus();
  }
  return absl::OkStatus();
}

void BatchWriter::ApplyOne(Transaction& transaction, KnownRequests& known, Outcome& outcome) {
  Write& write = *outcome.write;
  if (write.Abandoned()) {
    outcome.status = absl::CancelledError("the caller has gone");
    return;
  }
  if (write.deadline <= runtime_.Now()) {
    outcome.status = Error(absl::StatusCode::kDeadlineExceeded, "DEADLINE_EXCEEDED",
                           "The deadline passed before the request's turn came; nothing was stored.");
    return;
  }
  const StoredRequest* stored = write.key ? known.Find(*write.key) : nullptr;
  if (stored != nullptr && !known.IsSame(*stored, write.request_hash)) {
    outcome.status = InvalidField("request_id",
                                  fmt::format("{} was used for another request. Use a new one for each request.",
                                              ShownValue(write.key->request_id)),
                                  "REQUEST_ID_REUSED");
  } else if (stored != nullptr) {
    outcome.status = write.Replay(transaction, stored->resources);
  } else {
    outcome.status = ApplyAlone(transaction, known, write);
  }
  outcome.position = transaction.feed_position_;
}

absl::Status BatchWriter::ApplyAlone(Transaction& transaction, KnownRequests& known, Write& write) {
  const Position position_before = transaction.feed_position_;
  const AuditHead audit_before = audit_;
  const int64_t changes_before = Changes(transaction);
  if (savepoints_) RETURN_IF_ERROR(connection_->Savepoint());
  absl::Status status = ApplyAndRecord(transaction, known, write);
  // What the next write shares is forgotten where that is undone.
  if (status.ok() && savepoints_) status = transaction.WriteDeferred();
  if (status.ok() && savepoints_) status = connection_->ReleaseSavepoint();
  if (status.ok()) return status;
  if (!connection_->InTransaction()) return status;
  transaction.feed_position_ = position_before;
  audit_ = audit_before;
  if (savepoints_) {
    transaction.shared_.clear();
    RETURN_IF_ERROR(connection_->RollbackToSavepoint());
    RETURN_IF_ERROR(connection_->ReleaseSavepoint());
    RETURN_IF_ERROR(known.Forget(transaction, write.key));
  } else {
    again_ = Changes(transaction) != changes_before;
  }
  return status;
}

absl::Status BatchWriter::ApplyAndRecord(Transaction& transaction, KnownRequests& known, Write& write) {
  const int64_t changes_before = Changes(transaction);
  RETURN_IF_ERROR(write.Apply(transaction));
  // A call that changed nothing leaves no entry, and costs no commit.
  const bool has_effect = Changes(transaction) != changes_before || write.request_hash.empty();
  std::string keyed_hash;
  if (write.key || (has_effect && !write.request_hash.empty())) {
    ASSIGN_OR_RETURN(keyed_hash, known.KeyedHash(transaction, write.request_hash));
  }
  if (write.key) RETURN_IF_ERROR(known.Store(transaction, *write.key, keyed_hash, write.Resources()));
  if (!has_effect) return absl::OkStatus();
  for (const AuditRecord& record : write.Audit(keyed_hash)) {
    RETURN_IF_ERROR(AppendAudit(transaction, record, audit_));
  }
  return absl::OkStatus();
}

int64_t BatchWriter::Changes(const Transaction& transaction) const {
  return connection_->changes() + transaction.deferred_changes_;
}

absl::Status BatchWriter::Commit(Transaction& transaction, Result& result) {
  if (absl::Status status = transaction.WriteDeferred(); !status.ok()) return BatchLost(status);
  // Where every call was refused or replayed there is nothing to make durable.
  if (connection_->changes() == changes_before_) {
    connection_->Rollback();
    return absl::OkStatus();
  }
  const Position& position = transaction.feed_position_;
  if (position.sequence != head_sequence_ || audit_.number != head_audit_) {
    absl::Status status = transaction.Execute(
        "UPDATE feed_head SET last_seq = $1, commit_id = $2, audit_number = $3, audit_hash = $4 WHERE singleton = 1",
        {position.sequence, position.commit_id, audit_.number, HashParam(audit_)});
    if (!status.ok()) return BatchLost(status);
  }
  const Committed committed{position.sequence, transaction.earliest_timer_};
  if (absl::Status status = connection_->Commit(); !status.ok()) {
    if (!connection_->TransactionFailed()) return OutcomeUnknown();
    if (savepoints_) return BatchLost(status);
    again_ = true;
    return absl::OkStatus();
  }
  result.committed = committed;
  return absl::OkStatus();
}

}  // namespace dangol::storage
