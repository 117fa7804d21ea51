// One stream of LiveService/Watch: where it is in each feed, and what it has to say next.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"

#include "common/rpc/transport.h"
#include "dangol/gateway/v1/live_service.pb.h"
#include "services/gateway/feed_hub.h"

namespace dangol::gateway {

// Holds no events: a slow reader finds in the hubs what is still there, and hears of what is not. Thread-safe.
class Watch {
 public:
  using ReadDone = absl::AnyInvocable<void(std::optional<std::string>, absl::Status) &&>;

  Watch(const v1::WatchRequest& request, const std::vector<std::shared_ptr<FeedHub>>& hubs, absl::Time deadline,
        size_t message_bytes_max);

  // As that of a ClientStream.
  void Read(ReadDone done, absl::Time now);
  // Answers a read that waits where there is something to say, or nothing was said for the time of a heartbeat.
  void Wake(absl::Time now, absl::Duration heartbeat);
  // The reads from now on answer with this.
  void End(absl::Status status);

 private:
  struct Feed {
    std::shared_ptr<FeedHub> hub;
    std::string cursor;                    // behind which its next events are; empty: it begins now
    std::optional<FeedPosition> position;  // the same in the hub; none: not known yet
    uint64_t generation = 0;               // of the state that was last said; 0: none was
  };

  // A serialised response; empty: there is nothing to say.
  std::string NextLocked();
  void AddFeedLocked(Feed& feed, std::string& news, std::string& events);

  const absl::Time deadline_;
  const size_t message_bytes_max_;

  std::mutex mutex_;
  std::vector<Feed> feeds_;
  bool begun_ = false;  // the first message is sent
  absl::Time last_time_ = absl::InfinitePast();
  ReadDone waiting_;
  std::optional<absl::Status> end_;
};

}  // namespace dangol::gateway
