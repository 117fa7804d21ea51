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
#include "services/gateway/audit_writer.h"
#include "services/gateway/live_channel.h"
#include "services/gateway/members.h"
#include "services/gateway/sign_in_methods.h"
#include "services/gateway/token_methods.h"

namespace dangol::gateway {

// Thread-safe.
class OwnChannel : public rpc::Channel {
 public:
  // `live` has the streams of LiveService; `local` as Authenticator has it, `public_url` is what links begin with.
  OwnChannel(std::shared_ptr<LiveChannel> live, std::shared_ptr<Members> members, std::shared_ptr<AuditWriter> audit,
             std::shared_ptr<identity::Keys> keys, bool local, std::string public_url, Runtime& runtime);
  // Stops.
  ~OwnChannel() override;

  // Waits for what runs; calls to come are not answered. Its owner calls it, as that of LiveChannel does.
  void Stop() { executor_->Stop(); }

  void Unary(std::string method, std::string request, rpc::CallOptions options,
             absl::AnyInvocable<void(rpc::Reply) &&> done) override;
  std::unique_ptr<rpc::ClientStream> Stream(std::string method, std::string request, rpc::CallOptions options) override;

 private:
  // Gives the answer, serialised, now or later.
  using Done = absl::AnyInvocable<void(absl::StatusOr<std::string>) &&>;
  using Answer = std::function<void(const rpc::Principal& caller, const std::string& request, Done done)>;
  template <typename Response>
  using Respond = absl::AnyInvocable<void(absl::StatusOr<Response>) &&>;

  template <typename Request, typename Response>
  void AddToken(std::string_view name,
                absl::StatusOr<Response> (TokenMethods::*method)(const rpc::Principal&, const Request&));
  // `answer` is called with what keeps the rules of its fields.
  template <typename Request, typename Response>
  void Add(std::string path, std::function<void(const rpc::Principal&, const Request&, Respond<Response>)> answer);
  // Who calls; in Admit, who may. What is refused is counted.
  absl::StatusOr<rpc::Principal> Authenticate(const google::protobuf::MethodDescriptor& method,
                                              const rpc::Metadata& metadata);
  absl::StatusOr<rpc::Principal> Admit(const std::string& method, const rpc::Metadata& metadata);

  const std::shared_ptr<LiveChannel> live_;
  const std::shared_ptr<AuditWriter> audit_;
  identity::KeysAuthorizer authorizer_;
  Runtime& runtime_;
  // What waits for the disk runs here.
  const std::shared_ptr<Executor> executor_;
  TokenMethods tokens_;
  SignInMethods sign_in_;
  std::map<std::string, Answer, std::less<>> answers_;  // by path
};

}  // namespace dangol::gateway
