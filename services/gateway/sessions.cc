#include "services/gateway/sessions.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "fmt/format.h"
#include "google/protobuf/struct.pb.h"

#include "common/base/error.h"
#include "common/base/json.h"
#include "common/base/log.h"
#include "common/base/status_macros.h"
#include "common/identity/login.h"
#include "common/identity/session.h"
#include "common/rpc/authorization.h"
#include "services/gateway/connect_error.h"
#include "services/gateway/exchange_wrapper.h"
#include "services/gateway/origin.h"

namespace dangol::gateway {
namespace {

// A cookie is made anew when so much of its idle time is over, and not with each answer.
constexpr absl::Duration kRenewInterval = absl::Hours(1);
// What a form of any page may send without asking (Fetch standard, CORS-safelisted request-header).
constexpr std::array<std::string_view, 3> kFormTypes = {"application/x-www-form-urlencoded", "multipart/form-data",
                                                        "text/plain"};

HttpResponse NoContent(std::string cookie) {
  return {204, {{"set-cookie", std::move(cookie)}, {"cache-control", "no-store"}}, ""};
}

class RenewedExchange : public ExchangeWrapper {
 public:
  RenewedExchange(std::shared_ptr<HttpExchange> exchange, std::string cookie)
      : ExchangeWrapper(std::move(exchange)), cookie_(std::move(cookie)) {}

  void Respond(HttpResponse response) override { ExchangeWrapper::Respond(WithCookie(std::move(response))); }
  void StartStream(HttpResponse head) override { ExchangeWrapper::StartStream(WithCookie(std::move(head))); }

 private:
  // What others may keep as well is answered without it.
  HttpResponse WithCookie(HttpResponse response) const {
    const bool is_public = std::ranges::any_of(response.headers, [](const auto& header) {
      return header.first == "cache-control" && header.second.starts_with("public");
    });
    if (is_public) return response;
    response.headers.emplace_back("set-cookie", cookie_);
    return response;
  }

