// Signing in by a code that is sent by e-mail, with a mail server on this machine.
#include "services/gateway/email_sign_in.h"

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_replace.h"
#include "fmt/format.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/base/simulated_runtime.h"
#include "common/base/text.h"
#include "common/mail/smtp_mailer.h"
#include "tests/services/gateway/fake_members.h"
#include "tests/services/gateway/gateway_fixture.h"
#include "tests/support/eventually.h"
#include "tests/support/smtp_server.h"
#include "tests/support/temporary_folder.h"

namespace dangol::gateway {
namespace {

using metrics::v1::Member;
using testing::Ask;
using ::testing::HasSubstr;
using testing::HttpAnswer;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::ReceivedMail;
using ::testing::StartsWith;

constexpr char kJson[] = "content-type: application/json";

// The machine's, whose clocks go ahead when the test says so.
class AheadRuntime : public Runtime {
 public:
  void GoAhead(absl::Duration time) { ahead_seconds_ += absl::ToInt64Seconds(time); }

  absl::Time Now() override { return RealRuntime().Now() + absl::Seconds(ahead_seconds_.load()); }
  absl::Time SteadyNow() override { return RealRuntime().SteadyNow() + absl::Seconds(ahead_seconds_.load()); }
  uint64_t Random() override { return RealRuntime().Random(); }
  uint64_t RandomSecret() override { return RealRuntime().RandomSecret(); }
  std::unique_ptr<Executor> NewExecutor(std::string_view name, int threads) override {
    return RealRuntime().NewExecutor(name, threads);
  }

 private:
  std::atomic<int64_t> ahead_seconds_ = 0;
};

std::string BodyOf(const ReceivedMail& mail) {
  std::string text;
  const std::string base64 = absl::StrReplaceAll(mail.data.substr(mail.data.find("\r\n\r\n") + 4), {{"\r\n", ""}});
  EXPECT_TRUE(absl::Base64Unescape(base64, &text)) << base64;
  return text;
}

std::string CodeIn(const ReceivedMail& mail) {
  const std::string body = BodyOf(mail);
  return body.substr(body.find(": ") + 2, 9);
}

// As a browser sends them back, without those that were removed.
std::string CookiesOf(const HttpAnswer& answer) {
  std::string cookies;
  for (const auto& [name, value] : answer.headers) {
    if (name != "set-cookie" || value.find("Max-Age=0") != std::string::npos) continue;
    cookies += fmt::format("{}{}", cookies.empty() ? "cookie: " : "; ", value.substr(0, value.find(';')));
  }
  return cookies;
}

class EmailSignInTest : public ::testing::Test {
 protected:
  EmailSignInTest() : keys_(std::make_shared<identity::Keys>(folder_.File("keys"), runtime_)) {
    EXPECT_EQ(keys_->folder().Create(runtime_), absl::OkStatus());
    members_->Set("kim", {Member::LEAD});
    members_->Change("kim", [](Member& kim) {
      kim.set_email("Kim@example.org");
      kim.set_language("ko");
    });
    Start(std::make_shared<mail::SmtpMailer>(RealRuntime(), Settings()));
  }

  mail::SmtpSettings Settings() const {
    mail::SmtpSettings settings;
    settings.host = "127.0.0.1";
    settings.port = server_->port();
    settings.tls = mail::Tls::kNone;
    settings.from = "dangol@example.org";
    return settings;
  }

  void Start(std::shared_ptr<mail::Mailer> mailer) {
    gateway_.reset();
    GatewayOptions options;
    options.keys = keys_;
    options.local = false;
    options.mailer = std::move(mailer);
    options.backends.push_back({"metrics", "", members_});
    auto gateway = Gateway::Start(runtime_, std::move(options));
    ASSERT_TRUE(gateway.ok()) << gateway.status();
    gateway_ = *std::move(gateway);
    host_ = fmt::format("host: 127.0.0.1:{}", port());
    origin_ = fmt::format("origin: http://127.0.0.1:{}", port());
  }

