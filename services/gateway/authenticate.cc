#include "services/gateway/authenticate.h"

#include <optional>
#include <string>
#include <utility>

#include "common/base/status_macros.h"
#include "common/rpc/call.h"
#include "services/gateway/exchange_wrapper.h"
#include "services/gateway/sessions.h"

namespace dangol::gateway {
namespace {

constexpr absl::Duration kLookInterval = absl::Seconds(2);

class GuardedExchange : public ExchangeWrapper {
 public:
  GuardedExchange(std::shared_ptr<HttpExchange> exchange, Authenticator& authenticator, Runtime& runtime)
      : ExchangeWrapper(std::move(exchange)),
        authenticator_(authenticator),
        runtime_(runtime),
        looked_(runtime.SteadyNow()) {}

  void Write(std::string piece, absl::AnyInvocable<void(bool) &&> done) override {
    const absl::Time now = runtime_.SteadyNow();
    if (now - looked_ < kLookInterval) return ExchangeWrapper::Write(std::move(piece), std::move(done));
    looked_ = now;
    if (authenticator_.Authenticate(request).ok()) return ExchangeWrapper::Write(std::move(piece), std::move(done));
    EndStream();
    std::move(done)(false);
  }

 private:
  Authenticator& authenticator_;
  Runtime& runtime_;
  absl::Time looked_;
};

}  // namespace

absl::StatusOr<rpc::Metadata> Authenticator::Authenticate(const HttpRequest& request) {
  rpc::Metadata credentials;
  for (const auto& [name, value] : request.headers) {
    if (name == identity::kAuthorizationKey) credentials.emplace_back(name, value);
  }
  const std::optional<std::string> cookie = SessionCookie(request, secure_);
  if (credentials.empty() && cookie) return AuthenticateSession(request, *cookie);
  ASSIGN_OR_RETURN(const rpc::Principal principal, authorizer_.Authenticate(credentials));
  if (credentials.empty()) return credentials;
  std::string authorization = keys_->AuthorizationOf(principal);
  // Where no key signs here the services see the credential itself, and look at it themselves.
  if (authorization.empty()) return credentials;
  return rpc::Metadata{{std::string(identity::kAuthorizationKey), std::move(authorization)}};
}

absl::StatusOr<rpc::Metadata> Authenticator::AuthenticateSession(const HttpRequest& request,
                                                                 const std::string& cookie) {
  RETURN_IF_ERROR(CheckSameSite(request));
  ASSIGN_OR_RETURN(const identity::Session session, keys_->OpenSession(cookie));
  std::string authorization = keys_->AuthorizationOf(session.principal);
  if (authorization.empty()) return identity::CredentialMissing();
  return rpc::Metadata{{std::string(identity::kAuthorizationKey), std::move(authorization)}};
}

std::shared_ptr<HttpExchange> Authenticator::Guarded(std::shared_ptr<HttpExchange> exchange, Runtime& runtime) {
  const HttpRequest& request = exchange->request;
  if (rpc::FindMetadata(request.headers, identity::kAuthorizationKey).empty() && !SessionCookie(request, secure_))
    return exchange;
  return std::make_shared<GuardedExchange>(std::move(exchange), *this, runtime);
}

}  // namespace dangol::gateway
