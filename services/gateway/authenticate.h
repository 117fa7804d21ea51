// The one place where a request becomes somebody: what the services are told of who calls.
#pragma once

#include <memory>
#include <utility>

#include "absl/status/statusor.h"

#include "common/identity/keys.h"
#include "common/identity/keys_authorizer.h"
#include "common/rpc/transport.h"
#include "services/gateway/http.h"

namespace dangol::gateway {

// Thread-safe.
class Authenticator {
 public:
  // `local`: who sends no credential may call all the same, and is to the services who he is to those of this machine.
  Authenticator(std::shared_ptr<identity::Keys> keys, bool local) : keys_(std::move(keys)), authorizer_(keys_, local) {}

  // The metadata that says who calls, for every call of this request: a JWT of the suite, whatever the request has.
  // UNAUTHENTICATED for a credential that is false, or missing.
  absl::StatusOr<rpc::Metadata> Authenticate(const HttpRequest& request);

  // The same exchange, whose caller is looked at again before a piece of a stream is written, at most every few
  // seconds: what was revoked is told nothing more. Without a credential it is returned as it is.
  std::shared_ptr<HttpExchange> Guarded(std::shared_ptr<HttpExchange> exchange, Runtime& runtime);

 private:
  const std::shared_ptr<identity::Keys> keys_;
  identity::KeysAuthorizer authorizer_;
};

}  // namespace dangol::gateway
