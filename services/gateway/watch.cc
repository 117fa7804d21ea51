#include "services/gateway/watch.h"

#include <algorithm>
#include <utility>

namespace dangol::gateway {
namespace {

using v1::FeedStatus;

std::string News(const FeedHub& hub, FeedStatus::State state, const std::string& cursor) {
  v1::WatchResponse response;
  FeedStatus& status = *response.add_feeds();
  status.set_feed(hub.name());
  status.set_state(state);
  status.set_cursor(cursor);
  return response.SerializeAsString();
}

}  // namespace

Watch::Watch(const v1::WatchRequest& request, const std::vector<std::shared_ptr<FeedHub>>& hubs, absl::Time deadline,
             size_t message_bytes_max)
    : deadline_(deadline), message_bytes_max_(message_bytes_max) {
  for (const auto& hub : hubs) {
    if (request.topics_size() > 0 &&
        std::find(request.topics().begin(), request.topics().end(), hub->name()) == request.topics().end())
      continue;
    const auto cursor = request.cursors().find(hub->name());
    feeds_.push_back({hub, cursor == request.cursors().end() ? "" : cursor->second, std::nullopt, 0});
  }
}

void Watch::Read(ReadDone done, absl::Time now) {
  std::unique_lock lock(mutex_);
  if (end_) {
    absl::Status end = *end_;
    lock.unlock();
    return std::move(done)(std::nullopt, std::move(end));
  }
  std::string next = NextLocked();
  if (next.empty()) {
    waiting_ = std::move(done);
    if (last_time_ == absl::InfinitePast()) last_time_ = now;
    return;
  }
  last_time_ = now;
  lock.unlock();
  std::move(done)(std::move(next), absl::OkStatus());
}

void Watch::Wake(absl::Time now, absl::Duration heartbeat) {
  if (now >= deadline_) return End(absl::DeadlineExceededError("The stream's deadline has passed."));
  std::unique_lock lock(mutex_);
  if (waiting_ == nullptr) return;
  std::string next = NextLocked();
  // A clock that was set back says nothing of how long it was silent.
  const bool silent = now < last_time_ || now - last_time_ >= heartbeat;
  if (next.empty() && (!begun_ || !silent)) return;
  last_time_ = now;
  ReadDone done = std::exchange(waiting_, nullptr);
  lock.unlock();
  std::move(done)(std::move(next), absl::OkStatus());
}

void Watch::End(absl::Status status) {
  std::unique_lock lock(mutex_);
  if (end_) return;
  end_ = status;
  ReadDone done = std::exchange(waiting_, nullptr);
  lock.unlock();
  if (done != nullptr) std::move(done)(std::nullopt, std::move(status));
}

std::string Watch::NextLocked() {
  // The first message says of every feed how it is: not before all of them have been tried.
  const bool tried = std::ranges::all_of(feeds_, [](const Feed& feed) { return feed.hub->state().generation > 0; });
  if (!begun_ && !tried) return "";
  begun_ = true;
  std::string news;
  std::string events;
  for (Feed& feed : feeds_) AddFeedLocked(feed, news, events);
  return news + events;
}

void Watch::AddFeedLocked(Feed& feed, std::string& news, std::string& events) {
  const FeedHub::State state = feed.hub->state();
  bool reset = false;
  if (!feed.position && !feed.cursor.empty()) {
    feed.position = feed.hub->Find(feed.cursor);
    reset = !feed.position && state.live;
  } else if (!feed.position && state.live) {
    feed.position = state.end;
    feed.cursor = state.cursor;
  }
  std::string cursor = feed.cursor;
  if (feed.position) reset = !feed.hub->Read(*feed.position, message_bytes_max_, events, feed.cursor);
  if (reset) {
    feed.position = state.end;
    feed.cursor = cursor = state.cursor;
    news += News(*feed.hub, FeedStatus::RESET, cursor);
  }
  if (state.generation == feed.generation) return;
  feed.generation = state.generation;
  news += News(*feed.hub, state.live ? FeedStatus::LIVE : FeedStatus::AWAY, cursor);
}

}  // namespace dangol::gateway
