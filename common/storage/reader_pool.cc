#include "common/storage/reader_pool.h"

#include <utility>

#include "fmt/format.h"

#include "common/base/error.h"

namespace dangol::storage {
namespace {

constexpr absl::Duration kFullRetryDelay = absl::Milliseconds(200);

absl::Status Stopping() {
  return WithRetry(
      Error(absl::StatusCode::kUnavailable, "DRAINING", "The service is stopping. Try again at another, or later."),
      absl::Seconds(1));
}

}  // namespace

ReaderPool::ReaderPool(Runtime& runtime, Database& database, ReaderPoolLimits limits)
    : runtime_(runtime),
      database_(database),
      limits_(limits),
      readers_(runtime.NewExecutor("reader", limits.threads)) {}

ReaderPool::~ReaderPool() { Stop(); }

void ReaderPool::Stop() {
  std::deque<std::unique_ptr<Read>> waiting;
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    waiting.swap(reads_);
  }
  for (auto& read : waiting) read->Fail(Stopping());
  readers_->Stop();
}

void ReaderPool::Submit(std::unique_ptr<Read> read, bool internal) {
  absl::Status refusal;
  bool wake = false;
  {
    std::lock_guard lock(mutex_);
    const auto waiting = static_cast<int64_t>(reads_.size());
    if (stopped_) {
      refusal = Stopping();
    } else if (!internal && waiting >= limits_.reads_max) {
      refusal =
          WithRetry(Error(absl::StatusCode::kResourceExhausted, "QUEUE_FULL",
                          fmt::format("{} reads wait already. Try again later, and send fewer at a time.", waiting)),
                    kFullRetryDelay);
    } else {
      reads_.push_back(std::move(read));
      wake = running_ < limits_.threads;
      if (wake) ++running_;
    }
  }
  // Not under the lock, which the reader that wakes would wait for.
  if (wake) readers_->Post([this] { RunSome(); });
  if (!refusal.ok()) read->Fail(refusal);
}

int64_t ReaderPool::waiting() const {
  std::lock_guard lock(mutex_);
  return static_cast<int64_t>(reads_.size());
}

void ReaderPool::RunSome() {
  std::vector<std::unique_ptr<Read>> group;
  std::unique_ptr<ReadConnection> connection;
  {
    std::lock_guard lock(mutex_);
    if (reads_.empty()) {  // Stop took them
      --running_;
      return;
    }
    // Those that are here now share a snapshot, which is taken after each of them arrived. With several threads each
    // leaves some for the others.
    const size_t most =
        std::min<size_t>(static_cast<size_t>(limits_.snapshot_reads_max),
                         (reads_.size() + static_cast<size_t>(running_) - 1) / static_cast<size_t>(running_));
    for (size_t i = 0; i < most; ++i) {
      group.push_back(std::move(reads_.front()));
      reads_.pop_front();
    }
    if (!idle_connections_.empty()) {
      connection = std::move(idle_connections_.back());
      idle_connections_.pop_back();
    }
  }
  const bool reusable = RunGroup(group, connection);
  group.clear();
  std::lock_guard lock(mutex_);
  if (reusable) idle_connections_.push_back(std::move(connection));
  if (reads_.empty() || stopped_) {
    --running_;
  } else {
    readers_->Post([this] { RunSome(); });
  }
}

bool ReaderPool::RunGroup(std::vector<std::unique_ptr<Read>>& group, std::unique_ptr<ReadConnection>& connection) {
  absl::Status status;
  Snapshot* snapshot = nullptr;
  absl::Time begun;
  for (std::unique_ptr<Read>& read : group) {
    if (read->Abandoned()) {
      read->Fail(absl::CancelledError("the caller has gone"));
    } else if (read->deadline <= runtime_.Now()) {
      read->Fail(Error(absl::StatusCode::kDeadlineExceeded, "DEADLINE_EXCEEDED",
                       "The deadline passed before the read's turn came."));
    } else {
      // A slow read must not use up the time of those that share its snapshot.
      if (snapshot != nullptr && runtime_.SteadyNow() - begun > limits_.snapshot_time_max / 4) {
        connection->End();
        snapshot = nullptr;
      }
      if (snapshot == nullptr && status.ok()) {
        begun = runtime_.SteadyNow();
        status = Begin(connection, snapshot);
      }
      if (status.ok()) {
        read->Run(*snapshot);
      } else {
        read->Fail(status);
      }
    }
  }
  if (snapshot != nullptr) connection->End();
  return connection != nullptr && status.ok() && !connection->broken();
}

absl::Status ReaderPool::Begin(std::unique_ptr<ReadConnection>& connection, Snapshot*& snapshot) {
  if (connection == nullptr) {
    auto opened = database_.OpenReader();
    if (!opened.ok()) return opened.status();
    connection = *std::move(opened);
  }
  auto begun = connection->Begin(limits_.snapshot_time_max);
  if (begun.ok()) snapshot = *begun;
  return begun.status();
}

}  // namespace dangol::storage
