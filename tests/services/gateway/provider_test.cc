// Signing in with an identity provider, which the test plays.
#include "services/gateway/provider.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/base/simulated_runtime.h"
#include "common/base/text.h"
#include "common/identity/jwt.h"
#include "common/identity/login.h"
#include "services/gateway/provider_sign_in.h"
#include "tests/common/identity/jwk_of.h"
#include "tests/services/gateway/fake_members.h"
#include "tests/services/gateway/gateway_fixture.h"
#include "tests/support/temporary_folder.h"

namespace dangol::gateway {
namespace {

using google::protobuf::Struct;
using metrics::v1::Member;
using testing::Ask;
using ::testing::HasSubstr;
using testing::HttpAnswer;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kIssuer[] = "https://login.example.org";

std::map<std::string, std::string> QueryOf(const std::string& url) {
  std::map<std::string, std::string> query;
  const std::string text = url.substr(url.find('?') + 1);
  const auto parameters = QueryParameters(text);
  for (const auto& [name, value] : *parameters) query[name] = value;
  return query;
}

// What an identity provider says, and what it is asked.
class FakeProvider {
 public:
  FakeProvider() {
    claims["email"].set_string_value("kim@example.org");
    claims["email_verified"].set_bool_value(true);
    claims["sub"].set_string_value("1234");
  }

  // As after the user's own sign-in there: the code for what a browser was sent with.
  std::string Authorize(const std::map<std::string, std::string>& query) {
    const std::string code = "code-" + std::to_string(++codes_);
    asked_[code] = query;
    return code;
  }

  absl::StatusOr<WebAnswer> Fetch(const WebRequest& request) {
    if (away) return absl::UnavailableError("no route to host");
    if (request.url == std::string(kIssuer) + "/.well-known/openid-configuration") return Discovery();
    if (request.url == std::string(kIssuer) + "/jwks") {
      ++key_fetches;
      std::string keys = testing::JwkOf(key.public_key(), key_id);
      for (const std::string& jwk : more_keys) keys += "," + jwk;
      return WebAnswer{200, R"({"keys":[)" + keys + "]}"};
    }
    if (request.url == std::string(kIssuer) + "/token") return Token(request);
    if (request.url == std::string(kIssuer) + "/me" && request.bearer == "access") return WebAnswer{200, user_info};
    return WebAnswer{404, ""};
  }

  bool away = false;
  std::string issuer = kIssuer;
  identity::PrivateKey key = identity::PrivateKey::Generate();
  std::string key_id = "k1";
  google::protobuf::Map<std::string, google::protobuf::Value> claims;  // beside those of the protocol
  std::map<std::string, std::string> false_claims;                     // instead of those of the protocol
  std::string user_info = "{}";
  std::string end_session = "https://login.example.org/out?x=1";
  std::vector<std::string> more_keys;  // beside the one that signs, as JWKs
  bool names_key = true;               // in ID tokens
  int key_fetches = 0;

 private:
  WebAnswer Discovery() const {
    return {200,
            R"({"issuer":")" + issuer + R"(","authorization_endpoint":"https://login.example.org/authorize",)" +
                R"("token_endpoint":"https://login.example.org/token","jwks_uri":"https://login.example.org/jwks",)" +
                R"("userinfo_endpoint":"https://login.example.org/me")" +
                (end_session.empty() ? "" : R"(,"end_session_endpoint":")" + end_session + R"(")") + "}"};
  }

  WebAnswer Token(const WebRequest& request) {
    const std::map<std::string, std::string> form(request.form.begin(), request.form.end());
    if (request.user != "dangol" || request.password != "s%2Fecret") return {401, R"({"error":"invalid_client"})"};
    const auto asked = asked_.extract(form.at("code"));
    const bool fits = asked && form.at("redirect_uri") == asked.mapped().at("redirect_uri") &&
                      EncodeBase64Url(Sha256(form.at("code_verifier"))) == asked.mapped().at("code_challenge");
    if (!fits) return {400, R"({"error":"invalid_grant"})"};
    Struct token;
    auto& fields = *token.mutable_fields();
    fields = claims;
    const auto now = static_cast<double>(absl::ToUnixSeconds(RealRuntime().Now()));
    fields["iss"].set_string_value(kIssuer);
    fields["aud"].set_string_value("dangol");
    fields["nonce"].set_string_value(asked.mapped().at("nonce"));
    fields["iat"].set_number_value(now);
    fields["exp"].set_number_value(now + 300);
    for (const auto& [name, value] : false_claims) fields[name].set_string_value(value);
    return {200, R"({"access_token":"access","id_token":")" + Signed(token) + R"("})"};
  }