  const std::string cookie_;
};

absl::StatusOr<std::string> CodeOf(const HttpRequest& request) {
  google::protobuf::Struct body;
  RETURN_IF_ERROR(FromJson(request.body, body));
  const auto code = body.fields().find("code");
  return code == body.fields().end() ? "" : code->second.string_value();
}

template <typename Texts>
void SetList(google::protobuf::Struct& object, const char* name, const Texts& texts) {
  auto* list = (*object.mutable_fields())[name].mutable_list_value();
  for (const auto& text : texts) list->add_values()->set_string_value(std::string(text));
}

}  // namespace

std::string_view CookieName(bool secure, std::string_view path_prefix) {
  if (!secure) return "dangol-session";
  return path_prefix.empty() ? "__Host-dangol" : "__Secure-dangol";
}

std::string Sessions::CookieHeader(std::string_view value, absl::Duration age) const {
  return fmt::format("{}={}; Path={}; Max-Age={}; HttpOnly; SameSite=Strict{}", cookie_name_, value,
                     path_prefix_.empty() ? "/" : path_prefix_, absl::ToInt64Seconds(age), secure_ ? "; Secure" : "");
}

std::optional<std::string> SessionCookie(const HttpRequest& request, std::string_view cookie_name) {
  const std::string prefix = fmt::format("{}=", cookie_name);
  for (const auto& [name, value] : request.headers) {
    if (name != "cookie") continue;
    for (const absl::string_view part : absl::StrSplit(value, ';')) {
      const std::string cookie(absl::StripAsciiWhitespace(part));
      if (cookie.starts_with(prefix)) return cookie.substr(prefix.size());
    }
  }
  return std::nullopt;
}

absl::Status CheckSameSite(const HttpRequest& request) {
  if (request.verb == "GET" || request.verb == "HEAD") return absl::OkStatus();
  const std::string_view origin = rpc::FindMetadata(request.headers, "origin");
  const std::string_view content_type = rpc::FindMetadata(request.headers, "content-type");
  const std::string type = absl::AsciiStrToLower(absl::StripAsciiWhitespace(
      absl::string_view(content_type.data(), content_type.size()).substr(0, content_type.find(';'))));
  const bool own = !origin.empty() && OriginOf(request, {}) == Origin::kOwn;
  if (own && std::ranges::find(kFormTypes, type) == kFormTypes.end()) return absl::OkStatus();
  return Error(
      absl::StatusCode::kPermissionDenied, "CROSS_SITE",
      "A session counts for the pages of this gateway alone: send `origin`, and no content type of forms. Programs "
      "call with a token.");
}

bool Sessions::Serve(const std::shared_ptr<HttpExchange>& exchange) {
  const HttpRequest& request = exchange->request;
  if (!request.path.starts_with("/auth/")) return false;
  const bool post = request.verb == "POST";
  HttpResponse response{404, {{"content-type", "text/plain; charset=utf-8"}}, "There is no such page.\n"};
  if (post && request.path == "/auth/login") {
    Login(exchange);
    return true;
  }
  if (post && request.path == "/auth/logout") response = Logout(request);
  if (request.verb == "GET" && request.path == "/auth/session") response = Show(request);
  exchange->Respond(std::move(response));
  return true;
}

void Sessions::Login(std::shared_ptr<HttpExchange> exchange) {
  const auto read = [&](std::string& code) -> absl::StatusOr<rpc::Principal> {
    RETURN_IF_ERROR(CheckSameSite(exchange->request));
    ASSIGN_OR_RETURN(code, CodeOf(exchange->request));
    return identity::ReadLogin(keys_->folder(), code, runtime_);
  };
  std::string code;
  absl::StatusOr<rpc::Principal> principal = read(code);
  const auto refuse = [self = shared_from_this(), exchange](const absl::Status& status) {
    self->Refuse(kSignInByLink, status);
    exchange->Respond(ConnectErrorResponse(status));
  };
  if (!principal.ok()) return refuse(principal.status());
  // The link is used up when it is known that it lets somebody in.
  auto begin = [self = shared_from_this(), exchange, refuse,
                code = std::move(code)](const absl::StatusOr<rpc::Principal>& found) {
    if (!found.ok()) return refuse(found.status());
    const auto taken = identity::TakeLogin(self->keys_->folder(), code, self->runtime_);
    absl::StatusOr<std::string> cookie = taken.ok() ? self->Begin(*found, kSignInByLink) : taken.status();
    if (!cookie.ok()) return refuse(cookie.status());
    exchange->Respond(NoContent(*std::move(cookie)));
  };
  if (!identity::IsMemberToSignIn(*principal)) return begin(principal);
  members_->Find(std::move(principal->name), std::move(begin));
}

absl::StatusOr<std::string> Sessions::Begin(const rpc::Principal& principal, std::string_view way) {
  identity::Session session = identity::NewSession(principal, runtime_);
  session.of_provider = way == kSignInByProvider;
  ASSIGN_OR_RETURN(const std::string sealed, keys_->SealSession(session));
  Log()->info("{} signed in", principal.name);
  audit_->Record(principal.name, way);
  return CookieHeader(sealed, identity::kSessionAgeMax);
}

void Sessions::Refuse(std::string_view way, const absl::Status& status) {
  Log()->info("a sign-in was refused: {}", ErrorReason(status));
  audit_->CountDenied("", way, status);
}

HttpResponse Sessions::Logout(const HttpRequest& request) {
  if (const absl::Status status = CheckSameSite(request); !status.ok()) return ConnectErrorResponse(status);
  const std::optional<std::string> cookie = SessionCookie(request, cookie_name_);
  const absl::StatusOr<identity::Session> session = keys_->OpenSession(cookie.value_or(""));
  if (session.ok()) {
    if (const absl::Status status = keys_->EndSession(*session); !status.ok()) return ConnectErrorResponse(status);
    Log()->info("{} signed out", session->principal.name);
    audit_->Record(session->principal.name, kSignOut);
  }
  return NoContent(CookieHeader("", absl::ZeroDuration()));
}

bool Sessions::IsOfProvider(const HttpRequest& request) {
  const std::optional<std::string> cookie = SessionCookie(request, cookie_name_);
  const absl::StatusOr<identity::Session> session = keys_->OpenSession(cookie.value_or(""));
  return session.ok() && session->of_provider;
}

HttpResponse Sessions::Show(const HttpRequest& request) {
  const absl::StatusOr<identity::Session> session = Open(request).value_or(keys_->OpenSession(""));
  if (!session.ok()) return ConnectErrorResponse(session.status());
  google::protobuf::Struct shown;
  (*shown.mutable_fields())["name"].set_string_value(session->principal.name);
  SetList(shown, "roles", session->principal.roles);
  SetList(shown, "stages", session->principal.stages);
  SetList(shown, "permissions", rpc::PermissionsOf(session->principal));
  return {
      200, {{"content-type", "application/json"}, {"cache-control", "no-store"}}, ToJson(shown, JsonStyle::kCompact)};
}

OpenedSession Sessions::Open(const HttpRequest& request) {
  const std::optional<std::string> cookie = SessionCookie(request, cookie_name_);
  if (!cookie) return std::nullopt;
  absl::StatusOr<identity::Session> session = keys_->OpenSession(*cookie);
  if (!session.ok()) return session;
  absl::StatusOr<rpc::Principal> principal = members_->Current(*session);
  if (!principal.ok()) return principal.status();
  session->principal = *std::move(principal);
  return session;
}

std::shared_ptr<HttpExchange> Sessions::Renewed(std::shared_ptr<HttpExchange> exchange, const OpenedSession& opened) {
  if (!opened) return exchange;
  // One that is false would be refused again and again.
  if (!opened->ok())
    return std::make_shared<RenewedExchange>(std::move(exchange), CookieHeader("", absl::ZeroDuration()));
  const absl::Time now = runtime_.Now();
  identity::Session session = **opened;
  if (now - session.used < kRenewInterval) return exchange;
  session.used = now;
  const absl::StatusOr<std::string> sealed = keys_->SealSession(session);
  if (!sealed.ok()) return exchange;
  const absl::Duration rest = session.begin + identity::kSessionAgeMax - now;
  return std::make_shared<RenewedExchange>(std::move(exchange), CookieHeader(*sealed, rest));
}

}  // namespace dangol::gateway
