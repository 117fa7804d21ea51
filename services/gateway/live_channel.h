// dangol.gateway.v1.LiveService, for the channel of the gateway's own services.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/base/runtime.h"
#include "common/rpc/transport.h"
#include "common/rpc/validation.h"
#include "services/gateway/backends.h"
#include "services/gateway/feed_hub.h"

namespace dangol::gateway {

struct LiveLimits {
  FeedHubLimits hub;
  size_t streams_max = 2000;
  size_t message_bytes_max = 128 << 10;  // about
  absl::Duration heartbeat = absl::Seconds(15);
};

// Thread-safe.
class LiveChannel {
 public:
  // Whether the caller has a permission: else PERMISSION_DENIED.
  using Allow = absl::FunctionRef<absl::Status(std::string_view permission)>;

  // With a hub for each of the backends that has a feed. They must outlive it.
  LiveChannel(const std::vector<Backend>& backends, Runtime& runtime, LiveLimits limits = {});
  // Stops.
  ~LiveChannel();

  // Watch. `request`: a serialised WatchRequest.
  absl::StatusOr<std::unique_ptr<rpc::ClientStream>> Stream(const std::string& request, absl::Time deadline,
                                                            Allow allow);

  // Ends all streams, and those to come, with UNAVAILABLE. Waits for what runs: its owner calls it, since the last
  // reference may be that of a stream, on a thread of this channel, which cannot wait for itself.
  void Stop();

 private:
  struct Shared;

  absl::Status Check(const std::string& bytes, v1::WatchRequest& request) const;
  // The feeds that are wanted, or, where none is named, those that are allowed.
  absl::StatusOr<std::vector<std::shared_ptr<FeedHub>>> AllowedHubs(const v1::WatchRequest& request, Allow allow) const;

  Runtime& runtime_;
  const LiveLimits limits_;
  const rpc::RequestRules rules_;
  const std::shared_ptr<Shared> shared_;
  std::vector<std::shared_ptr<FeedHub>> hubs_;
};

}  // namespace dangol::gateway
