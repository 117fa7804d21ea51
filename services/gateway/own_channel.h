// The gateway's own services, as a channel: to the rest of the gateway they are one more service. It asks who calls,
// and whether he may, as every service does.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"

#include "common/base/runtime.h"
#include "common/identity/keys_authorizer.h"
#include "common/rpc/call.h"
#include "common/rpc/transport.h"
#include "common/rpc/validation.h"
#include "services/gateway/live_channel.h"
#include "services/gateway/token_methods.h"

namespace dangol::gateway {

// Thread-safe.
class OwnChannel : public rpc::Channel {
 public:
  // `live` has the methods of LiveService; `local` as Authenticator has it.
  OwnChannel(std::shared_ptr<rpc::Channel> live, std::shared_ptr<identity::Keys> keys, bool local, Runtime& runtime);
  // Stops.
  ~OwnChannel() override;

  // Waits for what runs; calls to come are not answered. Its owner calls it, as that of LiveChannel does.
  void Stop() { executor_->Stop(); }

  // UNIMPLEMENTED: the gateway makes every call as a stream.
  void Unary(std::string method, std::string request, rpc::CallOptions options,
             absl::AnyInvocable<void(rpc::Reply) &&> done) override;
  std::unique_ptr<rpc::ClientStream> Stream(std::string method, std::string request, rpc::CallOptions options) override;

 private:
  // The answer, serialised.
  using Answer = std::function<absl::StatusOr<std::string>(const rpc::Principal& caller, const std::string& request)>;

  template <typename Request, typename Response>
  void Add(std::string_view name,
           absl::StatusOr<Response> (TokenMethods::*method)(const rpc::Principal&, const Request&));
  absl::StatusOr<rpc::Principal> Admit(const std::string& method, const rpc::Metadata& metadata);

  const std::shared_ptr<rpc::Channel> live_;
  identity::KeysAuthorizer authorizer_;
  TokenMethods tokens_;
  Runtime& runtime_;
  std::map<std::string, Answer, std::less<>> answers_;  // by path
  // What waits for the disk runs here.
  const std::shared_ptr<Executor> executor_;
};

}  // namespace dangol::gateway
