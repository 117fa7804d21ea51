#include "common/storage/write_queue.h"

#include <algorithm>
#include <utility>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/log.h"
#include "common/base/mutant.h"
#include "common/base/status_macros.h"

namespace dangol::storage {
namespace {

constexpr absl::Duration kFullRetryDelay = absl::Milliseconds(200);
constexpr absl::Duration kRecoverFirst = absl::Milliseconds(500);
constexpr absl::Duration kRecoverMost = absl::Seconds(2);
constexpr absl::Duration kBusyFirst = absl::Milliseconds(2);
constexpr absl::Duration kBusyMost = absl::Milliseconds(50);
constexpr absl::Duration kIdleCheckpointDelay = absl::Milliseconds(500);

size_t Index(Lane lane) { return static_cast<size_t>(lane); }

absl::Status QueueFull(int64_t calls, int64_t bytes) {
  return WithRetry(
      Error(absl::StatusCode::kResourceExhausted, "QUEUE_FULL",
            fmt::format("{} writes of {} bytes wait already. Try again later, and send fewer at a time.", calls, bytes),
            {{"waiting_calls", std::to_string(calls)}, {"waiting_bytes", std::to_string(bytes)}}),
      kFullRetryDelay);
}

absl::Status Draining() {
  return WithRetry(
      Error(absl::StatusCode::kUnavailable, "DRAINING", "The service is stopping. Try again at another, or later."),
      absl::Seconds(1));
}

// An engine that ends a transaction by itself has undone the calls before the one that failed, too.
absl::Status BatchLost(const absl::Status& cause) {
  return WithRetry(Error(absl::StatusCode::kUnavailable, cause.ok() ? "STORAGE_FAILED" : ErrorReason(cause),
                         "Storage failed and nothing of this request was stored. Try again with the same request_id."),
                   absl::Seconds(1));
}

absl::Status OutcomeUnknown() {
  return WithRetry(Error(absl::StatusCode::kUnavailable, "OUTCOME_UNKNOWN",
                         "Storage failed while the request was being stored: whether it was is unknown. "
                         "Send it again with the same request_id."),
                   absl::Seconds(1));
}

}  // namespace

absl::Status Write::Replay(Transaction&, const std::vector<std::string>&) {
  return InternalError("a write with a key has no replay");
}

WriteQueue::WriteQueue(Runtime& runtime, Database& database, std::unique_ptr<WriteConnection> connection,
                       int64_t feed_sequence, WriteQueueLimits limits, OnCommit on_commit)
    : runtime_(runtime),
      database_(database),
      limits_(limits),
      on_commit_(std::move(on_commit)),
      connection_(std::move(connection)),
      feed_sequence_(feed_sequence),
      secrets_(runtime),
      answerer_(runtime.NewExecutor("answers", 1)),
      writer_(runtime.NewExecutor("writer", 1)) {}

WriteQueue::~WriteQueue() { Stop(); }

void WriteQueue::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  writer_->Stop();
  answerer_->Stop();
  for (std::vector<Outcome>& batch : answers_) Answer(batch);
  answers_.clear();
  for (auto& lane : lanes_) {
    for (auto& write : lane) write->Done(Draining(), {});
    lane.clear();
  }
}

void WriteQueue::Submit(Lane lane, std::unique_ptr<Write> write) {
  absl::Status refusal;
  {
    std::lock_guard lock(mutex_);
    refusal = RefusalLocked(lane, *write);
    if (refusal.ok()) {
      counters_.calls += 1;
      counters_.bytes += write->bytes;
      lanes_[Index(lane)].push_back(std::move(write));
      ScheduleLocked();
    }
  }
  if (!refusal.ok()) write->Done(refusal, {});
}

