#include "common/identity/keys_authorizer.h"

#include <string>

#include "common/base/error.h"

namespace dangol::identity {

absl::Status CredentialMissing() {
  return Error(
      absl::StatusCode::kUnauthenticated, "CREDENTIAL_MISSING",
      "This needs a credential. Send `authorization: Bearer …` with a token; `dangol token create` makes one, and "
      "`dangol --token-file FILE` sends it.");
}

absl::StatusOr<rpc::Principal> KeysAuthorizer::Authenticate(const rpc::Metadata& metadata) {
  const std::string* authorization = nullptr;
  for (const auto& [key, value] : metadata) {
    if (key != rpc::kAuthorizationKey) continue;
    if (authorization != nullptr) {
      return Error(absl::StatusCode::kUnauthenticated, "CREDENTIAL_INVALID",
                   "The call has two credentials. Send one `authorization`.");
    }
    authorization = &value;
  }
  if (authorization != nullptr) return keys_->Authenticate(*authorization);
  if (local_) return rpc::LocalPrincipal();
  return CredentialMissing();
}

absl::Status KeysAuthorizer::Authorize(const rpc::Principal& principal, std::string_view permission) {
  return rpc::CheckPermission(principal, permission);
}

}  // namespace dangol::identity
