// Browsers: signing in by a link, the cookie, and what pages of elsewhere cannot do with it.
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/identity/login.h"
#include "common/rpc/authorization.h"
#include "services/gateway/envelope.h"
#include "tests/services/gateway/fake_members.h"
#include "tests/services/gateway/gateway_fixture.h"
#include "tests/support/temporary_folder.h"

namespace dangol::gateway {
namespace {

using metrics::v1::Member;
using testing::Ask;
using ::testing::HasSubstr;
using testing::HttpAnswer;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kJson[] = "content-type: application/json";

class SessionsTest : public ::testing::Test {
 protected:
  SessionsTest() : keys_(std::make_shared<identity::Keys>(folder_.File("keys"), RealRuntime())) {
    EXPECT_EQ(keys_->folder().Create(RealRuntime()), absl::OkStatus());
    GatewayOptions options;
    options.keys = keys_;
    options.local = false;
    options.live.heartbeat = absl::Milliseconds(50);
    options.backends.push_back({"metrics", "", members_});
    suite_ = std::make_unique<TicketsBehindGateway>(std::move(options));
    origin_ = "origin: http://127.0.0.1:" + std::to_string(port());
    host_ = "host: 127.0.0.1:" + std::to_string(port());
  }

  int port() const { return suite_->port(); }

  HttpAnswer Login(const std::string& code, std::vector<std::string> headers = {}) {
    headers.insert(headers.end(), {kJson, origin_, host_});
    return Ask(port(), "POST", "/auth/login", headers, R"({"code":")" + code + R"("})");
  }
  static std::string NewCodeFor(const identity::KeyFolder& folder, std::string_view who) {
    return *identity::AddLogin(folder, identity::MemberToSignIn(who), identity::kLoginLifetime, RealRuntime());
  }
  std::string NewCodeFor(std::string_view who) const { return NewCodeFor(keys_->folder(), who); }
  // For jane, who has these roles from now on.
  std::string NewCode(const std::vector<Member::Role>& roles = {Member::AGENT}) {
    members_->Set("jane", roles);
    return NewCodeFor("jane");
  }
  // As a browser sends it back.
  static std::string CookieOf(const HttpAnswer& answer) {
    const std::string set = answer.Header("set-cookie");
    return "cookie: theme=dark; " + set.substr(0, set.find(';'));
  }
  HttpAnswer Create(std::vector<std::string> headers) {
    headers.push_back(host_);
    return Ask(port(), "POST", kCreateTicketPath, headers, R"({"ticket":{"subject":"Late"}})");
  }