absl::Status WriteQueue::RefusalLocked(Lane lane, const Write& write) const {
  if (stopped_) return Draining();
  if (!failure_.ok()) return failure_;
  if (lane != Lane::kCall) return absl::OkStatus();
  if (!accepting_) return Draining();
  if (counters_.calls >= limits_.calls_max || counters_.bytes + write.bytes > limits_.bytes_max) {
    return QueueFull(counters_.calls, counters_.bytes);
  }
  if (counters_.wal_bytes > limits_.wal_bytes_max) {
    return WithRetry(
        Error(
            absl::StatusCode::kResourceExhausted, "LOG_FULL",
            fmt::format("The write-ahead log has {} bytes that could not be moved into the database. Try again later.",
                        counters_.wal_bytes)),
        absl::Seconds(1));
  }
  return absl::OkStatus();
}

void WriteQueue::ScheduleLocked() {
  if (scheduled_ && (gathering_ == 0 || !EnoughGatheredLocked())) return;
  scheduled_ = true;
  gathering_ = 0;
  writer_->Post([this] { RunBatch(); });
}

void WriteQueue::StopAccepting() {
  std::lock_guard lock(mutex_);
  accepting_ = false;
}

WriteQueue::Counters WriteQueue::counters() const {
  std::lock_guard lock(mutex_);
  return counters_;
}

void WriteQueue::RunBatch() {
  std::vector<Outcome> batch = TakeBatch();
  const auto calls = static_cast<size_t>(std::ranges::count(batch, Lane::kCall, &Outcome::lane));
  Execute(batch);
  Maintain();
  std::lock_guard lock(mutex_);
  if (busy_attempts_ > 0) {
    writer_->PostAt(runtime_.Now() + Backoff(runtime_, busy_attempts_ - 1, kBusyFirst, kBusyMost),
                    [this] { RunBatch(); });
    return;
  }
  GatherLocked(calls);
}

// Who was answered is likely to call again; with those who wait that is everybody.
void WriteQueue::GatherLocked(size_t answered) {
  const size_t waiting = lanes_[Index(Lane::kCall)].size();
  gather_calls_ = (answered + waiting) / 2;
  scheduled_ = false;
  if (AnyWaitsLocked() && EnoughGatheredLocked()) return ScheduleLocked();
  if (gather_calls_ <= 1 || limits_.gather_time_max <= absl::ZeroDuration()) return;
  scheduled_ = true;
  gathering_ = ++gatherings_;
  writer_->PostAt(runtime_.Now() + limits_.gather_time_max,
                  [this, gathering = gathering_] { EndGathering(gathering); });
}

bool WriteQueue::AnyWaitsLocked() const {
  return std::ranges::any_of(lanes_, [](const auto& lane) { return !lane.empty(); });
}

bool WriteQueue::EnoughGatheredLocked() const {
  return limits_.gather_time_max <= absl::ZeroDuration() || lanes_[Index(Lane::kCall)].size() >= gather_calls_ ||
         !lanes_[Index(Lane::kReaction)].empty() || !lanes_[Index(Lane::kTimer)].empty();
}

void WriteQueue::EndGathering(int64_t gathering) {
  {
    std::lock_guard lock(mutex_);
    if (gathering_ != gathering) return;
    gathering_ = 0;
    scheduled_ = AnyWaitsLocked();
    if (!scheduled_) return;
  }
  RunBatch();
}

std::vector<WriteQueue::Outcome> WriteQueue::TakeBatch() {
  std::vector<Outcome> batch;
  std::lock_guard lock(mutex_);
  // Each lane has limits of its own, and its first comes in any case: a lane cannot starve another.
  const auto take_from = [&](Lane lane, size_t most) {
    auto& waiting = lanes_[Index(lane)];
    int64_t rows = 0;
    for (size_t i = 0; i < most && !waiting.empty(); ++i) {
      if (i > 0 && rows + waiting.front()->rows > limits_.batch_rows_max) return;
      rows += waiting.front()->rows;
      counters_.calls -= 1;
      counters_.bytes -= waiting.front()->bytes;
      batch.push_back({lane, std::move(waiting.front()), absl::OkStatus(), {}});
      waiting.pop_front();
    }
  };
  take_from(Lane::kReaction, 1);
  take_from(Lane::kTimer, 1);
  take_from(Lane::kCall, static_cast<size_t>(limits_.batch_calls_max));
  return batch;
}