  int port() const { return gateway_->port(); }

  HttpAnswer Post(const std::string& path, const std::string& body, std::vector<std::string> headers) {
    headers.insert(headers.end(), {kJson, origin_, host_});
    return Ask(port(), "POST", path, headers, body);
  }
  // From a client of its own, so that none is refused for the others.
  HttpAnswer AskFor(const std::string& address, std::vector<std::string> headers = {}) {
    headers.push_back(fmt::format("x-forwarded-for: 192.0.2.{}", ++clients_));
    return Post("/auth/email", fmt::format(R"({{"email":"{}"}})", address), std::move(headers));
  }
  HttpAnswer Enter(const std::string& code, const std::string& cookie) {
    return Post("/auth/email/code", fmt::format(R"({{"code":"{}"}})", code),
                {cookie, fmt::format("x-forwarded-for: 192.0.2.{}", ++clients_)});
  }

  // Waits for the message of this number, from 1 on.
  ReceivedMail MailOf(size_t number) {
    EXPECT_TRUE(testing::Eventually([&] { return server_->received().size() >= number; }, absl::Seconds(20)));
    const std::vector<ReceivedMail> received = server_->received();
    return received.size() < number ? ReceivedMail() : received[number - 1];
  }

  // A browser that has asked for a code, and the code.
  struct Browser {
    std::string cookie;
    std::string code;
  };
  Browser Begin(const std::string& address = "kim@example.org") {
    const size_t before = server_->received().size();
    const HttpAnswer answer = AskFor(address);
    EXPECT_EQ(answer.status, 204) << answer.body;
    return {CookiesOf(answer), CodeIn(MailOf(before + 1))};
  }

