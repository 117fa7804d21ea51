// Signing in with the account of a company: the browser goes to the identity provider and comes back with a code.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"

#include "common/base/runtime.h"
#include "common/identity/keys.h"
#include "services/gateway/http.h"
#include "services/gateway/members.h"
#include "services/gateway/provider.h"
#include "services/gateway/sessions.h"

namespace dangol::gateway {

// Where the provider sends the browser back to, below the address of the gateway.
inline constexpr std::string_view kCallbackPath = "/auth/callback";

// The member's id or e-mail address that the claims prove, by the settings; NOT_FOUND, reason MEMBER_UNPROVED.
absl::StatusOr<std::string> WhoOf(const google::protobuf::Struct& claims, const identity::ProviderSettings& settings);

// Thread-safe. Always in a shared_ptr.
class ProviderSignIn : public std::enable_shared_from_this<ProviderSignIn> {
 public:
  // `public_url` and `path_prefix` as GatewayOptions has them, `secure` as CookieName.
  ProviderSignIn(std::shared_ptr<identity::Keys> keys, std::shared_ptr<Sessions> sessions,
                 std::shared_ptr<Members> members, std::string public_url, std::string path_prefix, bool secure,
                 FetchWeb fetch, Runtime& runtime);
  // Stops.
  ~ProviderSignIn() { Stop(); }

  // Waits for what runs; who waits is not answered. Its owner calls it.
  void Stop() { executor_->Stop(); }

  // Whether one is set.
  bool IsOffered() { return CurrentProvider().ok(); }

  // Answers what is about it:
  //   GET /auth/start      to the provider, with a cookie that knows the browser again
  //   POST /auth/logout    of a session that began so, where the provider ends its own as well: {"next": URL}, for the
  //                        browser to go to
  //   GET /auth/callback   from there: sets the cookie of the session, or says on a page what is missing
  // False: it is about something else.
  bool Serve(const std::shared_ptr<HttpExchange>& exchange);

 private:
  // A sign-in that has begun, as its cookie has it.
  struct Begun {
    SignInSecrets secrets;
    std::string redirect;
  };

  // The provider that is set now.
  absl::StatusOr<std::shared_ptr<Provider>> CurrentProvider();
  absl::StatusOr<HttpResponse> Start(const HttpRequest& request);
  // Whom the provider says; the member is not looked up yet.
  absl::StatusOr<google::protobuf::Struct> Return(Provider& provider, const HttpRequest& request);
  // False: nothing is to be ended there.
  bool SignOut(const std::shared_ptr<HttpExchange>& exchange);
  void Finish(const std::shared_ptr<HttpExchange>& exchange);

  absl::StatusOr<Begun> BegunOf(const HttpRequest& request) const;
  std::string CookieName() const;
  std::string CookieHeader(std::string_view value, absl::Duration age) const;

  const std::shared_ptr<identity::Keys> keys_;
  const std::shared_ptr<Sessions> sessions_;
  const std::shared_ptr<Members> members_;
  const std::string public_url_;
  const std::string path_prefix_;
  const bool secure_;
  const FetchWeb fetch_;
  Runtime& runtime_;

  std::mutex mutex_;
  std::shared_ptr<Provider> provider_;  // of the settings that were read last; null: none

  // What waits for the provider runs here.
  const std::unique_ptr<Executor> executor_;
};

}  // namespace dangol::gateway
