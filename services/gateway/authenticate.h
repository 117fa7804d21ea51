// The one place where a request becomes somebody: what the services are told of who calls.
#pragma once

#include <memory>
#include <string>
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
  // `secure` as SessionCookie has it.
  Authenticator(std::shared_ptr<identity::Keys> keys, bool local, bool secure)
      : keys_(std::move(keys)), secure_(secure), authorizer_(keys_, local) {}

  // The metadata that says who calls, for every call of this request: a JWT of the suite, whether the request has a
  // token or the cookie of a session. UNAUTHENTICATED for a credential that is false, or missing; PERMISSION_DENIED for
  // a cookie that a page of elsewhere may have sent.
  absl::StatusOr<rpc::Metadata> Authenticate(const HttpRequest& request);

  // The same exchange, whose caller is looked at again before a piece of a stream is written, at most every few
  // seconds: what was revoked is told nothing more. Without a credential it is returned as it is.
  std::shared_ptr<HttpExchange> Guarded(std::shared_ptr<HttpExchange> exchange, Runtime& runtime);

 private:
  absl::StatusOr<rpc::Metadata> AuthenticateSession(const HttpRequest& request, const std::string& cookie);

  const std::shared_ptr<identity::Keys> keys_;
  const bool secure_;
  identity::KeysAuthorizer authorizer_;
};

}  // namespace dangol::gateway
