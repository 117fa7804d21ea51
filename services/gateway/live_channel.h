// dangol.gateway.v1.LiveService, as a channel: to the rest of the gateway it is one more service.
#pragma once

#include <memory>
#include <string>
#include <vector>

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
class LiveChannel : public rpc::Channel {
 public:
  // With a hub for each of the backends that has a feed. They must outlive it.
  LiveChannel(const std::vector<Backend>& backends, Runtime& runtime, LiveLimits limits = {});
  // Stops.
  ~LiveChannel() override;

  // UNIMPLEMENTED: the service has no such method.
  void Unary(std::string method, std::string request, rpc::CallOptions options,
             absl::AnyInvocable<void(rpc::Reply) &&> done) override;
  // Watch.
  std::unique_ptr<rpc::ClientStream> Stream(std::string method, std::string request, rpc::CallOptions options) override;

  // Ends all streams, and those to come, with UNAVAILABLE. Waits for what runs: its owner calls it, since the last
  // reference may be that of a stream, on a thread of this channel, which cannot wait for itself.
  void Stop();

 private:
  struct Shared;

  absl::Status Check(const std::string& method, const std::string& bytes, v1::WatchRequest& request) const;

  Runtime& runtime_;
  const LiveLimits limits_;
  const rpc::RequestRules rules_;
  const std::shared_ptr<Shared> shared_;
  std::vector<std::shared_ptr<FeedHub>> hubs_;
};

}  // namespace dangol::gateway