void WriteQueue::PutBack(std::vector<Outcome>& batch, size_t first) {
  std::lock_guard lock(mutex_);
  for (size_t i = batch.size(); i-- > first;) {
    counters_.calls += 1;
    counters_.bytes += batch[i].write->bytes;
    lanes_[Index(batch[i].lane)].push_front(std::move(batch[i].write));
  }
  batch.resize(first);
}

void WriteQueue::Execute(std::vector<Outcome>& batch) {
  if (batch.empty()) return;
  absl::Status status = connection_ == nullptr ? BatchLost(failure_) : absl::OkStatus();
  if (status.ok() && IsMutant(Mutant::kSequenceOutsideTransaction)) status = ReserveSequencesAsAMutant(batch.size());
  if (status.ok()) status = ApplyAndCommit(batch);
  if (WaitWhileBusy(status, batch)) return;
  if (!status.ok()) {
    for (Outcome& outcome : batch) outcome.status = status;
    if (connection_ != nullptr && connection_->broken()) EnterReadOnly(status);
  }
  PostAnswers(std::move(batch));
}

// Nothing of the batch is in the database: a transaction begins as the only writer's, or not at all.
bool WriteQueue::WaitWhileBusy(const absl::Status& status, std::vector<Outcome>& batch) {
  const absl::Time now = runtime_.SteadyNow();
  if (busy_attempts_ == 0) busy_since_ = now;
  if (ErrorReason(status) != "STORAGE_BUSY" || connection_ == nullptr || connection_->broken() ||
      now - busy_since_ >= limits_.busy_time_max) {
    busy_attempts_ = 0;
    return false;
  }
  ++busy_attempts_;
  PutBack(batch, 0);
  return true;
}

absl::Status WriteQueue::ApplyAndCommit(std::vector<Outcome>& batch) {
  savepoints_ = false;
  absl::Status status;
  do {
    again_ = false;
    absl::StatusOr<Transaction*> transaction = connection_->Begin();
    if (!transaction.ok()) return transaction.status();
    status = ApplyAll(**transaction, batch);
    if (status.ok() && !again_ && IsMutant(Mutant::kAnswerBeforeCommit)) {
      Answer(batch);
      batch.clear();
    }
    if (status.ok() && !again_) status = Commit(**transaction);
    if (!status.ok() || again_) {
      connection_->Rollback();
      secrets_.Forget();
    }
    savepoints_ = true;
  } while (again_);
  return status;
}

absl::Status WriteQueue::ApplyAll(Transaction& transaction, std::vector<Outcome>& batch) {
  changes_before_ = connection_->changes();
  const absl::StatusOr<Position> head = ReadFeedHead(transaction);
  if (!head.ok()) return BatchLost(head.status());
  transaction.feed_position_ = *head;
  transaction.commit_id_ = static_cast<int64_t>(runtime_.Random() >> 32);
  feed_sequence_ = head->sequence;
  KnownRequests known(secrets_, runtime_.Now());
  if (absl::Status status = LoadKeys(transaction, batch, known); !status.ok()) return BatchLost(status);
  absl::Time start;
  bool calls_begun = false;
  for (size_t i = 0; i < batch.size(); ++i) {
    const absl::Time now = runtime_.SteadyNow();
    if (batch[i].lane == Lane::kCall && !std::exchange(calls_begun, true)) {
      start = now;
    } else if (calls_begun && now - start > limits_.batch_time_max) {
      PutBack(batch, i);
      break;
    }
    ApplyOne(transaction, known, batch[i]);
    if (!connection_->InTransaction() || connection_->broken()) {
      if (!IsMutant(Mutant::kContinueAfterRollback)) return BatchLost(batch[i].status);
    }
    // Whose statement it was is known only where each waited for its own.
    if (connection_->TransactionFailed()) {
      if (savepoints_) return BatchLost(batch[i].status);
      again_ = true;
    }
    if (again_) return absl::OkStatus();
  }
  return absl::OkStatus();
}

