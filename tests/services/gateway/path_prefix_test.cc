// The gateway below a path of somebody else's host.
#include "services/gateway/path_prefix.h"

#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/identity/login.h"
#include "common/rpc/authorization.h"
#include "tests/services/gateway/gateway_fixture.h"
#include "tests/support/temporary_folder.h"

namespace dangol::gateway {
namespace {

using testing::Ask;
using ::testing::HasSubstr;
using testing::HttpAnswer;
using ::testing::IsEmpty;
using ::testing::StartsWith;

TEST(PathPrefix, IsAPlainPath) {
  for (const char* good : {"", "/dangol", "/a/b", "/a-b_c.d~e"}) EXPECT_THAT(CheckPathPrefix(good), IsEmpty()) << good;
  for (const char* bad :
       {"/", "dangol", "/dangol/", "//host", "/a//b", "/a/../b", "/a b", "/a%20b", "/a\"b", "/<a>", "/a;b", "/a\nb"}) {
    EXPECT_THAT(CheckPathPrefix(bad), HasSubstr("is no path such as /dangol")) << bad;
  }
}

TEST(PathPrefix, IsTakenOffWholePartsAlone) {
  EXPECT_EQ(BelowPrefix("/dangol", "/dangol/v1/tickets"), "/v1/tickets");
  EXPECT_EQ(BelowPrefix("/dangol", "/dangol/"), "/");
  EXPECT_EQ(BelowPrefix("/dangol", "/dangol"), "/");
  EXPECT_EQ(BelowPrefix("/dangol", "/dangolier"), "/dangolier");
  EXPECT_EQ(BelowPrefix("/dangol", "/v1/tickets"), "/v1/tickets");
  EXPECT_EQ(BelowPrefix("/dangol", "/dangol/dangol/x"), "/dangol/x");
  EXPECT_EQ(BelowPrefix("", "/v1/tickets"), "/v1/tickets");
}

class PrefixTest : public ::testing::Test {
 protected:
  explicit PrefixTest(std::string public_url = "")
      : keys_(std::make_shared<identity::Keys>(folder_.File("keys"), RealRuntime())) {
    EXPECT_EQ(keys_->folder().Create(RealRuntime()), absl::OkStatus());
    GatewayOptions options;
    options.keys = keys_;
    options.path_prefix = "/dangol";
    options.public_url = std::move(public_url);
    suite_ = std::make_unique<TicketsBehindGateway>(std::move(options));
  }

  int port() const { return suite_->port(); }
  HttpAnswer Login() {
    const auto code =
        identity::AddLogin(keys_->folder(), rpc::LocalPrincipal(), identity::kLoginLifetime, RealRuntime());
    const std::string host = "127.0.0.1:" + std::to_string(port());
    return Ask(port(), "POST", "/dangol/auth/login",
               {"content-type: application/json", "host: " + host, "origin: http://" + host},
               R"({"code":")" + *code + R"("})");
  }

  testing::TemporaryFolder folder_;
  std::shared_ptr<identity::Keys> keys_;
  std::unique_ptr<TicketsBehindGateway> suite_;
};

TEST_F(PrefixTest, EverythingIsBelowIt) {
  EXPECT_EQ(testing::Post(port(), std::string("/dangol") + kCreateTicketPath,
                          R"({"ticketId":"t1","ticket":{"subject":"Late"}})")
                .status,
            200);
  EXPECT_EQ(Ask(port(), "GET", "/dangol/v1/tickets/t1").status, 200);
  EXPECT_EQ(Ask(port(), "GET", "/dangol/healthz").status, 200);
  EXPECT_EQ(Ask(port(), "GET", "/dangolier/v1/tickets/t1").status, 404);
  EXPECT_THAT(suite_->gateway().Description(), ::testing::EndsWith("/dangol"));
}

// The proxy takes it off, or somebody calls past the proxy.
TEST_F(PrefixTest, ACallWithoutItIsAnsweredToo) { EXPECT_EQ(Ask(port(), "GET", "/v1/tickets").status, 200); }

TEST_F(PrefixTest, PagesAndDocumentsSayIt) {
  EXPECT_THAT(Ask(port(), "GET", "/dangol").body, HasSubstr(R"(href="/dangol/openapi.json")"));
  EXPECT_THAT(Ask(port(), "GET", "/dangol/openapi.json").body, HasSubstr(R"("servers":[{"url":"/dangol"}])"));
}

TEST_F(PrefixTest, TheCookieIsOfThatPathAlone) {
  const std::string cookie = Login().Header("set-cookie");
  EXPECT_THAT(cookie, StartsWith("dangol-session="));
  EXPECT_THAT(cookie, HasSubstr("; Path=/dangol;"));
  EXPECT_EQ(Ask(port(), "GET", "/dangol/auth/session", {"cookie: " + cookie.substr(0, cookie.find(';'))}).status, 200);
}

class SecurePrefixTest : public PrefixTest {
 protected:
  SecurePrefixTest() : PrefixTest("https://intern.example.org") {}
};

// Browsers take `__Host-` for the path `/` alone.
TEST_F(SecurePrefixTest, TheCookieHasANameThatBrowsersTakeForAPath) {
  const std::string cookie = Login().Header("set-cookie");
  EXPECT_THAT(cookie, StartsWith("__Secure-dangol="));
  EXPECT_THAT(cookie, HasSubstr("; Path=/dangol;"));
  EXPECT_THAT(cookie, HasSubstr("; Secure"));
  EXPECT_EQ(Ask(port(), "GET", "/dangol/auth/session", {"cookie: " + cookie.substr(0, cookie.find(';'))}).status, 200);
}

}  // namespace
}  // namespace dangol::gateway
