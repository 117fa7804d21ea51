#include "common/storage/write_queue.h"

#include <algorithm>
#include <utility>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/log.h"
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

// That it can write; and where the feed stands.
absl::Status Probe(WriteConnection& connection, int64_t& feed_sequence) {
  ASSIGN_OR_RETURN(Transaction * transaction, connection.Begin());
  absl::Status status =
      transaction->Query("UPDATE feed_head SET last_seq = last_seq WHERE singleton = 1 RETURNING last_seq", {},
                         [&](const Row& row) { feed_sequence = row.Integer(0); });
  if (status.ok()) return connection.Commit();
  connection.Rollback();
  return status;
}

}  // namespace

WriteQueue::WriteQueue(Runtime& runtime, Database& database, std::unique_ptr<WriteConnection> connection,
                       WriteQueueLimits limits, OnCommit on_commit)
    : runtime_(runtime),
      database_(database),
      limits_(limits),
      on_commit_(std::move(on_commit)),
      connection_(std::move(connection)),
      batch_writer_(runtime, limits.batch_time_max),
      answerer_(runtime.NewExecutor("answers", 1)),
      writer_(runtime.NewExecutor("writer", 1)) {
  // Its log may have what a start could not move, and somebody asked to have removed.
  writer_->Post([this] { Maintain(); });
}

WriteQueue::~WriteQueue() { Stop(); }

void WriteQueue::Stop() {
  bool in_good_order = false;
  {
    std::lock_guard lock(mutex_);
    if (std::exchange(stopped_, true)) return;
    in_good_order = !accepting_;
  }
  writer_->Stop();
  answerer_->Stop();
  for (std::vector<Outcome>& batch : answers_) Answer(batch);
  answers_.clear();
  for (auto& lane : lanes_) {
    for (auto& write : lane) write->Done(Draining(), {});
    lane.clear();
  }
  if (in_good_order && connection_ != nullptr) connection_->EmptyLog();
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

std::vector<Outcome> WriteQueue::TakeBatch() {
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
  const BatchWriter::Result result = batch_writer_.Run(*connection_, batch);
  if (result.applied < batch.size()) PutBack(batch, result.applied);
  if (!result.committed) return result.status;
  {
    std::lock_guard lock(mutex_);
    counters_.commits += 1;
  }
  on_commit_(*result.committed);
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
  int64_t feed_sequence = 0;
  if (status.ok()) status = Probe(**opened, feed_sequence);
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
  on_commit_({feed_sequence, runtime_.Now()});
  Maintain();
}

}  // namespace dangol::storage
