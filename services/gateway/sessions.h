// Sessions of browsers: signing in by a link, the cookie, its rules, and signing out.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/base/runtime.h"
#include "common/identity/keys.h"
#include "services/gateway/audit_writer.h"
#include "services/gateway/http.h"
#include "services/gateway/members.h"

namespace dangol::gateway {

// The cookie's name. `secure`: browsers reach us by TLS alone; then it is another one, which nothing without TLS can
// have set, and below no prefix no other host either: `__Host-…` is of whole hosts (RFC 6265bis §4.1.3).
std::string_view CookieName(bool secure, std::string_view path_prefix);
// The value of a cookie; none: the request has none of this name.
std::optional<std::string> SessionCookie(const HttpRequest& request, std::string_view cookie_name);

// What the request's cookie says, looked at once for all parts; none: the request has no such cookie.
using OpenedSession = std::optional<absl::StatusOr<identity::Session>>;

// What a page of elsewhere could send with the cookie of ours: PERMISSION_DENIED, reason CROSS_SITE, for a request that
// changes something and does not come from a page of this origin, or has a content type of forms.
absl::Status CheckSameSite(const HttpRequest& request);

// Thread-safe. Always in a shared_ptr: a sign-in that waits for the members may outlive the gateway.
class Sessions : public std::enable_shared_from_this<Sessions> {
 public:
  // `secure` and `path_prefix` as CookieName has them.
  Sessions(std::shared_ptr<identity::Keys> keys, std::shared_ptr<Members> members, std::shared_ptr<AuditWriter> audit,
           bool secure, std::string path_prefix, Runtime& runtime)
      : keys_(std::move(keys)),
        members_(std::move(members)),
        audit_(std::move(audit)),
        secure_(secure),
        path_prefix_(std::move(path_prefix)),
        cookie_name_(CookieName(secure_, path_prefix_)),
        runtime_(runtime) {}

  // Answers what is about sessions:
  //   POST /auth/login   {"code": …}   sets the cookie
  //   POST /auth/logout                ends the session, and with it every copy of the cookie
  //   GET  /auth/session               {"name": …, "roles": […], "stages": […], "permissions": […]} or 401; the
  //                                    permissions are all that he has, an owner's for what concerns his stages
  // False: it is about something else.
  bool Serve(const std::shared_ptr<HttpExchange>& exchange);

  // A new session, whatever the browser had before: the header `set-cookie`. `way`: kSignInByLink or one of the others.
  // FAILED_PRECONDITION, reason KEYS_MISSING.
  absl::StatusOr<std::string> Begin(const rpc::Principal& principal, std::string_view way);
  // Nobody was let in.
  void Refuse(std::string_view way, const absl::Status& status);

  // Ends the session, and with it every copy of the cookie: 204, or why not.
  HttpResponse Logout(const HttpRequest& request);
  // Whether the request has a session that an identity provider has begun.
  bool IsOfProvider(const HttpRequest& request);

  // With what its member may do now.
  OpenedSession Open(const HttpRequest& request);

  // An exchange whose answers renew the cookie, where that is due.
  std::shared_ptr<HttpExchange> Renewed(std::shared_ptr<HttpExchange> exchange, const OpenedSession& opened);

 private:
  void Login(std::shared_ptr<HttpExchange> exchange);
  HttpResponse Show(const HttpRequest& request);

  std::string CookieHeader(std::string_view value, absl::Duration age) const;

  const std::shared_ptr<identity::Keys> keys_;
  const std::shared_ptr<Members> members_;
  const std::shared_ptr<AuditWriter> audit_;
  const bool secure_;
  const std::string path_prefix_;
  const std::string_view cookie_name_;
  Runtime& runtime_;
};

}  // namespace dangol::gateway
