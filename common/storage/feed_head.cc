#include "common/storage/feed_head.h"

#include <utility>

namespace dangol::storage {

FeedHead::FeedHead(Runtime& runtime, std::string incarnation, int64_t sequence)
    : incarnation_(std::move(incarnation)), sequence_(sequence), executor_(runtime.NewExecutor("feed", 1)) {}

int64_t FeedHead::sequence() const {
  std::lock_guard lock(mutex_);
  return sequence_;
}

std::string FeedHead::followed_incarnation() const {
  std::lock_guard lock(mutex_);
  return incarnation_;
}

void FeedHead::Stop() { executor_->Stop(); }

void FeedHead::Advance(int64_t sequence) {
  std::lock_guard lock(mutex_);
  AdvanceLocked(sequence);
}

void FeedHead::Advance(const Cursor& position) {
  std::lock_guard lock(mutex_);
  if (position.incarnation != incarnation_) {
    incarnation_ = position.incarnation;
    sequence_ = position.sequence;
    for (const auto& [sequence, waiter] : waiting_) PostLocked(waiter);
    waiting_.clear();
  }
  AdvanceLocked(position.sequence);
}

void FeedHead::AdvanceLocked(int64_t sequence) {
  if (sequence <= sequence_) return;
  sequence_ = sequence;
  while (!waiting_.empty() && waiting_.begin()->first <= sequence_) {
    PostLocked(waiting_.begin()->second);
    waiting_.erase(waiting_.begin());
  }
}

int64_t FeedHead::WaitFor(int64_t sequence, Task task) {
  std::lock_guard lock(mutex_);
  return WaitForLocked(sequence, sequence <= sequence_, std::move(task));
}

int64_t FeedHead::WaitFor(const Cursor& position, Task task) {
  std::lock_guard lock(mutex_);
  return WaitForLocked(position.sequence, position.incarnation != incarnation_ || position.sequence <= sequence_,
                       std::move(task));
}

int64_t FeedHead::WaitForLocked(int64_t sequence, bool now, Task task) {
  const int64_t waiter = next_waiter_++;
  tasks_.emplace(waiter, std::pair(sequence, std::move(task)));
  if (now) {
    PostLocked(waiter);
  } else {
    waiting_.emplace(sequence, waiter);
  }
  return waiter;
}

void FeedHead::PostLocked(int64_t waiter) {
  executor_->Post([this, waiter] {
    Task task;
    {
      std::lock_guard lock(mutex_);
      auto found = tasks_.extract(waiter);
      if (found.empty()) return;  // cancelled
      task = std::move(found.mapped().second);
    }
    std::move(task)();
  });
}

void FeedHead::Cancel(int64_t waiter) {
  Task cancelled;  // destroyed without the lock
  std::lock_guard lock(mutex_);
  auto found = tasks_.extract(waiter);
  if (found.empty()) return;
  waiting_.erase({found.mapped().first, waiter});
  cancelled = std::move(found.mapped().second);
}

}  // namespace dangol::storage
