// The one place where a request becomes somebody: what the services are told of who calls.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"

#include "common/identity/keys.h"
#include "common/identity/keys_authorizer.h"
#include "common/rpc/call.h"
#include "common/rpc/transport.h"
#include "services/gateway/http.h"
#include "services/gateway/rate_limit.h"

namespace dangol::gateway {

// Thread-safe.
class Authenticator {
 public:
  // `local`: who sends no credential may call all the same, and is to the services who he is to those of this machine.
  // `secure` as SessionCookie has it. `calls_per_second`: of one caller; 0: no limit. Who sends no credential has none.
  Authenticator(std::shared_ptr<identity::Keys> keys, bool local, bool secure, double calls_per_second,
                Runtime& runtime)
      : keys_(std::move(keys)), secure_(secure), authorizer_(keys_, local), limit_(calls_per_second, runtime) {}

  // The metadata that says who calls, for every call of this request: a JWT of the suite, whether the request has a
  // token or the cookie of a session. UNAUTHENTICATED for a credential that is false, or missing; PERMISSION_DENIED for
  // a cookie that a page of elsewhere may have sent.
  // RESOURCE_EXHAUSTED for who calls too often.
  absl::StatusOr<rpc::Metadata> Authenticate(const HttpRequest& request);
  // Who it is; the call is not counted.
  absl::StatusOr<rpc::Principal> Identify(const HttpRequest& request);

  // The same exchange, whose caller is looked at again before a piece of a stream is written, at most every few
  // seconds: what was revoked is told nothing more. Without a credential it is returned as it is.
  std::shared_ptr<HttpExchange> Guarded(std::shared_ptr<HttpExchange> exchange, Runtime& runtime);

 private:
  bool HasCredential(const HttpRequest& request) const;

  const std::shared_ptr<identity::Keys> keys_;
  const bool secure_;
  identity::KeysAuthorizer authorizer_;
  RateLimit limit_;
};

}  // namespace dangol::gateway