absl::Status WriteQueue::LoadKeys(Transaction& transaction, const std::vector<Outcome>& batch, KnownRequests& known) {
  std::vector<const RequestKey*> keys;
  for (const Outcome& outcome : batch) {
    if (outcome.write->key) keys.push_back(&*outcome.write->key);
  }
  return known.Load(transaction, keys);
}

void WriteQueue::ApplyOne(Transaction& transaction, KnownRequests& known, Outcome& outcome) {
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

absl::Status WriteQueue::ApplyAlone(Transaction& transaction, KnownRequests& known, Write& write) {
  const Position position_before = transaction.feed_position_;
  const int64_t changes_before = connection_->changes();
  if (savepoints_) RETURN_IF_ERROR(connection_->Savepoint());
  absl::Status status = ApplyWithKey(transaction, known, write);
  if (status.ok() && savepoints_) status = connection_->ReleaseSavepoint();
  if (status.ok()) return status;
  if (!connection_->InTransaction()) return status;
  if (!IsMutant(Mutant::kKeepEventsOfFailedCall)) transaction.feed_position_ = position_before;
  if (savepoints_) {
    RETURN_IF_ERROR(connection_->RollbackToSavepoint());
    RETURN_IF_ERROR(connection_->ReleaseSavepoint());
  } else {
    again_ = connection_->changes() != changes_before;
  }
  return status;
}

absl::Status WriteQueue::ApplyWithKey(Transaction& transaction, KnownRequests& known, Write& write) {
  RETURN_IF_ERROR(write.Apply(transaction));
  if (!write.key) return absl::OkStatus();
  if (IsMutant(Mutant::kKeyAfterCommit)) {
    late_keys_.push_back({*write.key, write.request_hash, write.Resources()});
    return absl::OkStatus();
  }
  return known.Store(transaction, *write.key, write.request_hash, write.Resources());
}

absl::Status WriteQueue::Commit(Transaction& transaction) {
  // Where every call was refused or replayed there is nothing to make durable.
  if (connection_->changes() == changes_before_) {
    connection_->Rollback();
    return absl::OkStatus();
  }
  const Position& position = transaction.feed_position_;
  if (position.sequence != feed_sequence_ && !IsMutant(Mutant::kSequenceOutsideTransaction)) {
    absl::Status status = transaction.Execute("UPDATE feed_head SET last_seq = $1, commit_id = $2 WHERE singleton = 1",
                                              {position.sequence, position.commit_id});
    if (!status.ok()) return BatchLost(status);
  }
  const Committed committed{position.sequence, transaction.earliest_timer_};
  if (absl::Status status = connection_->Commit(); !status.ok()) {
    if (!connection_->TransactionFailed()) return OutcomeUnknown();
    if (savepoints_) return BatchLost(status);
    again_ = true;
    return absl::OkStatus();
  }
  feed_sequence_ = committed.feed_sequence;
  {
    std::lock_guard lock(mutex_);
    counters_.commits += 1;
  }
  if (IsMutant(Mutant::kKeyAfterCommit)) StoreLateKeysAsAMutant();
  on_commit_(committed);
  return absl::OkStatus();
}

void WriteQueue::PostAnswers(std::vector<Outcome> batch) {
  {
    std::lock_guard lock(mutex_);
    counters_.writes += std::ranges::count_if(batch, [](const Outcome& outcome) { return outcome.status.ok(); });
    answers_.push_back(std::move(batch));
  }
  answerer_->Post([this] {
    std::vector<Outcome> next;
    {
      std::lock_guard lock(mutex_);
      next = std::move(answers_.front());
      answers_.pop_front();
    }
    Answer(next);
  });
}

void WriteQueue::Answer(std::vector<Outcome>& batch) {
  for (Outcome& outcome : batch) {
    outcome.write->Done(outcome.status, outcome.position);
    outcome.write = nullptr;
  }
}

void WriteQueue::Maintain() {
  if (connection_ == nullptr) return;
  ++batches_;
  CheckpointIfDue(false);
  if (idle_check_posted_ || connection_ == nullptr || connection_->wal_bytes() == 0) return;
  idle_check_posted_ = true;
  writer_->PostAt(runtime_.Now() + kIdleCheckpointDelay, [this, seen = batches_] {
    idle_check_posted_ = false;
    if (connection_ == nullptr) return;
    if (seen == batches_) CheckpointIfDue(true);
    --batches_;  // this look was no batch
    Maintain();
  });
}

void WriteQueue::CheckpointIfDue(bool idle) {
  // One that only found readers in its way comes again; one that broke the connection ends the writing.
  absl::Status status = connection_->Checkpoint(idle);
  {
    std::lock_guard lock(mutex_);
    counters_.wal_bytes = connection_->wal_bytes();
  }
  if (connection_->broken()) EnterReadOnly(status);
}

void WriteQueue::EnterReadOnly(const absl::Status& cause) {
  Log()->error("storage failed ({}): read-only until it recovers", ErrorReason(cause));
  connection_ = nullptr;
  {
    std::lock_guard lock(mutex_);
    failure_ =
        WithRetry(Error(absl::StatusCode::kUnavailable, "STORAGE_READ_ONLY",
                        fmt::format("Storage failed ({}): the service only reads until it recovers. Try again later.",
                                    ErrorReason(cause))),
                  absl::Seconds(1));
    counters_.read_only = true;
    counters_.reason = ErrorReason(cause);
  }
  writer_->PostAt(runtime_.Now() + Backoff(runtime_, 0, kRecoverFirst, kRecoverMost), [this] { TryToRecover(1); });
}

void WriteQueue::TryToRecover(int attempt) {
  absl::StatusOr<std::unique_ptr<WriteConnection>> opened = database_.Recover();
  absl::Status status = opened.status();
  if (status.ok()) status = Probe(**opened);
  if (!status.ok()) {
    Log()->warn("storage has not recovered yet: {}", std::string(status.message()));
    writer_->PostAt(runtime_.Now() + Backoff(runtime_, attempt, kRecoverFirst, kRecoverMost),
                    [this, attempt] { TryToRecover(attempt + 1); });
    return;
  }
  Log()->info("storage has recovered: writing again");
  connection_ = *std::move(opened);
  {
    std::lock_guard lock(mutex_);
    failure_ = absl::OkStatus();
    counters_.read_only = false;
    counters_.reason.clear();
  }
  // What a commit of unknown outcome stored is known now: those who follow the feed have to hear of it.
  on_commit_({feed_sequence_, runtime_.Now()});
}

absl::Status WriteQueue::Probe(WriteConnection& connection) {
  ASSIGN_OR_RETURN(Transaction * transaction, connection.Begin());
  absl::Status status =
      transaction->Query("UPDATE feed_head SET last_seq = last_seq WHERE singleton = 1 RETURNING last_seq", {},
                         [&](const Row& row) { feed_sequence_ = row.Integer(0); });
  if (status.ok()) return connection.Commit();
  connection.Rollback();
  return status;
}

// What the broken variants do instead.

absl::Status WriteQueue::ReserveSequencesAsAMutant(size_t count) {
  ASSIGN_OR_RETURN(Transaction * transaction, connection_->Begin());
  RETURN_IF_ERROR(transaction->Execute("UPDATE feed_head SET last_seq = last_seq + $1", {static_cast<int64_t>(count)}));
  return connection_->Commit();
}

void WriteQueue::StoreLateKeysAsAMutant() {
  absl::StatusOr<Transaction*> transaction = connection_->Begin();
  if (!transaction.ok()) return;
  KnownRequests known(secrets_, runtime_.Now());
  for (LateKey& late : late_keys_)
    known.Store(**transaction, late.key, late.request_hash, std::move(late.resources)).IgnoreError();
  late_keys_.clear();
  connection_->Commit().IgnoreError();
}

}  // namespace dangol::storage
