// The one place where a request becomes somebody: what the services are told of who calls.
#pragma once

#include <functional>
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
#include "services/gateway/sessions.h"

namespace dangol::gateway {

// Who a request's credential says calls, asked once for all that want to know.
using Identified = std::shared_ptr<const absl::StatusOr<rpc::Principal>>;

// Thread-safe. Always in a shared_ptr: exchanges that it guards may outlive the gateway.
class Authenticator : public std::enable_shared_from_this<Authenticator> {
 public:
  // `local`: who sends no credential may call all the same, and is to the services who he is to those of this machine.
  // `calls_per_second`: of one caller; 0: no limit. Who sends no credential has none.
  Authenticator(std::shared_ptr<identity::Keys> keys, std::shared_ptr<Sessions> sessions, bool local,
                double calls_per_second, Runtime& runtime)
      : keys_(std::move(keys)),
        sessions_(std::move(sessions)),
        authorizer_(keys_, local),
        limit_(calls_per_second, runtime) {}

  // HttpRequest::caller, of who was identified: gives the metadata that says who calls, for a call of this request: a
  // JWT of the suite, whether the request has a token or the cookie of a session. UNAUTHENTICATED for a credential that
  // is false, or missing; PERMISSION_DENIED for a cookie that a page of elsewhere may have sent. RESOURCE_EXHAUSTED for
  // who calls too often: each time it is asked is a call.
  std::function<absl::StatusOr<rpc::Metadata>()> CallerOf(const HttpRequest& request, const OpenedSession& opened,
                                                          Identified identified);
  // Whether the request's credential still counts, and allows what it did when this was the caller.
  bool IsStillAllowed(const HttpRequest& request, const rpc::Principal& before);

  // Errors as those of CallerOf.
  absl::StatusOr<rpc::Principal> Identify(const HttpRequest& request, const OpenedSession& opened);

  // The same exchange, whose caller is looked at again before a piece of a stream is written, at most every few
  // seconds: the stream ends where he may something else than when it began. So what was revoked is told nothing more,
  // and a page that connects again is told what it may see now. Without a credential it is returned as it is.
  std::shared_ptr<HttpExchange> Guarded(std::shared_ptr<HttpExchange> exchange, const OpenedSession& opened,
                                        Identified identified, Runtime& runtime);

 private:
  const std::shared_ptr<identity::Keys> keys_;
  const std::shared_ptr<Sessions> sessions_;
  identity::KeysAuthorizer authorizer_;
  RateLimit limit_;
};

}  // namespace dangol::gateway