  std::string Signed(const Struct& content) const {
    const std::string token = identity::SignJwt(key, key_id, content);
    if (names_key) return token;
    const std::string middle = token.substr(token.find('.'), token.rfind('.') - token.find('.'));
    const std::string text = EncodeBase64Url(R"({"alg":"ES256"})") + middle;
    return text + "." + EncodeBase64Url(key.Sign(text));
  }

  int codes_ = 0;
  std::map<std::string, std::map<std::string, std::string>> asked_;
};

class ProviderTest : public ::testing::Test {
 protected:
  ProviderTest() : keys_(std::make_shared<identity::Keys>(folder_.File("keys"), RealRuntime())) {
    EXPECT_EQ(keys_->folder().Create(RealRuntime()), absl::OkStatus());
    Set({kIssuer, "dangol", "s/ecret", ""});
    members_->Set("kim", {Member::LEAD});
    members_->Change("kim", [](Member& kim) { kim.set_email("kim@example.org"); });
    GatewayOptions options;
    options.keys = keys_;
    options.local = false;
    options.fetch = [this](const WebRequest& request) { return provider_.Fetch(request); };
    options.backends.push_back({"metrics", "", members_});
    suite_ = std::make_unique<TicketsBehindGateway>(std::move(options));
    origin_ = "http://127.0.0.1:" + std::to_string(suite_->port());
  }

  void Set(const identity::ProviderSettings& settings) {
    EXPECT_EQ(identity::WriteProvider(keys_->folder(), settings), absl::OkStatus());
  }
  HttpAnswer Get(const std::string& path, std::vector<std::string> headers = {}) {
    headers.push_back("host: " + origin_.substr(7));
    return Ask(suite_->port(), "GET", path, headers);
  }
  static std::string CookieOf(const HttpAnswer& answer) {
    const std::string set = answer.Header("set-cookie");
    return "cookie: " + set.substr(0, set.find(';'));
  }

  // A browser that comes back from the provider.
  struct Visit {
    std::string cookie;
    std::string state;
    std::string code;
  };
  Visit Begin() {
    const HttpAnswer start = Get("/auth/start");
    EXPECT_EQ(start.status, 302) << start.body;
    const auto query = QueryOf(start.Header("location"));
    return {CookieOf(start), query.at("state"), provider_.Authorize(query)};
  }
  HttpAnswer End(const Visit& visit, const std::string& more = "") {
    return Get("/auth/callback?code=" + visit.code + "&state=" + visit.state + more, {visit.cookie});
  }

