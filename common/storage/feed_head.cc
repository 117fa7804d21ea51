#include "common/storage/feed_head.h"

#include <charconv>
#include <utility>

#include "common/base/error.h"
#include "fmt/format.h"

namespace dangol::storage {

std::string FormatCursor(const Cursor& cursor) { return fmt::format("{}.{}", cursor.incarnation, cursor.sequence); }

absl::StatusOr<Cursor> ParseCursor(std::string_view text, std::string_view path) {
  constexpr size_t kUuidBytes = 36;
  Cursor cursor;
  if (text.size() > kUuidBytes + 1 && text[kUuidBytes] == '.') {
    cursor.incarnation = text.substr(0, kUuidBytes);
    const char* end = text.data() + text.size();
    auto [parsed, error] = std::from_chars(text.data() + kUuidBytes + 1, end, cursor.sequence);
    if (error == std::errc() && parsed == end && cursor.sequence >= 0) return cursor;
  }
  return InvalidField(path, fmt::format("{} is not a cursor. Send one as it was received, or none.", ShownValue(text)),
                      "CURSOR_MALFORMED");
}

FeedHead::FeedHead(Runtime& runtime, std::string incarnation, int64_t sequence)
    : incarnation_(std::move(incarnation)), sequence_(sequence), executor_(runtime.NewExecutor("feed", 1)) {}

int64_t FeedHead::sequence() const {
  std::lock_guard lock(mutex_);
  return sequence_;
}

void FeedHead::Stop() { executor_->Stop(); }

void FeedHead::Advance(int64_t sequence) {
  std::lock_guard lock(mutex_);
  if (sequence <= sequence_) return;
  sequence_ = sequence;
  while (!waiting_.empty() && waiting_.begin()->first <= sequence_) {
    auto [waiter, task] = std::move(waiting_.extract(waiting_.begin()).mapped());
    sequence_of_.erase(waiter);
    executor_->Post(std::move(task));
  }
}

int64_t FeedHead::WaitFor(int64_t sequence, Task task) {
  std::lock_guard lock(mutex_);
  const int64_t waiter = next_waiter_++;
  if (sequence <= sequence_) {
    executor_->Post(std::move(task));
  } else {
    waiting_.emplace(sequence, std::pair(waiter, std::move(task)));
    sequence_of_[waiter] = sequence;
  }
  return waiter;
}

void FeedHead::Cancel(int64_t waiter) {
  Task cancelled;  // destroyed without the lock
  std::lock_guard lock(mutex_);
  auto found = sequence_of_.find(waiter);
  if (found == sequence_of_.end()) return;
  auto [begin, end] = waiting_.equal_range(found->second);
  for (auto it = begin; it != end; ++it) {
    if (it->second.first != waiter) continue;
    cancelled = std::move(it->second.second);
    waiting_.erase(it);
    break;
  }
  sequence_of_.erase(found);
}

}  // namespace dangol::storage
