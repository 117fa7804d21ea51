// Signing in by a code that is sent by e-mail, for companies without an identity provider.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/base/runtime.h"
#include "common/identity/keys.h"
#include "common/mail/mailer.h"
#include "services/gateway/email_codes.h"
#include "services/gateway/http.h"
#include "services/gateway/members.h"
#include "services/gateway/rate_limit.h"
#include "services/gateway/sessions.h"

namespace dangol::gateway {

// So many codes may be asked for at once for one address; one more every five minutes.
inline constexpr int kCodesOfAddressMost = 3;
// So much may one client ask and try at once; one more every ten seconds. Those behind one proxy that does not say who
// they are, are one client.
inline constexpr int kCodesOfClientMost = 30;

// The message with a code, in the member's language: Korean or English.
mail::Message CodeMessage(const metrics::v1::Member& member, const EmailCodes::Issued& issued);

// Who asks: the address that the connection is from, and where that is a proxy of this machine or of a private network,
// the one that it says last.
std::string ClientOf(const HttpRequest& request);

// Thread-safe. Always in a shared_ptr.
class EmailSignIn : public std::enable_shared_from_this<EmailSignIn> {
 public:
  // `mailer`: null: there is no mail here. `secure` and `path_prefix` as CookieName has them.
  EmailSignIn(std::shared_ptr<mail::Mailer> mailer, std::shared_ptr<identity::Keys> keys,
              std::shared_ptr<Sessions> sessions, std::shared_ptr<Members> members, bool secure,
              std::string path_prefix, Runtime& runtime);
  // Stops.
  ~EmailSignIn() { Stop(); }

  // Waits for what runs; who waits is not answered, and what was to be sent is not. Its owner calls it.
  void Stop();

  bool IsOffered() const { return mailer_ != nullptr; }

  // Answers what is about it:
  //   POST /auth/email       {"email": …}  sends a code where a member has the address, and sets a cookie that knows
  //                                        the browser again; who has none is answered the same, and as fast
  //   POST /auth/email/code  {"code": …}   sets the cookie of the session
  // False: it is about something else.
  bool Serve(const std::shared_ptr<HttpExchange>& exchange);

 private:
  // The address; what can be refused before anybody is asked.
  absl::StatusOr<std::string> Admit(const HttpRequest& request);
  void Ask(const std::shared_ptr<HttpExchange>& exchange, const std::string& address);
  void Send(mail::Message message);
  void Enter(const std::shared_ptr<HttpExchange>& exchange);

  std::string CookieName() const;
  std::string CookieHeader(std::string_view value, absl::Duration age) const;

  const std::shared_ptr<mail::Mailer> mailer_;
  const std::shared_ptr<Sessions> sessions_;
  const std::shared_ptr<Members> members_;
  const bool secure_;
  const std::string path_prefix_;
  Runtime& runtime_;
  EmailCodes codes_;
  RateLimit of_address_;
  RateLimit of_client_;
  std::atomic<int> waiting_ = 0;  // messages

  // What waits for the mail server: who asks on one, messages on another, so that nobody can tell by the time whether
  // one is being sent.
  const std::unique_ptr<Executor> asking_;
  const std::unique_ptr<Executor> sending_;
};

}  // namespace dangol::gateway