  AheadRuntime runtime_;
  testing::TemporaryFolder folder_;
  std::shared_ptr<identity::Keys> keys_;
  const std::shared_ptr<FakeMembers> members_ = std::make_shared<FakeMembers>();
  std::unique_ptr<testing::SmtpServer> server_ = std::make_unique<testing::SmtpServer>();
  std::unique_ptr<Gateway> gateway_;
  std::string host_;
  std::string origin_;
  int clients_ = 0;
};

TEST_F(EmailSignInTest, BeginsASessionByTheCodeOfTheMessage) {
  const HttpAnswer asked = AskFor("kim@EXAMPLE.org");
  EXPECT_EQ(asked.status, 204) << asked.body;
  EXPECT_THAT(asked.Header("set-cookie"), StartsWith("dangol-session-email="));
  EXPECT_THAT(asked.Header("set-cookie"), HasSubstr("; Max-Age=600; HttpOnly; SameSite=Strict"));
  const ReceivedMail mail = MailOf(1);
  // To the address that the member has, whatever was typed.
  EXPECT_EQ(mail.to, "Kim@example.org");
  EXPECT_THAT(BodyOf(mail), StartsWith("인증 코드: "));
  EXPECT_THAT(BodyOf(mail), HasSubstr("10분 안에"));

  const HttpAnswer entered = Enter(CodeIn(mail), CookiesOf(asked));
  EXPECT_EQ(entered.status, 204) << entered.body;
  const std::string cookie = CookiesOf(entered);
  EXPECT_THAT(cookie, StartsWith("cookie: dangol-session="));
  EXPECT_THAT(cookie, Not(HasSubstr("dangol-session-email")));
  const HttpAnswer session = Ask(port(), "GET", "/auth/session", {cookie});
  EXPECT_THAT(session.body, HasSubstr(R"("name":"kim")"));
  EXPECT_THAT(session.body, HasSubstr(R"("roles":["lead"])"));
}

TEST_F(EmailSignInTest, WritesInEnglishToWhomSpeaksNoKorean) {
  members_->Change("kim", [](Member& kim) { kim.set_language("de"); });
  const Browser browser = Begin();
  EXPECT_THAT(BodyOf(MailOf(1)), StartsWith("Your code to sign in: "));
  EXPECT_EQ(Enter(browser.code, browser.cookie).status, 204);
}

TEST_F(EmailSignInTest, TakesTheCodeAsPeopleTypeIt) {
  EXPECT_EQ(TypedCode(" 4t9k – 2mqx"), "4T9K–2MQX");
  EXPECT_EQ(TypedCode(" 4t9k - 2mqx\n"), "4T9K2MQX");
  EXPECT_EQ(TypedCode("oOiIlL"), "001111");
  const Browser browser = Begin();
  std::string typed = absl::StrReplaceAll(browser.code, {{"-", " "}});
  for (char& c : typed) c = static_cast<char>(tolower(c));
  EXPECT_EQ(Enter(typed, browser.cookie).status, 204) << typed;
}

TEST_F(EmailSignInTest, RefusesAnotherCode) {
  const Browser browser = Begin();
  for (const char* wrong : {"", "0000-0000", "AAAA-AAAAA"}) {
    const HttpAnswer refused = Enter(wrong, browser.cookie);
    EXPECT_EQ(refused.status, 401) << wrong;
    EXPECT_THAT(refused.body, HasSubstr("CODE_WRONG")) << wrong;
    EXPECT_THAT(refused.Header("set-cookie"), IsEmpty()) << wrong;
  }
  EXPECT_EQ(Enter(browser.code, browser.cookie).status, 204);
}

TEST_F(EmailSignInTest, TakesFiveTries) {
  const Browser browser = Begin();
  for (int i = 0; i < kEmailCodeTriesMost; ++i)
    EXPECT_THAT(Enter("0000-0000", browser.cookie).body, HasSubstr("CODE_WRONG")) << i;
  const HttpAnswer right = Enter(browser.code, browser.cookie);
  EXPECT_EQ(right.status, 401);
  EXPECT_THAT(right.body, HasSubstr("CODE_ENDED"));
  EXPECT_THAT(right.Header("set-cookie"), HasSubstr("Max-Age=0"));
}

TEST_F(EmailSignInTest, TakesACodeOnce) {
  const Browser browser = Begin();
  EXPECT_EQ(Enter(browser.code, browser.cookie).status, 204);
  const HttpAnswer again = Enter(browser.code, browser.cookie);
  EXPECT_EQ(again.status, 401);
  EXPECT_THAT(again.body, HasSubstr("CODE_ENDED"));
  EXPECT_THAT(CookiesOf(again), IsEmpty());
}

// Whoever reads the message alone, or has a browser of his own, has nothing.
TEST_F(EmailSignInTest, TakesACodeOfTheBrowserThatAskedAlone) {
  members_->Set("mira", {Member::VIEWER});
  members_->Change("mira", [](Member& mira) { mira.set_email("mira@example.org"); });
  const Browser kim = Begin();
  const Browser mira = Begin("mira@example.org");
  EXPECT_THAT(Enter(kim.code, "x: y").body, HasSubstr("CODE_ENDED"));
  EXPECT_THAT(Enter(kim.code, "cookie: dangol-session-email=x.y").body, HasSubstr("CODE_ENDED"));
  EXPECT_THAT(Enter(kim.code, mira.cookie).body, HasSubstr("CODE_WRONG"));
  const std::string session = CookiesOf(Enter(mira.code, mira.cookie));
  EXPECT_THAT(Ask(port(), "GET", "/auth/session", {session}).body, HasSubstr(R"("name":"mira")"));
  // No cookie is one of another kind.
  EXPECT_EQ(Ask(port(), "GET", "/auth/session", {"cookie: dangol-session=" + kim.cookie.substr(29)}).status, 401);
  EXPECT_THAT(Enter(kim.code, "cookie: dangol-session-email=" + session.substr(23)).body, HasSubstr("CODE_ENDED"));
}

TEST_F(EmailSignInTest, TakesACodeForTenMinutes) {
  const Browser late = Begin();
  const Browser in_time = Begin();
  runtime_.GoAhead(absl::Minutes(9));
  EXPECT_EQ(Enter(in_time.code, in_time.cookie).status, 204);
  runtime_.GoAhead(absl::Minutes(1));
  EXPECT_THAT(Enter(late.code, late.cookie).body, HasSubstr("CODE_ENDED"));
}

// Nobody learns who works here: neither by the answer nor by its cookie.
TEST_F(EmailSignInTest, AnswersTheSameWhoeverHasTheAddress) {
  members_->Set("mira", {Member::VIEWER});
  members_->Change("mira", [](Member& mira) {
    mira.set_email("mim@example.org");
    mira.set_state(Member::LEFT);
  });
  members_->Set("ambi", {Member::VIEWER});
  members_->Set("guous", {Member::VIEWER});
  for (const char* id : {"ambi", "guous"})
    members_->Change(id, [](Member& member) { member.set_email("two@example.org"); });
  const HttpAnswer member = AskFor("kim@example.org");
  std::vector<std::string> strangers;
  for (const char* address : {"nob@example.org", "mim@example.org", "two@example.org"}) {
    const HttpAnswer stranger = AskFor(address);
    EXPECT_EQ(stranger.status, member.status);
    EXPECT_EQ(stranger.body, member.body);
    ASSERT_EQ(stranger.headers.size(), member.headers.size());
    for (size_t i = 0; i < member.headers.size(); ++i) {
      EXPECT_EQ(stranger.headers[i].first, member.headers[i].first);
      EXPECT_EQ(stranger.headers[i].second.size(), member.headers[i].second.size()) << address;
    }
    EXPECT_THAT(Enter("0000-0000", CookiesOf(stranger)).body, HasSubstr("CODE_WRONG"));
  }
  // Messages go out in their order: of the strangers there is none.
  Begin();
  ASSERT_EQ(server_->received().size(), 2u);
  for (const ReceivedMail& mail : server_->received()) EXPECT_EQ(mail.to, "Kim@example.org");
}

TEST_F(EmailSignInTest, LetsNobodyInWhoHasLeftMeanwhile) {
  const Browser browser = Begin();
  members_->Leave("kim", runtime_.Now());
  EXPECT_THAT(Enter(browser.code, browser.cookie).body, HasSubstr("MEMBER_LEFT"));
  members_->SetAway(true);
  EXPECT_THAT(Enter(browser.code, browser.cookie).body, HasSubstr("SERVICE_AWAY"));
  // The code is not used up by that.
  members_->SetAway(false);
  members_->Set("kim", {Member::VIEWER});
  members_->Change("kim", [](Member& kim) { kim.set_email("kim@example.org"); });
  EXPECT_EQ(Enter(browser.code, browser.cookie).status, 204);
}

TEST_F(EmailSignInTest, IsOfferedWhereMailIsSetUp) {
  EXPECT_EQ(Ask(port(), "GET", "/auth/ways").body, R"({"provider":false,"email":true})");
  Start(nullptr);
  EXPECT_EQ(Ask(port(), "GET", "/auth/ways").body, R"({"provider":false,"email":false})");
  for (const char* address : {"kim@example.org", "nobody@example.org"}) {
    const HttpAnswer refused = AskFor(address);
    EXPECT_EQ(refused.status, 400);
    EXPECT_THAT(refused.body, HasSubstr("MAIL_MISSING"));
  }
  EXPECT_THAT(Enter("0000-0000", "x: y").body, HasSubstr("MAIL_MISSING"));
}

TEST_F(EmailSignInTest, SaysToEverybodyWhenTheMailServerIsAway) {
  const std::string place = fmt::format("127.0.0.1:{}", server_->port());
  server_.reset();
  for (const char* address : {"kim@example.org", "nobody@example.org"}) {
    const HttpAnswer refused = AskFor(address);
    EXPECT_EQ(refused.status, 503);
    EXPECT_THAT(refused.body, HasSubstr("MAIL_AWAY"));
    EXPECT_THAT(refused.body, Not(HasSubstr(place)));
    EXPECT_THAT(refused.Header("set-cookie"), IsEmpty());
  }
}

TEST_F(EmailSignInTest, SaysToEverybodyWhenMetricsIsAway) {
  members_->SetAway(true);
  for (const char* address : {"kim@example.org", "nobody@example.org"}) {
    const HttpAnswer refused = AskFor(address);
    EXPECT_EQ(refused.status, 503);
    EXPECT_THAT(refused.body, HasSubstr("SERVICE_AWAY"));
  }
}

// That the mail server refuses one address is no news to who asks.
TEST_F(EmailSignInTest, SaysNothingOfAnAddressThatTheMailServerRefuses) {
  server_->Answer("RCPT", "550 no such person");
  EXPECT_EQ(AskFor("kim@example.org").status, 204);
  EXPECT_TRUE(testing::Eventually([&] { return server_->connections() == 2; }, absl::Seconds(20)));
  EXPECT_EQ(AskFor("nobody@example.org").status, 204);
}

TEST_F(EmailSignInTest, AsksNobodyForWhatIsNoAddress) {
  for (const char* text :
       {"", "kim", "kim@example.org\\r\\nbcc: x@example.org", "킴@example.org", "kim@example.org, x@y.z"}) {
    const HttpAnswer refused = AskFor(text);
    EXPECT_EQ(refused.status, 400) << text;
    EXPECT_THAT(refused.body, HasSubstr("INVALID_FIELD")) << text;
  }
  EXPECT_EQ(Post("/auth/email", "{", {}).status, 400);
  EXPECT_EQ(Post("/auth/email", R"({"email":7})", {}).status, 400);
  EXPECT_EQ(server_->connections(), 0);
}

// Login CSRF: a page of elsewhere neither has messages sent nor signs a browser in as somebody else.
TEST_F(EmailSignInTest, CountsForOurOwnPagesAlone) {
  const Browser browser = Begin();
  for (const std::vector<std::string>& forged :
       std::vector<std::vector<std::string>>{{kJson, host_},
                                             {kJson, host_, "origin: https://evil.example"},
                                             {kJson, host_, "origin: null"},
                                             {"content-type: text/plain", host_, origin_}}) {
    EXPECT_EQ(Ask(port(), "POST", "/auth/email", forged, R"({"email":"kim@example.org"})").status, 403);
    std::vector<std::string> with_cookie = forged;
    with_cookie.push_back(browser.cookie);
    const std::string code = fmt::format(R"({{"code":"{}"}})", browser.code);
    EXPECT_EQ(Ask(port(), "POST", "/auth/email/code", with_cookie, code).status, 403);
  }
  EXPECT_EQ(Ask(port(), "GET", "/auth/email", {host_}).status, 404);
  EXPECT_EQ(Enter(browser.code, browser.cookie).status, 204);
  EXPECT_EQ(server_->received().size(), 1u);
}

TEST_F(EmailSignInTest, SendsAnAddressThreeCodesThenOneInFiveMinutes) {
  for (const char* address : {"kim@example.org", "KIM@example.org", "Kim@Example.org"})
    EXPECT_EQ(AskFor(address).status, 204) << address;
  const HttpAnswer refused = AskFor("kim@example.org");
  EXPECT_EQ(refused.status, 429);
  EXPECT_THAT(refused.body, HasSubstr("RATE_LIMITED"));
  EXPECT_THAT(refused.body, Not(HasSubstr("kim")));
  EXPECT_EQ(refused.Header("retry-after"), "300");
  // Of somebody who is not there no more and no less.
  for (int i = 0; i < kCodesOfAddressMost; ++i) EXPECT_EQ(AskFor("nobody@example.org").status, 204);
  EXPECT_EQ(AskFor("nobody@example.org").status, 429);
  runtime_.GoAhead(absl::Minutes(5));
  EXPECT_EQ(AskFor("kim@example.org").status, 204);
  EXPECT_EQ(AskFor("kim@example.org").status, 429);
}

TEST_F(EmailSignInTest, LetsAClientAskAndTrySoOften) {
  const auto ask = [&](int number) {
    return Post("/auth/email", fmt::format(R"({{"email":"someone{}@example.org"}})", number), {}).status;
  };
  for (int i = 0; i < kCodesOfClientMost; ++i) ASSERT_EQ(ask(i), 204) << i;
  EXPECT_EQ(ask(kCodesOfClientMost), 429);
  EXPECT_EQ(Post("/auth/email/code", R"({"code":"0000-0000"})", {}).status, 429);
  // Another one, behind a proxy of this machine.
  EXPECT_EQ(AskFor("kim@example.org").status, 204);
}

TEST(ClientOf, IsWhatANearProxySaysLast) {
  HttpRequest request;
  request.headers = {{"x-forwarded-for", "198.51.100.1, 192.0.2.7"}};
  for (const char* near :
       {"127.0.0.1", "::1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "::ffff:127.0.0.1", "fd00::1"}) {
    request.peer = near;
    EXPECT_EQ(ClientOf(request), "192.0.2.7") << near;
  }
  for (const char* far : {"192.0.2.1", "172.32.0.1", "2001:db8::1", "::ffff:192.0.2.1"}) {
    request.peer = far;
    EXPECT_EQ(ClientOf(request), far);
  }
  request.peer = "127.0.0.1";
  request.headers.clear();
  EXPECT_EQ(ClientOf(request), "127.0.0.1");
}

class EmailCodesTest : public ::testing::Test {
 protected:
  EmailCodesTest() : keys_(std::make_shared<identity::Keys>(folder_.File("keys"), runtime_)) {
    EXPECT_EQ(keys_->folder().Create(runtime_), absl::OkStatus());
  }

  SimulatedRuntime runtime_{1};
  testing::TemporaryFolder folder_;
  std::shared_ptr<identity::Keys> keys_;
  EmailCodes codes_{keys_, runtime_};
};

// Two requests at the same moment prove the same code; one of them is let in.
TEST_F(EmailCodesTest, AreTakenOnce) {
  const auto issued = codes_.Issue("kim@example.org");
  ASSERT_TRUE(issued.ok()) << issued.status();
  const auto first = codes_.Try(issued->sealed, issued->code);
  const auto second = codes_.Try(issued->sealed, issued->code);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(first->address, "kim@example.org");
  EXPECT_EQ(codes_.Take(first->id), absl::OkStatus());
  EXPECT_EQ(ErrorReason(codes_.Take(second->id)), "CODE_ENDED");
  EXPECT_EQ(ErrorReason(codes_.Try(issued->sealed, issued->code).status()), "CODE_ENDED");
}

TEST_F(EmailCodesTest, ShowNothingInTheCookie) {
  const auto issued = codes_.Issue("kim@example.org");
  const std::string bytes = *DecodeBase64Url(issued->sealed.substr(issued->sealed.rfind('.') + 1));
  EXPECT_THAT(bytes, Not(HasSubstr("kim")));
  EXPECT_THAT(bytes, Not(HasSubstr(TypedCode(issued->code))));
  EXPECT_EQ(issued->code.size(), 9u);
}

TEST_F(EmailCodesTest, CostBoundedMemory) {
  std::string reason;
  int tried = 0;
  for (; tried < 20'000 && reason != "RATE_LIMITED"; ++tried)
    reason = ErrorReason(codes_.Try(codes_.Issue("kim@example.org")->sealed, "0000-0000").status());
  EXPECT_EQ(tried, 10'001);
  runtime_.RunFor(kEmailCodeLifetime);
  EXPECT_EQ(ErrorReason(codes_.Try(codes_.Issue("kim@example.org")->sealed, "0000-0000").status()), "CODE_WRONG");
}

}  // namespace
}  // namespace dangol::gateway
