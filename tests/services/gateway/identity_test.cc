// Who calls through the gateway, and what the services hear of it.
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/identity/tokens.h"
#include "common/rpc/authorization.h"
#include "dangol/gateway/v1/live_service.pb.h"
#include "services/gateway/envelope.h"
#include "tests/services/gateway/gateway_fixture.h"
#include "tests/support/temporary_folder.h"

namespace dangol::gateway {
namespace {

using identity::KeySet;
using identity::Tokens;
using testing::Ask;
using ::testing::HasSubstr;
using testing::HttpAnswer;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::Post;
using ::testing::StartsWith;

constexpr char kTokens[] = "/dangol.gateway.v1.TokenService/";

class IdentityTest : public ::testing::Test {
 protected:
  IdentityTest() : keys_(std::make_shared<identity::Keys>(folder_.File("keys"), RealRuntime())) {
    EXPECT_EQ(keys_->folder().Create(RealRuntime()), absl::OkStatus());
  }

  GatewayOptions Options(bool local) {
    GatewayOptions options;
    options.keys = keys_;
    options.local = local;
    return options;
  }
  // As a header.
  std::string Create(const std::string& id, const std::vector<std::string>& roles,
                     const std::vector<std::string>& permissions = {}) {
    std::string secret;
    EXPECT_EQ(keys_->folder().ChangeTokens([&](const KeySet& keys, Tokens& tokens) {
      auto made = identity::CreateToken(tokens, keys.pepper,
                                        {.id = id,
                                         .roles = roles,
                                         .stages = {},
                                         .permissions = permissions,
                                         .expire_time = std::nullopt,
                                         .request_key = ""},
                                        RealRuntime());
      if (made.ok()) secret = made->secret;
      return made.status();
    }),
              absl::OkStatus());
    return "authorization: Bearer " + secret;
  }

  void Revoke(const std::string& id) {
    EXPECT_EQ(keys_->folder().ChangeTokens([&](const KeySet&, Tokens& tokens) {
      return identity::RevokeToken(tokens, id, "", "", RealRuntime().Now()).status();
    }),
              absl::OkStatus());
  }
  // Opens a stream, and reads its first message.
  static void Watch(testing::HttpClient& client, const std::string& credential) {
    client.Request("POST", "/dangol.gateway.v1.LiveService/Watch",
                   {"content-type: application/connect+proto", credential}, Envelope(0, ""));
    EXPECT_EQ(client.ReadHead().status, 200);
    EXPECT_TRUE(client.ReadChunk().has_value());
  }

  // The feeds that are shown, or the error.
  static std::string FeedsFor(int port, const std::string& credential, const std::vector<std::string>& topics) {
    v1::WatchRequest request;
    for (const std::string& topic : topics) request.add_topics(topic);
    testing::HttpClient client(port);
    client.Request("POST", "/dangol.gateway.v1.LiveService/Watch",
                   {"content-type: application/connect+proto", credential}, Envelope(0, request.SerializeAsString()));
    EXPECT_EQ(client.ReadHead().status, 200);
    const std::string frame = client.ReadChunk().value_or("");
    v1::WatchResponse response;
    if (frame.size() < 5 || frame[0] != 0 || !response.ParseFromString(frame.substr(5))) return frame;
    std::set<std::string> feeds;
    for (const v1::FeedStatus& status : response.feeds()) feeds.insert(status.feed());
    return absl::StrJoin(feeds, " ");
  }