  testing::TemporaryFolder folder_;
  std::shared_ptr<identity::Keys> keys_;
  const std::shared_ptr<FakeMembers> members_ = std::make_shared<FakeMembers>();
  std::unique_ptr<TicketsBehindGateway> suite_;
  std::string origin_;
  std::string host_;
};

TEST_F(SessionsTest, BeginByALinkOnce) {
  const std::string code = NewCode();
  const HttpAnswer signed_in = Login(code);
  EXPECT_EQ(signed_in.status, 204) << signed_in.body;
  EXPECT_THAT(signed_in.Header("set-cookie"), HasSubstr("; HttpOnly; SameSite=Strict"));
  const std::string cookie = CookieOf(signed_in);
  EXPECT_EQ(Create({kJson, origin_, cookie}).status, 200);
  EXPECT_EQ(Ask(port(), "GET", "/v1/tickets", {cookie}).status, 200);
  const HttpAnswer session = Ask(port(), "GET", "/auth/session", {cookie});
  EXPECT_THAT(session.body, HasSubstr(R"("name":"jane")"));
  EXPECT_THAT(session.body, HasSubstr(R"("roles":["agent"])"));

  const HttpAnswer again = Login(code);
  EXPECT_EQ(again.status, 401);
  EXPECT_THAT(again.body, HasSubstr("LOGIN_USED"));
  EXPECT_THAT(again.Header("set-cookie"), IsEmpty());
  EXPECT_EQ(Ask(port(), "GET", "/auth/session").status, 401);
}

// So that a page offers nothing that the services would refuse.
TEST_F(SessionsTest, SayWhatTheirMemberMayDo) {
  const std::string code = NewCode({Member::OWNER});
  members_->Change("jane", [](Member& jane) { jane.add_stages("engines/shop/stages/join"); });
  const std::string owner = Ask(port(), "GET", "/auth/session", {CookieOf(Login(code))}).body;
  EXPECT_THAT(owner, HasSubstr(R"("stages":["engines/shop/stages/join"])"));
  EXPECT_THAT(owner, HasSubstr(R"("tickets.decide")"));
  EXPECT_THAT(owner, Not(HasSubstr(R"("customers.erase")")));
  const std::string viewer = Ask(port(), "GET", "/auth/session", {CookieOf(Login(NewCode({Member::VIEWER})))}).body;
  EXPECT_THAT(viewer, HasSubstr(R"("stages":[])"));
  EXPECT_THAT(
      viewer,
      HasSubstr(R"("permissions":["tickets.read","policy.read","changes.read","metrics.read","history.read"])"));
}

TEST_F(SessionsTest, OfWhoOwnsManyStagesAreTakenAndThoseThatNoCallCarriesAreRefusedWithAReason) {
  const std::string code = NewCode({Member::OWNER});
  const auto own = [this](int stages) {
    members_->Change("jane", [stages](Member& jane) {
      jane.clear_stages();
      for (int i = 0; i < stages; ++i)
        jane.add_stages("engines/" + std::string(30, 'e') + "/stages/" + std::string(40, 's') + std::to_string(i));
    });
  };
  own(62);
  const std::string cookie = CookieOf(Login(code));
  const HttpAnswer taken = Ask(port(), "GET", "/v1/tickets", {cookie});
  EXPECT_EQ(taken.status, 200) << taken.body;
  own(100);
  const std::string again = CookieOf(Login(NewCodeFor("jane")));
  const HttpAnswer refused = Ask(port(), "GET", "/v1/tickets", {again});
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.body, HasSubstr("TOO_MANY_STAGES"));
}

TEST_F(SessionsTest, AllowWhatTheRolesOfTheMemberAllow) {
  EXPECT_EQ(Ask(port(), "GET", "/v1/tokens", {CookieOf(Login(NewCode({Member::VIEWER})))}).status, 403);
  EXPECT_EQ(Ask(port(), "GET", "/v1/tokens", {CookieOf(Login(NewCode({Member::ADMIN})))}).status, 200);
}

TEST_F(SessionsTest, AStreamEndsWithTheRolesThatItBeganWith) {
  const auto watch = [this](testing::HttpClient& client, const std::string& cookie) {
    client.Request("POST", "/dangol.gateway.v1.LiveService/Watch",
                   {"content-type: application/connect+proto", origin_, host_, cookie}, Envelope(0, ""));
    EXPECT_EQ(client.ReadHead().status, 200);
    EXPECT_TRUE(client.ReadChunk().has_value());
  };
  members_->Set("kim", {Member::VIEWER});
  testing::HttpClient changed(port());
  testing::HttpClient other(port());
  watch(changed, CookieOf(Login(NewCode({Member::VIEWER}))));
  watch(other, CookieOf(Login(NewCodeFor("kim"))));
  members_->Change("jane", [](Member& jane) { jane.set_roles(0, Member::PRIVACY); });
  const absl::Time limit = absl::Now() + absl::Seconds(20);
  bool open = true;
  while (open && absl::Now() < limit) open = changed.ReadChunk().has_value();
  EXPECT_FALSE(open);
  EXPECT_TRUE(other.ReadChunk().has_value());
}

// Cross-site request forgery: the browser adds the cookie, whoever's page sends.
TEST_F(SessionsTest, CountForOurOwnPagesAlone) {
  const std::string cookie = CookieOf(Login(NewCode()));
  const std::vector<std::vector<std::string>> forged = {
      {kJson, cookie},
      {kJson, cookie, "origin: null"},
      {kJson, cookie, "origin: https://evil.example"},
      {kJson, cookie, origin_ + ".evil.example"},
      {kJson, cookie, "origin: http://127.0.0.1:1"},
      {kJson, cookie, "referer: http://127.0.0.1:" + std::to_string(port()) + "/"}};
  for (const auto& headers : forged) {
    const HttpAnswer answer = Create(headers);
    EXPECT_EQ(answer.status, 403) << headers.back() << answer.body;
  }
  // Whatever part of the gateway says so.
  for (const char* type : {"text/plain", "application/x-www-form-urlencoded", "Multipart/Form-Data; boundary=x"}) {
    for (const char* path : {"/v1/tickets", kCreateTicketPath, "/auth/logout"}) {
      const std::vector<std::string> headers = {std::string("content-type: ") + type, cookie, origin_, host_};
      EXPECT_GE(Ask(port(), "POST", path, headers, R"({"ticket":{"subject":"Late"}})").status, 400) << type << path;
    }
  }
  EXPECT_EQ(Create({kJson, origin_, cookie}).status, 200);
}

// DNS rebinding: the browser takes our address for a name of the page's own.
TEST_F(SessionsTest, AreNotSeenUnderAnotherName) {
  const HttpAnswer answer =
      Ask(port(), "POST", "/auth/login", {kJson, "host: evil.example", "origin: http://evil.example"},
          R"({"code":")" + NewCode() + R"("})");
  EXPECT_EQ(answer.status, 403);
  EXPECT_THAT(answer.body, HasSubstr("HOST_NOT_ALLOWED"));
}

// Session fixation: what a browser brought before counts for nothing after.
TEST_F(SessionsTest, AreNewAtEachSignIn) {
  members_->Set("kim", {Member::VIEWER});
  const std::string before = CookieOf(Login(NewCodeFor("kim")));
  const std::string after = CookieOf(Login(NewCode({Member::ADMIN}), {before}));
  EXPECT_NE(before, after);
  EXPECT_EQ(Ask(port(), "GET", "/v1/tokens", {before}).status, 403);
  EXPECT_EQ(Ask(port(), "GET", "/v1/tokens", {after}).status, 200);
  EXPECT_EQ(Login("x", {"cookie: dangol-session=chosen"}).Header("set-cookie"), "");
}

TEST_F(SessionsTest, EndAtSigningOutInEveryCopy) {
  const std::string cookie = CookieOf(Login(NewCode()));
  EXPECT_EQ(Ask(port(), "POST", "/auth/logout", {kJson, host_, cookie}).status, 403);  // another page cannot
  const HttpAnswer out = Ask(port(), "POST", "/auth/logout", {kJson, origin_, host_, cookie});
  EXPECT_EQ(out.status, 204);
  EXPECT_THAT(out.Header("set-cookie"), HasSubstr("dangol-session=; Path=/; Max-Age=0"));
  const HttpAnswer refused = Ask(port(), "GET", "/v1/tickets", {cookie});
  EXPECT_EQ(refused.status, 401);
  EXPECT_THAT(refused.Header("set-cookie"), HasSubstr("Max-Age=0"));
}

TEST_F(SessionsTest, ThatAreFalseAreRefusedAndTheirCookieRemoved) {
  for (const char* cookie : {"cookie: dangol-session=", "cookie: dangol-session=a.b", "cookie: dangol-session=x"}) {
    const HttpAnswer answer = Ask(port(), "GET", "/v1/tickets", {cookie});
    EXPECT_EQ(answer.status, 401) << cookie;
    EXPECT_THAT(answer.Header("set-cookie"), HasSubstr("Max-Age=0"));
  }
}

// A cache between us and the browser would give the cookie to the next who asks.
TEST_F(SessionsTest, AreNotRenewedByWhatEverybodyMayKeep) {
  std::filesystem::create_directories(folder_.File("web/assets"));
  std::ofstream(folder_.File("web/assets/index-4f3a9c21.js")) << "start()";
  GatewayOptions options;
  options.keys = keys_;
  options.web = folder_.File("web");
  FakeBehindGateway suite(std::move(options));
  const std::string old = "cookie: dangol-session=x";
  const HttpAnswer asset = Ask(suite.port(), "GET", "/assets/index-4f3a9c21.js", {old});
  EXPECT_THAT(asset.Header("cache-control"), StartsWith("public"));
  EXPECT_EQ(asset.Header("set-cookie"), "");
  EXPECT_THAT(Ask(suite.port(), "GET", "/", {old}).Header("set-cookie"), HasSubstr("Max-Age=0"));
}

TEST_F(SessionsTest, AreNotToldToTheServices) {
  GatewayOptions options;
  options.keys = keys_;
  options.local = false;
  options.backends.push_back({"metrics", "", members_});
  FakeBehindGateway fake(std::move(options));
  const std::string cookie = CookieOf(Login(NewCode()));
  testing::HttpClient client(fake.port());
  client.Request("POST", kGetTicketPath, {kJson, "origin: http://localhost", cookie}, "{}");
  const auto call = fake.service.calls.TakeWithin(std::chrono::seconds(20));
  ASSERT_TRUE(call);
  EXPECT_EQ(keys_->Authenticate(rpc::FindMetadata((*call)->metadata, "authorization"))->name, "jane");
  EXPECT_THAT(rpc::FindMetadata((*call)->metadata, "cookie"), IsEmpty());
  (*call)->Finish({});
  EXPECT_EQ(client.Read().status, 200);
}

TEST_F(SessionsTest, BehindTlsHaveACookieThatNobodyElseCanSet) {
  GatewayOptions options;
  options.keys = keys_;
  options.local = false;
  options.public_url = "https://dangol.example.org";
  options.backends.push_back({"metrics", "", members_});
  TicketsBehindGateway suite(std::move(options));
  const std::vector<std::string> page = {kJson, "host: dangol.example.org", "origin: https://dangol.example.org"};
  const HttpAnswer signed_in = Ask(suite.port(), "POST", "/auth/login", page, R"({"code":")" + NewCode() + R"("})");
  EXPECT_EQ(signed_in.status, 204) << signed_in.body;
  EXPECT_THAT(signed_in.Header("set-cookie"), StartsWith("__Host-dangol="));
  EXPECT_THAT(signed_in.Header("set-cookie"), HasSubstr("; Path=/;"));
  EXPECT_THAT(signed_in.Header("set-cookie"), HasSubstr("; Secure"));
  const std::string cookie = CookieOf(signed_in);
  EXPECT_EQ(Ask(suite.port(), "GET", "/v1/tickets", {cookie}).status, 200);
  // The same under the name that anybody may set is none.
  const std::string value = cookie.substr(cookie.find("__Host-dangol=") + 14);
  EXPECT_EQ(Ask(suite.port(), "GET", "/v1/tickets", {"cookie: dangol-session=" + value}).status, 401);
}

TEST_F(SessionsTest, OfTheOperatorNeedNoMember) {
  members_->SetAway(true);
  const std::string code =
      *identity::AddLogin(keys_->folder(), rpc::LocalPrincipal(), identity::kLoginLifetime, RealRuntime());
  const std::string cookie = CookieOf(Login(code));
  EXPECT_THAT(Ask(port(), "GET", "/auth/session", {cookie}).body, HasSubstr(R"("name":"operator")"));
  EXPECT_EQ(Ask(port(), "GET", "/v1/tokens", {cookie}).status, 200);
}

TEST_F(SessionsTest, BeginForTheMemberOfAnEmailAddress) {
  members_->Set("kim", {Member::LEAD});
  members_->Change("kim", [](Member& kim) { kim.set_email("Kim@example.org"); });
  const std::string cookie = CookieOf(Login(NewCodeFor("kim@EXAMPLE.org")));
  EXPECT_THAT(Ask(port(), "GET", "/auth/session", {cookie}).body, HasSubstr(R"("name":"kim")"));
}

// The link is not used up by that: what is missing can be mended.
TEST_F(SessionsTest, DoNotBeginForWhoIsNoMember) {
  const std::string code = NewCodeFor("kim");
  EXPECT_THAT(Login(code).body, HasSubstr("MEMBER_UNKNOWN"));
  members_->Set("kim", {Member::AGENT});
  members_->Change("kim", [](Member& kim) { kim.set_state(Member::LEFT); });
  EXPECT_THAT(Login(code).body, HasSubstr("MEMBER_LEFT"));
  members_->SetAway(true);
  EXPECT_THAT(Login(code).body, HasSubstr("SERVICE_AWAY"));
  members_->SetAway(false);
  members_->Set("kim", {Member::AGENT});
  EXPECT_EQ(Login(code).status, 204);
  EXPECT_EQ(Login(code).status, 401);
}

TEST_F(SessionsTest, BeginByTheLinkThatALeadMakes) {
  const std::string lead = CookieOf(Login(NewCode({Member::LEAD})));
  members_->Set("kim", {Member::AGENT});
  const auto invite = [&](const std::string& who, const std::string& cookie) {
    return Ask(port(), "POST", "/v1/members/" + who + ":createSignInLink", {kJson, origin_, host_, cookie}, "{}");
  };
  const HttpAnswer link = invite("kim", lead);
  EXPECT_EQ(link.status, 200) << link.body;
  EXPECT_THAT(link.body, HasSubstr(R"("member":"members/kim")"));
  const size_t at = link.body.find("/#login=");
  ASSERT_NE(at, std::string::npos);
  const std::string code = link.body.substr(at + 8, 43);
  const std::string kim = CookieOf(Login(code));
  EXPECT_THAT(Ask(port(), "GET", "/auth/session", {kim}).body, HasSubstr(R"("name":"kim")"));
  EXPECT_THAT(Login(code).body, HasSubstr("LOGIN_USED"));

  EXPECT_THAT(invite("kim", kim).body, HasSubstr("PERMISSION_DENIED"));
  for (const Member::Role more : {Member::ADMIN, Member::PRIVACY}) {
    members_->Set("root", {more});
    EXPECT_THAT(invite("root", lead).body, HasSubstr("PERMISSION_DENIED")) << "he would sign in as him";
  }
  EXPECT_THAT(invite("nobody", lead).body, HasSubstr("MEMBER_UNKNOWN"));
  members_->Change("kim", [](Member& one) { one.set_state(Member::LEFT); });
  EXPECT_THAT(invite("kim", lead).body, HasSubstr("MEMBER_LEFT"));
  members_->SetAway(true);
  EXPECT_THAT(invite("kim", lead).body, HasSubstr("SERVICE_AWAY"));
}

// Sealed by who has the keys of another suite.
TEST_F(SessionsTest, OfAnotherSuiteAreNone) {
  identity::Keys other(folder_.File("other"), RealRuntime());
  ASSERT_EQ(other.folder().Create(RealRuntime()), absl::OkStatus());
  const std::string sealed = *other.SealSession(identity::NewSession(rpc::LocalPrincipal(), RealRuntime()));
  EXPECT_EQ(Ask(port(), "GET", "/v1/tickets", {"cookie: dangol-session=" + sealed}).status, 401);
  EXPECT_EQ(Ask(port(), "GET", "/auth/session", {"cookie: dangol-session=" + sealed}).status, 401);
}

}  // namespace
}  // namespace dangol::gateway
