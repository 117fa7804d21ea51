#include "services/gateway/email_sign_in.h"

#include <arpa/inet.h>

#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "fmt/format.h"
#include "google/protobuf/struct.pb.h"

#include "common/base/error.h"
#include "common/base/json.h"
#include "common/base/log.h"
#include "common/base/status_macros.h"
#include "common/base/text.h"
#include "common/mail/message.h"
#include "services/gateway/connect_error.h"

namespace dangol::gateway {
namespace {

constexpr double kCodesOfAddressPerSecond = 1.0 / 300;
constexpr double kCodesOfClientPerSecond = 1.0 / 10;
constexpr int kAskingThreads = 4;  // who wait for the mail server at the same time
// Messages that wait to be sent; of more, none is.
constexpr int kWaitingMost = 100;

absl::Status NoMail() {
  return Error(absl::StatusCode::kFailedPrecondition, "MAIL_MISSING",
               "Nobody signs in by e-mail here: the data folder has no mail.toml. `dangol login` prints a link.");
}

absl::Status TooOften(std::string_view what, absl::Duration wait) {
  return WithRetry(Error(absl::StatusCode::kResourceExhausted, "RATE_LIMITED", what), wait);
}

// The mail server's name is nobody's business who is not signed in.
absl::Status MailAway() {
  return Error(absl::StatusCode::kUnavailable, "MAIL_AWAY",
               "The mail server takes no messages now, so that no code can be sent. Try again later, or ask a lead for "
               "a link.");
}

absl::StatusOr<std::string> TextOf(const HttpRequest& request, const char* name) {
  google::protobuf::Struct body;
  RETURN_IF_ERROR(FromJson(request.body, body));
  const auto found = body.fields().find(name);
  if (found == body.fields().end()) return "";
  return std::string(absl::StripAsciiWhitespace(found->second.string_value()));
}

std::string KeyOf(std::string_view address) { return Sha256(absl::AsciiStrToLower({address.data(), address.size()})); }

// IPv4 in the form of IPv6 is what it is.
bool IsNear(const std::string& address) {
  in_addr four{};
  const std::string text = address.starts_with("::ffff:") ? address.substr(7) : address;
  if (inet_pton(AF_INET, text.c_str(), &four) == 1) {
    const uint32_t bits = ntohl(four.s_addr);
    return bits >> 24 == 127 || bits >> 24 == 10 || bits >> 20 == 0xAC1 || bits >> 16 == 0xC0A8;
  }
  in6_addr six{};
  if (inet_pton(AF_INET6, address.c_str(), &six) != 1) return false;
  return IN6_IS_ADDR_LOOPBACK(&six) || (six.s6_addr[0] & 0xFE) == 0xFC || IN6_IS_ADDR_LINKLOCAL(&six);
}

}  // namespace

mail::Message CodeMessage(const metrics::v1::Member& member, const EmailCodes::Issued& issued) {
  const std::string id = fmt::format("code-{}", EncodeHex(Sha256(issued.id)).substr(0, 32));
  if (member.language().starts_with("ko")) {
    return {member.email(), "단골 인증 코드",
            fmt::format("인증 코드: {}\n\n"
                        "코드를 요청한 브라우저에 {}분 안에 적어 주세요. 한 번만 쓸 수 있어요.\n"
                        "요청하신 적이 없으면 이 메일은 지우셔도 돼요. 코드는 누구에게도 알려 주지 마세요.\n",
                        issued.code, absl::ToInt64Minutes(kEmailCodeLifetime)),
            id};
  }
  return {member.email(), "Your code to sign in to Dangol",
          fmt::format("Your code to sign in: {}\n\n"
                      "Type it within {} minutes, in the browser that asked for it. It works once.\n"
                      "If you did not ask for it, delete this message. Tell nobody the code.\n",
                      issued.code, absl::ToInt64Minutes(kEmailCodeLifetime)),
          id};
}

std::string ClientOf(const HttpRequest& request) {
  if (!IsNear(request.peer)) return request.peer;
  std::string said;
  for (const auto& [name, value] : request.headers) {
    if (name == "x-forwarded-for") said = value;
  }
  const std::string last(absl::StripAsciiWhitespace(said.substr(said.rfind(',') + 1)));
  return last.empty() ? request.peer : last;
}

EmailSignIn::EmailSignIn(std::shared_ptr<mail::Mailer> mailer, std::shared_ptr<identity::Keys> keys,
                         std::shared_ptr<Sessions> sessions, std::shared_ptr<Members> members, bool secure,
                         std::string path_prefix, Runtime& runtime)
    : mailer_(std::move(mailer)),
      sessions_(std::move(sessions)),
      members_(std::move(members)),
      secure_(secure),
      path_prefix_(std::move(path_prefix)),
      runtime_(runtime),
      codes_(std::move(keys), runtime),
      of_address_(kCodesOfAddressPerSecond, kCodesOfAddressMost, runtime),
      of_client_(kCodesOfClientPerSecond, kCodesOfClientMost, runtime),
      asking_(runtime.NewExecutor("email", kAskingThreads)),
      sending_(runtime.NewExecutor("email-send", 1)) {}

void EmailSignIn::Stop() {
  asking_->Stop();
  sending_->Stop();
}

bool EmailSignIn::Serve(const std::shared_ptr<HttpExchange>& exchange) {
  const HttpRequest& request = exchange->request;
  if (request.verb != "POST") return false;
  if (request.path == "/auth/email/code") {
    Enter(exchange);
    return true;
  }
  if (request.path != "/auth/email") return false;
  absl::StatusOr<std::string> address = Admit(request);
  if (!address.ok()) {
    exchange->Respond(ConnectErrorResponse(address.status()));
    return true;
  }
  asking_->Post([self = shared_from_this(), exchange, address = *std::move(address)] { self->Ask(exchange, address); });
  return true;
}

absl::StatusOr<std::string> EmailSignIn::Admit(const HttpRequest& request) {
  RETURN_IF_ERROR(CheckSameSite(request));
  if (mailer_ == nullptr) return NoMail();
  ASSIGN_OR_RETURN(std::string address, TextOf(request, "email"));
  if (!mail::IsAddress(address))
    return InvalidField("email", "It is no e-mail address. Send one such as kim@example.org.");
  absl::Duration wait = of_client_.WaitOf(ClientOf(request));
  if (wait == absl::ZeroDuration()) wait = of_address_.WaitOf(KeyOf(address));
  if (wait > absl::ZeroDuration()) return TooOften("Too many codes were asked for. Wait, then ask again.", wait);
  return address;
}

// What is said of the mail server and of metrics is said to everybody: it says nothing of members.
void EmailSignIn::Ask(const std::shared_ptr<HttpExchange>& exchange, const std::string& address) {
  if (const absl::Status reached = mailer_->Check(); !reached.ok()) {
    Log()->warn("no code to sign in can be sent: {}", std::string(reached.message()));
    return exchange->Respond(ConnectErrorResponse(MailAway()));
  }
  absl::StatusOr<EmailCodes::Issued> issued = codes_.Issue(address);
  if (!issued.ok()) return exchange->Respond(ConnectErrorResponse(issued.status()));
  members_->FindMember(address, [weak = weak_from_this(), exchange,
                                 issued = *std::move(issued)](const absl::StatusOr<metrics::v1::Member>& member) {
    const auto self = weak.lock();
    if (self == nullptr) return;
    if (absl::IsUnavailable(member.status())) return exchange->Respond(ConnectErrorResponse(member.status()));
    exchange->Respond(
        {204,
         {{"set-cookie", self->CookieHeader(issued.sealed, kEmailCodeLifetime)}, {"cache-control", "no-store"}},
         ""});
    if (member.ok()) return self->Send(CodeMessage(*member, issued));
    Log()->info("no code to sign in is sent: {}", ErrorReason(member.status()));
  });
}

void EmailSignIn::Send(mail::Message message) {
  if (++waiting_ > kWaitingMost) {
    --waiting_;
    return Log()->warn("a code to sign in is not sent: {} others wait", kWaitingMost);
  }
  sending_->Post([weak = weak_from_this(), message = std::move(message)] {
    const auto self = weak.lock();
    if (self == nullptr) return;
    const absl::Status sent = self->mailer_->Send(message);
    --self->waiting_;
    if (!sent.ok()) Log()->warn("a code to sign in was not sent: {}", std::string(sent.message()));
  });
}

void EmailSignIn::Enter(const std::shared_ptr<HttpExchange>& exchange) {
  const auto refuse = [self = shared_from_this(), exchange](const absl::Status& status) {
    self->sessions_->Refuse(kSignInByEmail, status);
    HttpResponse response = ConnectErrorResponse(status);
    if (ErrorReason(status) == "CODE_ENDED")
      response.headers.emplace_back("set-cookie", self->CookieHeader("", absl::ZeroDuration()));
    exchange->Respond(std::move(response));
  };
  const HttpRequest& request = exchange->request;
  const auto prove = [&]() -> absl::StatusOr<EmailCodes::Proved> {
    RETURN_IF_ERROR(CheckSameSite(request));
    if (mailer_ == nullptr) return NoMail();
    ASSIGN_OR_RETURN(const std::string code, TextOf(request, "code"));
    const absl::Duration wait = of_client_.WaitOf(ClientOf(request));
    if (wait > absl::ZeroDuration()) return TooOften("Too many codes were tried. Wait, then try again.", wait);
    return codes_.Try(SessionCookie(request, CookieName()).value_or(""), code);
  };
  absl::StatusOr<EmailCodes::Proved> proved = prove();
  if (!proved.ok()) return refuse(proved.status());
  // The code is used up when it is known that it lets somebody in.
  members_->Find(proved->address, [self = shared_from_this(), exchange, refuse,
                                   id = proved->id](const absl::StatusOr<rpc::Principal>& found) {
    if (!found.ok()) return refuse(found.status());
    if (const absl::Status taken = self->codes_.Take(id); !taken.ok()) return refuse(taken);
    const absl::StatusOr<std::string> cookie = self->sessions_->Begin(*found, kSignInByEmail);
    if (!cookie.ok()) return refuse(cookie.status());
    exchange->Respond({204,
                       {{"set-cookie", *cookie},
                        {"set-cookie", self->CookieHeader("", absl::ZeroDuration())},
                        {"cache-control", "no-store"}},
                       ""});
  });
}

std::string EmailSignIn::CookieName() const {
  return fmt::format("{}-email", gateway::CookieName(secure_, path_prefix_));
}

std::string EmailSignIn::CookieHeader(std::string_view value, absl::Duration age) const {
  return fmt::format("{}={}; Path={}/; Max-Age={}; HttpOnly; SameSite=Strict{}", CookieName(), value, path_prefix_,
                     absl::ToInt64Seconds(age), secure_ ? "; Secure" : "");
}

}  // namespace dangol::gateway
