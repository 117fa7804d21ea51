#include "common/identity/signed_channel.h"

#include <string>
#include <utility>

#include "common/identity/keys_authorizer.h"

namespace dangol::identity {
namespace {

class SignedChannel : public rpc::Channel {
 public:
  SignedChannel(std::shared_ptr<rpc::Channel> channel, std::shared_ptr<Keys> keys, rpc::Principal principal)
      : channel_(std::move(channel)), keys_(std::move(keys)), principal_(std::move(principal)) {}

  void Unary(std::string method, std::string request, rpc::CallOptions options,
             absl::AnyInvocable<void(rpc::Reply) &&> done) override {
    channel_->Unary(std::move(method), std::move(request), Signed(std::move(options)), std::move(done));
  }
  std::unique_ptr<rpc::ClientStream> Stream(std::string method, std::string request,
                                            rpc::CallOptions options) override {
    return channel_->Stream(std::move(method), std::move(request), Signed(std::move(options)));
  }

 private:
  rpc::CallOptions Signed(rpc::CallOptions options) {
    std::string authorization = keys_->AuthorizationOf(principal_);
    if (authorization.empty()) return options;
    std::erase_if(options.metadata, [](const auto& entry) { return entry.first == rpc::kAuthorizationKey; });
    options.metadata.emplace_back(rpc::kAuthorizationKey, std::move(authorization));
    return options;
  }

  const std::shared_ptr<rpc::Channel> channel_;
  const std::shared_ptr<Keys> keys_;
  const rpc::Principal principal_;
};

}  // namespace

std::unique_ptr<rpc::Channel> CallAs(std::shared_ptr<rpc::Channel> channel, std::shared_ptr<Keys> keys,
                                     rpc::Principal principal) {
  return std::make_unique<SignedChannel>(std::move(channel), std::move(keys), std::move(principal));
}

}  // namespace dangol::identity