  testing::TemporaryFolder folder_;
  FakeProvider provider_;
  std::shared_ptr<identity::Keys> keys_;
  const std::shared_ptr<FakeMembers> members_ = std::make_shared<FakeMembers>();
  std::unique_ptr<TicketsBehindGateway> suite_;
  std::string origin_;
};

TEST_F(ProviderTest, SignsInTheMemberOfAVerifiedEmailAddress) {
  const HttpAnswer start = Get("/auth/start");
  EXPECT_EQ(start.status, 302) << start.body;
  EXPECT_THAT(start.Header("location"), StartsWith("https://login.example.org/authorize?response_type=code&"));
  EXPECT_THAT(start.Header("set-cookie"), HasSubstr("; Max-Age=600; HttpOnly; SameSite=Lax"));
  const auto query = QueryOf(start.Header("location"));
  EXPECT_EQ(query.at("redirect_uri"), origin_ + "/auth/callback");
  EXPECT_EQ(query.at("code_challenge_method"), "S256");
  EXPECT_THAT(query.at("scope"), StartsWith("openid "));

  const HttpAnswer back = End({CookieOf(start), query.at("state"), provider_.Authorize(query)});
  EXPECT_EQ(back.status, 302) << back.body;
  EXPECT_EQ(back.Header("location"), "/#signed-in");
  EXPECT_THAT(back.Header("set-cookie"), StartsWith("dangol-session="));
  const HttpAnswer session = Get("/auth/session", {CookieOf(back)});
  EXPECT_THAT(session.body, HasSubstr(R"("name":"kim")"));
  EXPECT_THAT(session.body, HasSubstr(R"("roles":["lead"])"));
}

TEST_F(ProviderTest, IsOfferedWhereOneIsSet) {
  EXPECT_EQ(Get("/auth/ways").body, R"({"provider":true,"email":false})");
  EXPECT_EQ(identity::RemoveProvider(keys_->folder()), absl::OkStatus());
  EXPECT_EQ(Get("/auth/ways").body, R"({"provider":false,"email":false})");
  const HttpAnswer start = Get("/auth/start");
  EXPECT_EQ(start.status, 403);
  EXPECT_THAT(start.body, HasSubstr("dangol login set"));
}

TEST_F(ProviderTest, RefusesAnotherState) {
  Visit visit = Begin();
  visit.state += "x";
  const HttpAnswer refused = End(visit);
  EXPECT_EQ(refused.status, 401);
  EXPECT_THAT(refused.body, HasSubstr("SIGN_IN_REFUSED"));
  EXPECT_THAT(refused.Header("set-cookie"), StartsWith("dangol-session-sign-in=; Path=/; Max-Age=0"));
  // Of another browser: its own sign-in, somebody else's code.
  const Visit mine = Begin();
  const Visit theirs = Begin();
  EXPECT_EQ(End({mine.cookie, theirs.state, theirs.code}).status, 401);
  EXPECT_EQ(Get("/auth/callback?code=" + theirs.code + "&state=" + theirs.state).status, 401);
  EXPECT_EQ(End(mine, "&state=" + mine.state).status, 401);
  EXPECT_EQ(End(mine, "&iss=https%3A%2F%2Fevil.example").status, 401);
  EXPECT_EQ(End(mine, "&iss=https%3A%2F%2Flogin.example.org").status, 302);
}

// The cookie of a sign-in is no session, and that of a session no sign-in.
TEST_F(ProviderTest, TakesNoCookieForAnother) {
  const Visit visit = Begin();
  const std::string sealed = visit.cookie.substr(visit.cookie.find('=') + 1);
  EXPECT_EQ(Get("/auth/session", {"cookie: dangol-session=" + sealed}).status, 401);
  const std::string session = CookieOf(End(visit));
  const std::string value = session.substr(session.find('=') + 1);
  EXPECT_EQ(Get("/auth/callback?code=x&state=", {"cookie: dangol-session-sign-in=" + value}).status, 401);
}

TEST_F(ProviderTest, RefusesWhatIsNotForThisSignIn) {
  for (const auto& [name, value] : std::map<std::string, std::string>{
           {"nonce", "another"}, {"aud", "another"}, {"iss", "https://evil.example"}, {"azp", "another"}}) {
    provider_.false_claims = {{name, value}};
    const HttpAnswer refused = End(Begin());
    EXPECT_EQ(refused.status, 401) << name << refused.body;
    EXPECT_THAT(refused.Header("set-cookie"), Not(HasSubstr("dangol-session="))) << name;
  }
  provider_.false_claims = {{"azp", "dangol"}};
  EXPECT_EQ(End(Begin()).status, 302);
}

TEST_F(ProviderTest, RefusesACodeThatWasUsed) {
  const Visit visit = Begin();
  EXPECT_EQ(End(visit).status, 302);
  EXPECT_EQ(End(visit).status, 401);
}

TEST_F(ProviderTest, EndsTheSessionThereAsWell) {
  const std::vector<std::string> page = {"content-type: application/json", "host: " + origin_.substr(7),
                                         "origin: " + origin_};
  const auto sign_out = [&](const std::string& cookie, std::vector<std::string> headers) {
    headers.push_back(cookie);
    return Ask(suite_->port(), "POST", "/auth/logout", headers, "{}");
  };
  const std::string cookie = CookieOf(End(Begin()));
  EXPECT_EQ(sign_out(cookie, {"host: " + origin_.substr(7)}).status, 403);
  EXPECT_EQ(Get("/auth/session", {cookie}).status, 200);
  const HttpAnswer out = sign_out(cookie, page);
  EXPECT_EQ(out.status, 200) << out.body;
  EXPECT_EQ(out.body, R"({"next":"https://login.example.org/out?x=1&client_id=dangol"})");
  EXPECT_THAT(out.Header("set-cookie"), HasSubstr("Max-Age=0"));
  EXPECT_EQ(Get("/auth/session", {cookie}).status, 401);
  EXPECT_EQ(sign_out(cookie, page).status, 204);

  // A session of a link has none there; nor has one of a provider that is not set any more.
  const std::string code =
      *identity::AddLogin(keys_->folder(), identity::MemberToSignIn("kim"), identity::kLoginLifetime, RealRuntime());
  EXPECT_EQ(sign_out(CookieOf(Ask(suite_->port(), "POST", "/auth/login", page, R"({"code":")" + code + R"("})")), page)
                .status,
            204);
  const std::string other = CookieOf(End(Begin()));
  EXPECT_EQ(identity::RemoveProvider(keys_->folder()), absl::OkStatus());
  EXPECT_EQ(sign_out(other, page).status, 204);
}

TEST_F(ProviderTest, EndsTheSessionHereWhateverTheProviderOffers) {
  provider_.end_session = "";
  const std::vector<std::string> page = {"content-type: application/json", "host: " + origin_.substr(7),
                                         "origin: " + origin_};
  const auto sign_out = [&](const std::string& cookie) {
    std::vector<std::string> headers = page;
    headers.push_back(cookie);
    return Ask(suite_->port(), "POST", "/auth/logout", headers, "{}");
  };
  EXPECT_EQ(sign_out(CookieOf(End(Begin()))).status, 204);
  const std::string cookie = CookieOf(End(Begin()));
  Set({kIssuer, "dangol", "s/ecret", "other"});  // discovered anew
  provider_.away = true;
  EXPECT_EQ(sign_out(cookie).status, 204);
  EXPECT_EQ(Get("/auth/session", {cookie}).status, 401);
}

TEST_F(ProviderTest, TakesNoEndpointWithoutTls) {
  provider_.end_session = "http://login.example.org/out";
  EXPECT_THAT(Get("/auth/start").body, HasSubstr("PROVIDER_INVALID"));
}

// OpenID Connect Core 1.0 §10.1: only where there is no choice.
TEST_F(ProviderTest, TakesATokenThatNamesNoKeyWhereThereIsOne) {
  provider_.names_key = false;
  EXPECT_EQ(End(Begin()).status, 302);
}

TEST_F(ProviderTest, TakesATokenOfTheOnlyKeyWithoutAnId) {
  provider_.names_key = false;
  provider_.key_id = "";
  EXPECT_EQ(End(Begin()).status, 302);
}

TEST_F(ProviderTest, TakesNoTokenThatNamesNoKeyOfSeveral) {
  provider_.names_key = false;
  provider_.more_keys = {testing::JwkOf(identity::PrivateKey::Generate().public_key(), "k2")};
  EXPECT_THAT(End(Begin()).body, HasSubstr("SIGN_IN_REFUSED"));
}

TEST_F(ProviderTest, TakesNoTokenOfAnotherSigner) {
  provider_.names_key = false;
  const Visit visit = Begin();
  EXPECT_EQ(End(visit).status, 302);
  // Its keys are known; the signer is another one.
  provider_.key = identity::PrivateKey::Generate();
  EXPECT_THAT(End(Begin()).body, HasSubstr("SIGN_IN_REFUSED"));
}

TEST_F(ProviderTest, SaysToWhomNobodyBelongsWhatIsMissing) {
  members_->Change("kim", [](Member& kim) { kim.set_email("other@example.org"); });
  provider_.claims["name"].set_string_value("<b>Kim</b>");
  const HttpAnswer unknown = End(Begin());
  EXPECT_EQ(unknown.status, 403);
  EXPECT_THAT(unknown.Header("content-type"), StartsWith("text/html"));
  EXPECT_THAT(unknown.body, HasSubstr("<dd>kim@example.org</dd>"));
  EXPECT_THAT(unknown.body, HasSubstr("<dd>1234</dd>"));
  EXPECT_THAT(unknown.body, HasSubstr("&lt;b&gt;Kim&lt;/b&gt;"));
  EXPECT_THAT(unknown.body, HasSubstr("adds a member with this e-mail address"));
  EXPECT_THAT(unknown.Header("set-cookie"), Not(HasSubstr("dangol-session=")));
  members_->Set("kim", {Member::LEAD});
  members_->Change("kim", [](Member& kim) {
    kim.set_email("kim@example.org");
    kim.set_state(Member::LEFT);
  });
  EXPECT_THAT(End(Begin()).body, HasSubstr("MEMBER_LEFT"));
}

// Anybody may give himself an address that he need not prove.
TEST_F(ProviderTest, BelievesNoAddressThatIsNotVerified) {
  provider_.claims["email_verified"].set_bool_value(false);
  EXPECT_THAT(End(Begin()).body, HasSubstr("MEMBER_UNPROVED"));
  provider_.claims.erase("email_verified");
  EXPECT_THAT(End(Begin()).body, HasSubstr("MEMBER_UNPROVED"));
}

// What is in no ID token, the userinfo endpoint says, of the same user alone.
TEST_F(ProviderTest, AsksOnForWhatTheIdTokenDoesNotSay) {
  provider_.claims.erase("email");
  provider_.claims.erase("email_verified");
  EXPECT_THAT(End(Begin()).body, HasSubstr("SIGN_IN_REFUSED"));
  provider_.user_info = R"({"sub":"1234","email":"kim@example.org","email_verified":true})";
  EXPECT_EQ(End(Begin()).status, 302);
  provider_.user_info = R"({"sub":"5678","email":"kim@example.org","email_verified":true})";
  EXPECT_THAT(End(Begin()).body, HasSubstr("SIGN_IN_REFUSED"));
}

TEST_F(ProviderTest, MayBeBelievedByAClaimThatNamesTheMember) {
  Set({kIssuer, "dangol", "s/ecret", "login"});
  provider_.claims.erase("email");
  provider_.claims["login"].set_string_value("kim");
  EXPECT_EQ(End(Begin()).status, 302);
  provider_.claims["login"].set_string_value("kim@example.org");
  EXPECT_THAT(End(Begin()).body, HasSubstr("MEMBER_UNPROVED"));
}

TEST_F(ProviderTest, IsToldApartFromOneThatIsSetUpWrong) {
  Set({kIssuer, "dangol", "wrong", ""});
  const HttpAnswer secret = End(Begin());
  EXPECT_EQ(secret.status, 403);
  EXPECT_THAT(secret.body, HasSubstr("PROVIDER_INVALID"));
  provider_.issuer = "https://login.example.org/tenant";
  Set({kIssuer, "dangol", "s/ecret", "other"});  // discovered anew
  const HttpAnswer issuer = Get("/auth/start");
  EXPECT_EQ(issuer.status, 403);
  EXPECT_THAT(issuer.body, HasSubstr("it calls itself"));
}

TEST_F(ProviderTest, ThatIsAwayIsSaidToBe) {
  const Visit visit = Begin();
  provider_.away = true;
  EXPECT_EQ(End(visit).status, 503);
  Set({kIssuer, "dangol", "s/ecret", "other"});
  const HttpAnswer away = Get("/auth/start");
  EXPECT_EQ(away.status, 503);
  EXPECT_THAT(away.body, HasSubstr("PROVIDER_AWAY"));
  // A link still signs in.
  EXPECT_EQ(Get("/auth/session").status, 401);
}

// Keys that the provider exchanges, and a signer of elsewhere who takes the name of a key.
class ProviderKeysTest : public ::testing::Test {
 protected:
  std::string Redeem() {
    const SignInSecrets secrets{"state", "nonce", "verifier"};
    const auto url = provider_.SignInUrl("https://dangol.example.org/auth/callback", secrets);
    EXPECT_TRUE(url.ok()) << url.status();
    const std::string code = fake_.Authorize(QueryOf(*url));
    return ErrorReason(provider_.Redeem(code, "https://dangol.example.org/auth/callback", secrets).status());
  }

  SimulatedRuntime runtime_{1};
  FakeProvider fake_;
  Provider provider_{
      {kIssuer, "dangol", "s/ecret", ""}, [this](const WebRequest& request) { return fake_.Fetch(request); }, runtime_};
};

TEST_F(ProviderKeysTest, AreFetchedWhenAnotherOneSigns) {
  runtime_.RunFor(RealRuntime().Now() - runtime_.Now());
  EXPECT_EQ(Redeem(), "");
  EXPECT_EQ(Redeem(), "");
  EXPECT_EQ(fake_.key_fetches, 1);
  runtime_.RunFor(absl::Seconds(10));
  fake_.key = identity::PrivateKey::Generate();
  fake_.key_id = "k2";
  EXPECT_EQ(Redeem(), "");
  EXPECT_EQ(fake_.key_fetches, 2);
  // Whatever names they take, they make no flood of calls.
  for (const char* id : {"k3", "k4", "k5"}) {
    fake_.key_id = id;
    EXPECT_EQ(Redeem(), "SIGN_IN_REFUSED") << id;
  }
  EXPECT_EQ(fake_.key_fetches, 2);
  fake_.key_id = "k2";
  fake_.key = identity::PrivateKey::Generate();
  EXPECT_EQ(Redeem(), "SIGN_IN_REFUSED");
}

}  // namespace
}  // namespace dangol::gateway
