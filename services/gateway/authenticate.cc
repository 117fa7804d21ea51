#include "services/gateway/authenticate.h"

#include <optional>
#include <string>
#include <utility>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/identity/jwt.h"
#include "common/rpc/authorization.h"
#include "common/rpc/call.h"
#include "services/gateway/exchange_wrapper.h"
#include "services/gateway/sessions.h"

namespace dangol::gateway {
namespace {

// The services take no longer credential.
absl::Status TooManyStages(const rpc::Principal& principal) {
  return Error(
      absl::StatusCode::kFailedPrecondition, "TOO_MANY_STAGES",
      fmt::format("{} owns {} stages, those of whom he stands in for with them, and no call holds so many. Give "
                  "some of them another owner or deputy.",
                  principal.name, principal.stages.size()));
}

rpc::Metadata CredentialsOf(const HttpRequest& request) {
  rpc::Metadata credentials;
  for (const auto& [name, value] : request.headers) {
    if (name == rpc::kAuthorizationKey) credentials.emplace_back(name, value);
  }
  return credentials;
}

class GuardedExchange : public ExchangeWrapper {
 public:
  GuardedExchange(std::shared_ptr<HttpExchange> exchange, std::shared_ptr<Authenticator> authenticator,
                  Identified caller, Runtime& runtime)
      : ExchangeWrapper(std::move(exchange)),
        authenticator_(std::move(authenticator)),
        caller_(std::move(caller)),
        runtime_(runtime),
        looked_(runtime.SteadyNow()) {}

  void Write(std::string piece, absl::AnyInvocable<void(bool) &&> done) override {
    const absl::Time now = runtime_.SteadyNow();
    if (now - looked_ < rpc::kCredentialAgeMax) return ExchangeWrapper::Write(std::move(piece), std::move(done));
    looked_ = now;
    if (authenticator_->IsStillAllowed(request, **caller_))
      return ExchangeWrapper::Write(std::move(piece), std::move(done));
    EndStream();
    std::move(done)(false);
  }

 private:
  const std::shared_ptr<Authenticator> authenticator_;
  const Identified caller_;  // somebody
  Runtime& runtime_;
  absl::Time looked_;
};

}  // namespace

absl::StatusOr<rpc::Principal> Authenticator::Identify(const HttpRequest& request, const OpenedSession& opened) {
  const rpc::Metadata credentials = CredentialsOf(request);
  if (!credentials.empty() || !opened) return authorizer_.Authenticate(credentials);
  RETURN_IF_ERROR(CheckSameSite(request));
  RETURN_IF_ERROR(opened->status());
  return (*opened)->principal;
}

std::function<absl::StatusOr<rpc::Metadata>()> Authenticator::CallerOf(const HttpRequest& request,
                                                                       const OpenedSession& opened,
                                                                       Identified identified) {
  rpc::Metadata credentials = CredentialsOf(request);
  const bool anonymous = credentials.empty() && !opened;
  return [self = shared_from_this(), anonymous, identified = std::move(identified),
          credentials = std::move(credentials)]() -> absl::StatusOr<rpc::Metadata> {
    RETURN_IF_ERROR(identified->status());
    if (anonymous) return rpc::Metadata();
    const rpc::Principal& principal = **identified;
    RETURN_IF_ERROR(self->limit_.Take(principal.name));
    std::string authorization = self->keys_->AuthorizationOf(principal);
    // Where no key signs here the services see the credential itself, and look at it themselves.
    if (authorization.empty()) return credentials;
    if (authorization.size() > identity::kJwtBytesMax) return TooManyStages(principal);
    return rpc::Metadata{{std::string(rpc::kAuthorizationKey), std::move(authorization)}};
  };
}

bool Authenticator::IsStillAllowed(const HttpRequest& request, const rpc::Principal& before) {
  const absl::StatusOr<rpc::Principal> now = Identify(request, sessions_->Open(request));
  return now.ok() && rpc::PermissionsOf(*now) == rpc::PermissionsOf(before);
}

std::shared_ptr<HttpExchange> Authenticator::Guarded(std::shared_ptr<HttpExchange> exchange,
                                                     const OpenedSession& opened, Identified identified,
                                                     Runtime& runtime) {
  const bool anonymous = CredentialsOf(exchange->request).empty() && !opened;
  if (anonymous || !identified->ok()) return exchange;
  return std::make_shared<GuardedExchange>(std::move(exchange), shared_from_this(), std::move(identified), runtime);
}

}  // namespace dangol::gateway
