#include "common/feed/follow_status.h"

#include <algorithm>

#include "common/base/log.h"

namespace dangol::feed {

FollowStatus::FollowStatus(Runtime& runtime, std::string_view feed, const std::string& address) : runtime_(runtime) {
  status_.set_feed(std::string(feed));
  status_.set_address(address);
  status_.set_state(Status::DISCONNECTED);
  status_.set_reason("it has not been asked yet");
}

void FollowStatus::SetState(Status::State state, const std::string& reason) {
  std::lock_guard lock(mutex_);
  const bool news = status_.state() != state || (state == Status::BROKEN && status_.reason() != reason);
  status_.set_state(state);
  status_.set_reason(reason);
  if (!news) return;
  if (state == Status::BROKEN) {
    Log()->error("the feed of {} cannot be followed: {}", status_.feed(), reason);
  } else {
    Log()->info("the feed of {} is {}{}{}", status_.feed(), Status::State_Name(state), reason.empty() ? "" : ": ",
                reason);
  }
}

FollowStatus::Status::State FollowStatus::state() const {
  std::lock_guard lock(mutex_);
  return status_.state();
}

void FollowStatus::SetPosition(const storage::Cursor& position, int64_t epoch) {
  std::lock_guard lock(mutex_);
  if (position.incarnation != followed_) status_.set_head_sequence(0);
  followed_ = position.incarnation;
  status_.set_sequence(position.sequence);
  status_.set_cursor(position.incarnation.empty() ? "" : storage::FormatCursor(position));
  status_.set_epoch(epoch);
  status_.set_head_sequence(std::max(status_.head_sequence(), position.sequence));
}

void FollowStatus::NoteHead(int64_t head_sequence, absl::Time oldest) {
  std::lock_guard lock(mutex_);
  status_.set_head_sequence(std::max(head_sequence, status_.sequence()));
  behind_since_ = oldest;
}

void FollowStatus::NoteNoEvents(int64_t head_sequence) {
  std::lock_guard lock(mutex_);
  status_.set_head_sequence(std::max(head_sequence, status_.sequence()));
  if (status_.head_sequence() <= status_.sequence()) behind_since_ = absl::InfiniteFuture();
}

void FollowStatus::NoteProgress(absl::Time oldest) {
  std::lock_guard lock(mutex_);
  behind_since_ = status_.head_sequence() <= status_.sequence() ? absl::InfiniteFuture() : oldest;
}

FollowStatus::Status FollowStatus::Get() const {
  std::lock_guard lock(mutex_);
  Status status = status_;
  status.set_lag_events(status.head_sequence() - status.sequence());
  if (status.lag_events() > 0) {
    status.set_lag_seconds(
        std::max<int64_t>(0, absl::ToInt64Seconds(runtime_.Now() - std::min(behind_since_, runtime_.Now()))));
  }
  return status;
}

}  // namespace dangol::feed
