// Who calls a server, by the keys of its suite.
#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/identity/keys.h"
#include "common/rpc/authorization.h"
#include "common/rpc/call.h"
#include "common/rpc/transport.h"

namespace dangol::identity {

// The policy with identities by keys.
class KeysAuthorizer : public rpc::Authorizer {
 public:
  // `local`: who sends no credential is the local principal. Else nobody.
  KeysAuthorizer(std::shared_ptr<Keys> keys, bool local) : keys_(std::move(keys)), local_(local) {}

  absl::StatusOr<rpc::Principal> Authenticate(const rpc::Metadata& metadata) override;
  absl::Status Authorize(const rpc::Principal& principal, std::string_view permission) override;

 private:
  const std::shared_ptr<Keys> keys_;
  const bool local_;
};

// UNAUTHENTICATED, reason CREDENTIAL_MISSING.
absl::Status CredentialMissing();

}  // namespace dangol::identity
