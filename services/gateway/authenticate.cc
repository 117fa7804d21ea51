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

rpc::Metadata CredentialsOf(const HttpRequest& request) {
  rpc::Metadata credentials;
  for (const auto& [name, value] : request.headers) {
    if (name == rpc::kAuthorizationKey) credentials.emplace_back(name, value);
  }
  return credentials;
}

class GuardedExchange : public ExchangeWrapper {
 public:
  GuardedExchange(std::shared_ptr<HttpExchange> exchange, Authenticator& authenticator, Runtime& runtime)
      : ExchangeWrapper(std::move(exchange)),
        authenticator_(authenticator),
        runtime_(runtime),
        looked_(runtime.SteadyNow()) {}

  void Write(std::string piece, absl::AnyInvocable<void(bool) &&> done) override {
    const absl::Time now = runtime_.SteadyNow();
    if (now - looked_ < rpc::kCredentialAgeMax) return ExchangeWrapper::Write(std::move(piece), std::move(done));
    looked_ = now;
    if (authenticator_.Identify(request).ok()) return ExchangeWrapper::Write(std::move(piece), std::move(done));
    EndStream();
    std::move(done)(false);
  }

 private:
  Authenticator& authenticator_;
  Runtime& runtime_;
  absl::Time looked_;
};

}  // namespace

absl::StatusOr<rpc::Principal> Authenticator::Identify(const HttpRequest& request) {
  const rpc::Metadata credentials = CredentialsOf(request);
  const std::optional<std::string> cookie = SessionCookie(request, secure_);
  if (!credentials.empty() || !cookie) return authorizer_.Authenticate(credentials);
  RETURN_IF_ERROR(CheckSameSite(request));
  ASSIGN_OR_RETURN(identity::Session session, keys_->OpenSession(*cookie));
  return std::move(session.principal);
}

absl::StatusOr<rpc::Metadata> Authenticator::Authenticate(const HttpRequest& request) {
  ASSIGN_OR_RETURN(const rpc::Principal principal, Identify(request));
  if (!HasCredential(request)) return rpc::Metadata();
  RETURN_IF_ERROR(limit_.Take(principal.name));
  std::string authorization = keys_->AuthorizationOf(principal);
  // Where no key signs here the services see the credential itself, and look at it themselves.
  if (authorization.empty()) return CredentialsOf(request);
  return rpc::Metadata{{std::string(rpc::kAuthorizationKey), std::move(authorization)}};
}

bool Authenticator::HasCredential(const HttpRequest& request) const {
  return !CredentialsOf(request).empty() || SessionCookie(request, secure_);
}

std::shared_ptr<HttpExchange> Authenticator::Guarded(std::shared_ptr<HttpExchange> exchange, Runtime& runtime) {
  if (!HasCredential(exchange->request)) return exchange;
  return std::make_shared<GuardedExchange>(std::move(exchange), *this, runtime);
}

}  // namespace dangol::gateway