  testing::TemporaryFolder folder_;
  std::shared_ptr<identity::Keys> keys_;
};

TEST_F(IdentityTest, AServiceHearsWhoCallsAndNotHisSecret) {
  FakeBehindGateway suite(Options(/*local=*/false));
  const std::string header = Create("import", {"service"});
  testing::HttpClient client(suite.port());
  client.Request("POST", kGetTicketPath, {"content-type: application/json", header}, "{}");
  const auto call = suite.service.calls.Take();
  const std::string authorization(rpc::FindMetadata(call->metadata, "authorization"));
  EXPECT_THAT(authorization, StartsWith("Bearer eyJ"));
  EXPECT_EQ(keys_->Authenticate(authorization)->name, "tokens/import");
  for (const auto& [key, value] : call->metadata) EXPECT_THAT(value, Not(HasSubstr("dgl_"))) << key;
  call->Finish({});
  EXPECT_EQ(client.Read().status, 200);
}

TEST_F(IdentityTest, WithoutACredentialNobodyCallsWhereOneIsRequired) {
  TicketsBehindGateway suite(Options(/*local=*/false));
  for (const HttpAnswer& answer : {Post(suite.port(), kGetTicketPath, "{}"), Ask(suite.port(), "GET", "/v1/tickets"),
                                   Post(suite.port(), kGetTicketPath, "{}", {"cookie: authorization=Bearer x"}),
                                   Post(suite.port(), kGetTicketPath, "{}", {"authorization: Bearer x"}),
                                   Post(suite.port(), kGetTicketPath, "{}", {"authorization: Basic YTpi"})}) {
    EXPECT_EQ(answer.status, 401) << answer.body;
    EXPECT_THAT(answer.body, HasSubstr("CREDENTIAL_"));
  }
  EXPECT_EQ(Ask(suite.port(), "GET", "/v1/tickets", {Create("reader", {"viewer"})}).status, 200);
  EXPECT_EQ(Ask(suite.port(), "GET", "/healthz").status, 200);
}

TEST_F(IdentityTest, OnThisMachineAFalseCredentialIsNobodyAndNoneIsTheOperator) {
  TicketsBehindGateway suite(Options(/*local=*/true));
  EXPECT_EQ(Ask(suite.port(), "GET", "/v1/tickets").status, 200);
  EXPECT_EQ(Ask(suite.port(), "GET", "/v1/tickets", {"authorization: Bearer nonsense"}).status, 401);
}

TEST_F(IdentityTest, AStreamIsRefusedInItsOwnProtocol) {
  TicketsBehindGateway suite(Options(/*local=*/false));
  const HttpAnswer answer = Ask(suite.port(), "POST", kTicketEventsPath, {"content-type: application/connect+json"},
                                std::string("\0\0\0\0\2{}", 7));
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr(R"("code":"unauthenticated")"));
  const HttpAnswer watch = Ask(suite.port(), "POST", "/dangol.gateway.v1.LiveService/Watch",
                               {"content-type: application/connect+json"}, std::string("\0\0\0\0\2{}", 7));
  EXPECT_THAT(watch.body, HasSubstr(R"("code":"unauthenticated")"));
}

TEST_F(IdentityTest, TokensAreMadeListedRotatedAndRevoked) {
  TicketsBehindGateway suite(Options(/*local=*/false));
  const std::string admin = Create("boss", {"admin"});
  const auto call = [&](const std::string& method, const std::string& json, const std::string& who) {
    return Post(suite.port(), kTokens + method, json, {who});
  };
  const auto secret_of = [](const HttpAnswer& answer) {
    const size_t begin = answer.body.find("dgl_");
    return begin == std::string::npos
               ? ""
               : "authorization: Bearer " + answer.body.substr(begin, answer.body.find('"', begin) - begin);
  };
  const std::string wanted = R"({"tokenId":"ci","token":{"roles":["viewer"]},"requestId":"r1"})";
  const HttpAnswer made = call("CreateToken", wanted, admin);
  EXPECT_EQ(made.status, 200) << made.body;
  const std::string first = secret_of(made);
  EXPECT_EQ(Ask(suite.port(), "GET", "/v1/tickets", {first}).status, 200);
  EXPECT_THAT(secret_of(call("CreateToken", wanted, admin)), IsEmpty());

  const HttpAnswer listed = Ask(suite.port(), "GET", "/v1/tokens?page_size=1", {admin});
  EXPECT_THAT(listed.body, HasSubstr("tokens/boss"));
  EXPECT_THAT(listed.body, HasSubstr("nextPageToken"));
  EXPECT_THAT(listed.body, Not(HasSubstr("dgl_")));

  const std::string second = secret_of(call("RotateToken", R"({"name":"tokens/ci","overlapSeconds":"60"})", admin));
  for (const std::string& token : {first, second})
    EXPECT_EQ(Ask(suite.port(), "GET", "/v1/tickets", {token}).status, 200);

  // Only who may: not the token itself.
  for (const char* method : {"CreateToken", "ListTokens", "RevokeToken", "RotateToken"}) {
    EXPECT_EQ(call(method, "{}", second).status, 403) << method;
    EXPECT_EQ(call(method, "{}", "x-nothing: 1").status, 401) << method;
  }
  EXPECT_EQ(call("CreateToken", R"({"tokenId":"x","token":{"permissions":["tickets.decide"]}})", admin).status, 400);
  EXPECT_EQ(call("CreateToken", R"({"tokenId":"UPPER","token":{"roles":["viewer"]}})", admin).status, 400);
  EXPECT_EQ(call("RevokeToken", R"({"name":"tokens/none"})", admin).status, 404);

  EXPECT_EQ(call("RevokeToken", R"({"name":"tokens/ci"})", admin).status, 200);
  absl::SleepFor(identity::kKeysAgeMax);
  for (const std::string& token : {first, second})
    EXPECT_EQ(Ask(suite.port(), "GET", "/v1/tickets", {token}).status, 401);
}

TEST_F(IdentityTest, ATokenThatIsRevokedEndsItsOpenStreamAndNoOther) {
  GatewayOptions options = Options(/*local=*/false);
  options.live.heartbeat = absl::Milliseconds(50);
  TicketsBehindGateway suite(std::move(options));
  testing::HttpClient revoked(suite.port());
  testing::HttpClient other(suite.port());
  Watch(revoked, Create("revoked", {"viewer"}));
  Watch(other, Create("other", {"viewer"}));
  Revoke("revoked");
  const absl::Time limit = absl::Now() + absl::Seconds(10);
  bool open = true;
  while (open && absl::Now() < limit) open = revoked.ReadChunk().has_value();
  EXPECT_FALSE(open);
  EXPECT_TRUE(other.ReadChunk().has_value());
}

TEST_F(IdentityTest, AFeedIsWatchedByWhoMayReadItAlone) {
  GatewayOptions options = Options(/*local=*/false);
  for (const char* away : {"backlog", "metrics"}) options.backends.push_back(BackendAt(away, "127.0.0.1:1"));
  TicketsBehindGateway suite(std::move(options));
  const std::string viewer = Create("viewer", {"viewer"});
  const std::string tickets = Create("tickets", {}, {"tickets.read"});
  const std::string metrics = Create("metrics", {}, {"metrics.read"});
  EXPECT_EQ(FeedsFor(suite.port(), viewer, {}), "backlog metrics tickets");
  EXPECT_EQ(FeedsFor(suite.port(), tickets, {}), "tickets");
  EXPECT_EQ(FeedsFor(suite.port(), metrics, {}), "metrics");
  EXPECT_EQ(FeedsFor(suite.port(), metrics, {"metrics"}), "metrics");
  EXPECT_EQ(FeedsFor(suite.port(), Create("changes", {}, {"changes.read"}), {}), "backlog");
  for (const std::string& refused : {FeedsFor(suite.port(), tickets, {"tickets", "metrics"}),
                                     FeedsFor(suite.port(), Create("audit", {}, {"audit.read"}), {})}) {
    EXPECT_THAT(refused, HasSubstr(R"("code":"permission_denied")"));
  }
}

TEST_F(IdentityTest, AStreamThatOutlivesItsGatewayEnds) {
  const std::string token = Create("page", {"viewer"});
  std::optional<TicketsBehindGateway> suite;
  GatewayOptions options = Options(/*local=*/false);
  options.live.heartbeat = absl::Milliseconds(1);
  suite.emplace(std::move(options));
  testing::HttpClient client(suite->port());
  Watch(client, token);
  // Its exchange looks at the credential while the gateway goes away.
  absl::SleepFor(rpc::kCredentialAgeMax);
  suite.reset();
  while (client.ReadChunk()) {
  }
  EXPECT_TRUE(client.ReadEnd());
}

TEST_F(IdentityTest, WhoCallsTooOftenIsToldWhenToComeAgain) {
  GatewayOptions options = Options(/*local=*/true);
  options.calls_per_second = 0.1;
  TicketsBehindGateway suite(std::move(options));
  const std::string eager = Create("eager", {"viewer"});
  EXPECT_EQ(Ask(suite.port(), "GET", "/v1/tickets", {eager}).status, 200);
  const HttpAnswer refused = Ask(suite.port(), "GET", "/v1/tickets", {eager});
  EXPECT_EQ(refused.status, 429);
  EXPECT_THAT(refused.Header("retry-after"), Not(IsEmpty()));
  EXPECT_THAT(Post(suite.port(), kGetTicketPath, "{}", {eager}).body, HasSubstr("RATE_LIMITED"));
  // A page is no call, and is loaded from many files.
  EXPECT_EQ(Ask(suite.port(), "GET", "/", {eager}).status, 200);
  // The others, and who needs no credential here, call as before.
  EXPECT_EQ(Ask(suite.port(), "GET", "/v1/tickets", {Create("calm", {"viewer"})}).status, 200);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Ask(suite.port(), "GET", "/v1/tickets").status, 200);
}

TEST_F(IdentityTest, WithoutAFolderOfKeysThereAreNoTokens) {
  TicketsBehindGateway suite;
  const HttpAnswer answer =
      Post(suite.port(), std::string(kTokens) + "CreateToken", R"({"tokenId":"x","token":{"roles":["viewer"]}})");
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr("KEYS_MISSING"));
}

}  // namespace
}  // namespace dangol::gateway
