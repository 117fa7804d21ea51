#include "services/gateway/provider_sign_in.h"

#include <optional>

#include "absl/time/time.h"
#include "fmt/format.h"
#include "google/protobuf/struct.pb.h"

#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/json.h"
#include "common/base/log.h"
#include "common/base/status_macros.h"
#include "common/base/text.h"
#include "common/identity/api_key.h"
#include "services/gateway/origin.h"
#include "services/gateway/sign_in_page.h"

namespace dangol::gateway {
namespace {

using google::protobuf::Struct;

constexpr char kPurpose[] = "sign-in";
constexpr absl::Duration kBegunAgeMax = absl::Minutes(10);
constexpr int kThreads = 4;  // sign-ins that wait for the provider at the same time

absl::Status NoProvider() {
  return Error(
      absl::StatusCode::kFailedPrecondition, "PROVIDER_MISSING",
      "No identity provider is set. `dangol login set` names one; `dangol login` prints a link that signs in.");
}

absl::Status Refused(std::string_view why) {
  return Error(absl::StatusCode::kUnauthenticated, "SIGN_IN_REFUSED",
               fmt::format("The sign-in is not valid: {}. Begin it again.", why));
}

std::string Text(const Struct& object, const std::string& name) {
  const auto found = object.fields().find(name);
  return found == object.fields().end() ? "" : found->second.string_value();
}

bool IsTrue(const Struct& object, const std::string& name) {
  const auto found = object.fields().find(name);
  return found != object.fields().end() && (found->second.bool_value() || found->second.string_value() == "true");
}

// One value of the query, which has it once; none else.
std::optional<std::string> Parameter(const HttpRequest& request, std::string_view name) {
  const auto parameters = QueryParameters(request.query);
  std::optional<std::string> value;
  if (!parameters) return value;
  for (const auto& [key, text] : *parameters) {
    if (key != name) continue;
    if (value) return std::nullopt;
    value = text;
  }
  return value;
}

HttpResponse Redirect(std::string where, std::vector<std::string> cookies) {
  HttpResponse response{302, {{"location", std::move(where)}, {"cache-control", "no-store"}}, ""};
  for (std::string& cookie : cookies) response.headers.emplace_back("set-cookie", std::move(cookie));
  return response;
}

}  // namespace

absl::StatusOr<std::string> WhoOf(const Struct& claims, const identity::ProviderSettings& settings) {
  const auto unproved = [](const std::string& why) {
    return Error(absl::StatusCode::kNotFound, "MEMBER_UNPROVED", why);
  };
  if (!settings.member_claim.empty()) {
    std::string id = Text(claims, settings.member_claim);
    // Never an address: what a user may call himself is none that was verified.
    if (IsResourceId(id)) return id;
    return unproved(fmt::format("The claim {} names no member: {}.", settings.member_claim, ShownValue(id)));
  }
  std::string email = Text(claims, "email");
  if (email.find('@') == std::string::npos) return unproved("The provider tells no e-mail address.");
  if (!IsTrue(claims, "email_verified")) return unproved("The provider has not verified the e-mail address.");
  return email;
}

ProviderSignIn::ProviderSignIn(std::shared_ptr<identity::Keys> keys, std::shared_ptr<Sessions> sessions,
                               std::shared_ptr<Members> members, std::string public_url, std::string path_prefix,
                               bool secure, FetchWeb fetch, Runtime& runtime)
    : keys_(std::move(keys)),
      sessions_(std::move(sessions)),
      members_(std::move(members)),
      public_url_(std::move(public_url)),
      path_prefix_(std::move(path_prefix)),
      secure_(secure),
      fetch_(std::move(fetch)),
      runtime_(runtime),
      executor_(runtime.NewExecutor("provider", kThreads)) {}

bool ProviderSignIn::Serve(const std::shared_ptr<HttpExchange>& exchange) {
  const HttpRequest& request = exchange->request;
  if (request.verb == "POST" && request.path == "/auth/logout") return SignOut(exchange);
  if (request.verb != "GET") return false;
  const bool starts = request.path == "/auth/start";
  if (!starts && request.path != kCallbackPath) return false;
  executor_->Post([self = shared_from_this(), exchange, starts] {
    if (!starts) return self->Finish(exchange);
    absl::StatusOr<HttpResponse> response = self->Start(exchange->request);
    exchange->Respond(response.ok() ? *std::move(response)
                                    : SignInPage(exchange->request, self->path_prefix_, response.status(), {}));
  });
  return true;
}

bool ProviderSignIn::SignOut(const std::shared_ptr<HttpExchange>& exchange) {
  if (!sessions_->IsOfProvider(exchange->request)) return false;
  absl::StatusOr<std::shared_ptr<Provider>> provider = CurrentProvider();
  if (!provider.ok()) return false;
  executor_->Post([self = shared_from_this(), exchange, provider = *std::move(provider)] {
    HttpResponse response = self->sessions_->Logout(exchange->request);
    // Out is out here, whatever the provider says.
    const bool is_out = response.status == 204;
    const absl::StatusOr<std::string> url = is_out ? provider->SignOutUrl() : "";
    if (url.ok() && !url->empty()) {
      response.status = 200;
      response.headers.emplace_back("content-type", "application/json");
      response.body = fmt::format(R"({{"next":"{}"}})", EscapeJson(*url));
    }
    exchange->Respond(std::move(response));
  });
  return true;
}

absl::StatusOr<std::shared_ptr<Provider>> ProviderSignIn::CurrentProvider() {
  ASSIGN_OR_RETURN(std::optional<identity::ProviderSettings> settings, identity::ReadProvider(keys_->folder()));
  if (!settings) return NoProvider();
  std::lock_guard lock(mutex_);
  if (provider_ == nullptr || provider_->settings() != *settings)
    provider_ = std::make_shared<Provider>(*std::move(settings), fetch_, runtime_);
  return provider_;
}

absl::StatusOr<HttpResponse> ProviderSignIn::Start(const HttpRequest& request) {
  ASSIGN_OR_RETURN(const std::shared_ptr<Provider> provider, CurrentProvider());
  const auto secret = [this] { return EncodeBase64Url(identity::RandomBytes32(runtime_)); };
  const Begun begun{{.state = secret(), .nonce = secret(), .verifier = secret()},
                    fmt::format("{}{}{}", public_url_.empty() ? OwnOrigin(request, secure_) : public_url_, path_prefix_,
                                kCallbackPath)};
  ASSIGN_OR_RETURN(const std::string url, provider->SignInUrl(begun.redirect, begun.secrets));
  Struct kept;
  auto& fields = *kept.mutable_fields();
  fields["state"].set_string_value(begun.secrets.state);
  fields["nonce"].set_string_value(begun.secrets.nonce);
  fields["verifier"].set_string_value(begun.secrets.verifier);
  fields["redirect"].set_string_value(begun.redirect);
  fields["end"].set_number_value(static_cast<double>(absl::ToUnixSeconds(runtime_.Now() + kBegunAgeMax)));
  ASSIGN_OR_RETURN(const std::string sealed, keys_->SealText(kPurpose, ToJson(kept, JsonStyle::kCompact)));
  return Redirect(url, {CookieHeader(sealed, kBegunAgeMax)});
}

absl::StatusOr<ProviderSignIn::Begun> ProviderSignIn::BegunOf(const HttpRequest& request) const {
  const std::optional<std::string> cookie = SessionCookie(request, CookieName());
  const std::optional<std::string> text = cookie ? keys_->OpenText(kPurpose, *cookie) : std::nullopt;
  Struct kept;
  if (!text || !FromJson(*text, kept).ok()) return Refused("this browser has not begun it, or too long ago");
  const auto end = kept.fields().find("end");
  if (end == kept.fields().end() ||
      runtime_.Now() >= absl::FromUnixSeconds(static_cast<int64_t>(end->second.number_value())))
    return Refused("it took longer than ten minutes");
  return Begun{{Text(kept, "state"), Text(kept, "nonce"), Text(kept, "verifier")}, Text(kept, "redirect")};
}

absl::StatusOr<Struct> ProviderSignIn::Return(Provider& provider, const HttpRequest& request) {
  ASSIGN_OR_RETURN(const Begun begun, BegunOf(request));
  const std::optional<std::string> state = Parameter(request, "state");
  if (!state || !identity::EqualInConstantTime(*state, begun.secrets.state))
    return Refused("what came back is of another sign-in");
  // RFC 9207: the answer of another provider is no answer.
  const std::optional<std::string> issuer = Parameter(request, "iss");
  if (issuer && *issuer != provider.settings().issuer) return Refused("another provider answered");
  const std::optional<std::string> code = Parameter(request, "code");
  if (!code)
    return Refused(fmt::format("the provider said {}", ShownValue(Parameter(request, "error").value_or("nothing"))));
  return provider.Redeem(*code, begun.redirect, begun.secrets);
}

void ProviderSignIn::Finish(const std::shared_ptr<HttpExchange>& exchange) {
  const auto refuse = [this, exchange](const absl::Status& status, const Struct& claims) {
    sessions_->Refuse(kSignInByProvider, status);
    HttpResponse page = SignInPage(exchange->request, path_prefix_, status, claims);
    page.headers.emplace_back("set-cookie", CookieHeader("", absl::ZeroDuration()));
    exchange->Respond(std::move(page));
  };
  const absl::StatusOr<std::shared_ptr<Provider>> provider = CurrentProvider();
  if (!provider.ok()) return refuse(provider.status(), {});
  const absl::StatusOr<Struct> claims = Return(**provider, exchange->request);
  if (!claims.ok()) return refuse(claims.status(), {});
  const absl::StatusOr<std::string> who = WhoOf(*claims, (*provider)->settings());
  if (!who.ok()) return refuse(who.status(), *claims);
  members_->Find(*who, [self = shared_from_this(), exchange, claims = *claims,
                        refuse](const absl::StatusOr<rpc::Principal>& found) {
    if (!found.ok()) return refuse(found.status(), claims);
    const absl::StatusOr<std::string> cookie = self->sessions_->Begin(*found, kSignInByProvider);
    if (!cookie.ok()) return refuse(cookie.status(), {});
    exchange->Respond(
        Redirect(self->path_prefix_ + "/#signed-in", {*cookie, self->CookieHeader("", absl::ZeroDuration())}));
  });
}

std::string ProviderSignIn::CookieName() const {
  return fmt::format("{}-sign-in", gateway::CookieName(secure_, path_prefix_));
}

// Lax: the browser comes back from a page of elsewhere.
std::string ProviderSignIn::CookieHeader(std::string_view value, absl::Duration age) const {
  return fmt::format("{}={}; Path={}/; Max-Age={}; HttpOnly; SameSite=Lax{}", CookieName(), value, path_prefix_,
                     absl::ToInt64Seconds(age), secure_ ? "; Secure" : "");
}

}  // namespace dangol::gateway
