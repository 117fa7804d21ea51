// dangol.gateway.v1.SignInService: links by which members sign in.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"

#include "common/base/runtime.h"
#include "common/identity/keys.h"
#include "common/rpc/call.h"
#include "dangol/gateway/v1/sign_in_service.pb.h"
#include "services/gateway/members.h"

namespace dangol::gateway {

// Thread-safe. The requests keep the rules of their fields.
class SignInMethods {
 public:
  // `public_url`: what links begin with. What waits for the disk runs on the executor.
  SignInMethods(std::shared_ptr<Members> members, std::shared_ptr<identity::Keys> keys, std::string public_url,
                std::shared_ptr<Executor> executor, Runtime& runtime)
      : members_(std::move(members)),
        keys_(std::move(keys)),
        public_url_(std::move(public_url)),
        executor_(std::move(executor)),
        runtime_(runtime) {}

  // `done` may run on any thread; not at all once the executor has stopped.
  void CreateSignInLink(const rpc::Principal& caller, const v1::CreateSignInLinkRequest& request,
                        absl::AnyInvocable<void(absl::StatusOr<v1::SignInLink>) &&> done);

 private:
  const std::shared_ptr<Members> members_;
  const std::shared_ptr<identity::Keys> keys_;
  const std::string public_url_;
  const std::shared_ptr<Executor> executor_;
  Runtime& runtime_;
};

}  // namespace dangol::gateway
