// What is done at the gateway alone reaches the audit log of metrics, or waits for it.
#include "services/gateway/audit_writer.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/base/simulated_runtime.h"
#include "common/identity/audit_spool.h"
#include "common/identity/file.h"
#include "common/identity/login.h"
#include "tests/services/gateway/fake_members.h"
#include "tests/services/gateway/gateway_fixture.h"
#include "tests/support/eventually.h"
#include "tests/support/temporary_folder.h"

namespace dangol::gateway {
namespace {

using api::v1::AuditEntry;
using metrics::v1::Member;
using testing::Ask;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::HttpAnswer;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kJson[] = "content-type: application/json";

// Such as `kim SignOut`, and of a denial `kim SignOut LOGIN_USED*2`.
std::string Shown(const AuditEntry& entry) {
  std::string text = fmt::format("{} {}", entry.principal(), entry.method().substr(entry.method().rfind('/') + 1));
  if (!entry.denial().empty()) text += fmt::format(" {}*{}", entry.denial(), entry.denied_calls());
  return text;
}

std::vector<std::string> Shown(const std::vector<AuditEntry>& entries) {
  std::vector<std::string> texts;
  for (const AuditEntry& entry : entries) texts.push_back(Shown(entry));
  return texts;
}

class GatewayAudit : public ::testing::Test {
 protected:
  GatewayAudit() : keys_(std::make_shared<identity::Keys>(folder_.File("keys"), RealRuntime())) {
    EXPECT_EQ(keys_->folder().Create(RealRuntime()), absl::OkStatus());
    members_->Set("kim", {Member::ADMIN});
    members_->Change("kim", [](Member& kim) { kim.set_email("kim@example.org"); });
    Start();
  }

  void Start() {
    gateway_.reset();
    GatewayOptions options;
    options.keys = keys_;
    options.local = false;
    options.backends.push_back({"metrics", "", members_});
    gateway_ = StartGateway(std::move(options));
    host_ = fmt::format("host: 127.0.0.1:{}", gateway_->port());
    origin_ = fmt::format("origin: http://127.0.0.1:{}", gateway_->port());
  }

  HttpAnswer Post(const std::string& path, const std::string& body, std::vector<std::string> headers = {}) {
    headers.insert(headers.end(), {kJson, origin_, host_});
    return Ask(gateway_->port(), "POST", path, headers, body);
  }
  std::string NewCode(std::string_view who = "kim") const {
    return *identity::AddLogin(keys_->folder(), identity::MemberToSignIn(who), identity::kLoginLifetime, RealRuntime());
  }
  HttpAnswer Login(const std::string& code) { return Post("/auth/login", fmt::format(R"({{"code":"{}"}})", code)); }
  // A cookie.
  std::string SignIn(std::string_view who = "kim") {
    const HttpAnswer answer = Login(NewCode(who));
    EXPECT_EQ(answer.status, 204) << answer.body;
    const std::string set = answer.Header("set-cookie");
    return "cookie: " + set.substr(0, set.find(';'));
  }
  void ExpectEntries(const std::vector<std::string>& shown) {
    EXPECT_TRUE(testing::Eventually([&] { return members_->entries().size() >= shown.size(); }, absl::Seconds(20)));
    EXPECT_EQ(Shown(members_->entries()), shown);
  }
  std::vector<std::string> Waiting() const { return identity::SpooledEntries(keys_->folder()); }

  testing::TemporaryFolder folder_;
  std::shared_ptr<identity::Keys> keys_;
  const std::shared_ptr<FakeMembers> members_ = std::make_shared<FakeMembers>();
  std::unique_ptr<Gateway> gateway_;
  std::string host_;
  std::string origin_;
};

TEST_F(GatewayAudit, HasWhoSignsInAndOut) {
  const std::string cookie = SignIn();
  EXPECT_EQ(Post("/auth/logout", "{}", {cookie}).status, 204);
  ExpectEntries({"kim SignInByLink", "kim SignOut"});
  const AuditEntry entry = members_->entries().front();
  EXPECT_EQ(entry.method(), kSignInByLink);
  // Who reads the member does not read when he signs in.
  EXPECT_THAT(entry.resources(), IsEmpty());
  EXPECT_TRUE(entry.has_time());
  EXPECT_TRUE(testing::Eventually([&] { return Waiting().empty(); }, absl::Seconds(20)));
}

TEST_F(GatewayAudit, HasEveryChangeOfATokenAndEveryLink) {
  const std::string cookie = SignIn();
  EXPECT_EQ(Post("/v1/tokens?token_id=ci", R"({"roles":["viewer"]})", {cookie}).status, 200);
  EXPECT_EQ(Post("/v1/tokens/ci:rotate", "{}", {cookie}).status, 200);
  EXPECT_EQ(Post("/v1/tokens/ci:revoke", "{}", {cookie}).status, 200);
  EXPECT_EQ(Post("/v1/members/kim:createSignInLink", "{}", {cookie}).status, 200);
  // Nothing of a read, nor of what was not done.
  EXPECT_EQ(Ask(gateway_->port(), "GET", "/v1/tokens", {cookie}).status, 200);
  EXPECT_EQ(Post("/v1/tokens/nobodys:revoke", "{}", {cookie}).status, 404);
  ExpectEntries({"kim SignInByLink", "kim CreateToken", "kim RotateToken", "kim RevokeToken", "kim CreateSignInLink"});
  const std::vector<AuditEntry> entries = members_->entries();
  EXPECT_THAT(entries[1].resources(), ElementsAre("tokens/ci"));
  EXPECT_THAT(entries[1].fields(), ::testing::Contains("token.roles"));
  EXPECT_THAT(entries[4].resources(), ElementsAre("members/kim"));
  for (const AuditEntry& entry : entries) EXPECT_THAT(entry.ShortDebugString(), Not(HasSubstr("dgl_")));
}

TEST_F(GatewayAudit, CountsWhatWasDenied) {
  const std::string code = NewCode();
  EXPECT_EQ(Login(code).status, 204);
  EXPECT_EQ(Login(code).status, 401);
  EXPECT_EQ(Login("x").status, 401);
  EXPECT_EQ(Login(NewCode("nobody@example.org")).status, 404);
  members_->Set("mira", {Member::VIEWER});
  EXPECT_EQ(Post("/v1/tokens?token_id=ci", R"({"roles":["viewer"]})", {SignIn("mira")}).status, 403);
  // Written down at the latest when it stops; handed over by the next one.
  Start();
  ExpectEntries({"kim SignInByLink", "mira SignInByLink", " SignInByLink LOGIN_USED*2",
                 " SignInByLink MEMBER_UNKNOWN*1", "mira CreateToken PERMISSION_DENIED*1"});
  for (const AuditEntry& entry : members_->entries()) EXPECT_THAT(entry.ShortDebugString(), Not(HasSubstr("example")));
}

TEST_F(GatewayAudit, HindersNobodyWhileMetricsTakesNone) {
  members_->SetRecording(absl::UnavailableError("nobody listens"));
  const std::string cookie = SignIn();
  EXPECT_EQ(Post("/v1/tokens?token_id=ci", R"({"roles":["viewer"]})", {cookie}).status, 200);
  EXPECT_EQ(Post("/auth/logout", "{}", {cookie}).status, 204);
  EXPECT_THAT(Waiting(), SizeIs(3));
  EXPECT_THAT(members_->entries(), IsEmpty());
  // It outlives the gateway, and comes in its order.
  gateway_.reset();
  members_->SetRecording(absl::OkStatus());
  Start();
  ExpectEntries({"kim SignInByLink", "kim CreateToken", "kim SignOut"});
}

// What a command has written, such as `dangol login set`.
TEST_F(GatewayAudit, HandsOverWhatTheOperatorDid) {
  EXPECT_EQ(identity::SpoolOperatorEntry(keys_->folder(), "dangol.gateway.v1.Provider/Set", "", RealRuntime()),
            absl::OkStatus());
  EXPECT_EQ(identity::SpoolOperatorEntry(keys_->folder(), "dangol.gateway.v1.TokenService/RevokeToken", "tokens/ci",
                                         RealRuntime()),
            absl::OkStatus());
  ExpectEntries({"operator Set", "operator RevokeToken"});
  EXPECT_THAT(members_->entries()[1].resources(), ElementsAre("tokens/ci"));
}

// One that nobody can take holds up no other one, and is not lost.
TEST_F(GatewayAudit, SetsAsideWhatIsNoEntry) {
  ASSERT_EQ(identity::MakeFolder(folder_.File("keys/audit")), absl::OkStatus());
  ASSERT_EQ(identity::WriteSmallFile(folder_.File("keys/audit/0.json"), "{", 0400), absl::OkStatus());
  SignIn();
  ExpectEntries({"kim SignInByLink"});
  EXPECT_NE(identity::FileVersion(folder_.File("keys/audit/0.refused")), "");

  members_->SetRecording(absl::InvalidArgumentError("no entry"));
  SignIn();
  EXPECT_TRUE(testing::Eventually([&] { return Waiting().empty(); }, absl::Seconds(20)));
  members_->SetRecording(absl::OkStatus());
  SignIn();
  ExpectEntries({"kim SignInByLink", "kim SignInByLink"});
}

// By a clock of its own, without a network.
class AuditWriterTest : public ::testing::Test {
 protected:
  AuditWriterTest() { EXPECT_EQ(keys_->folder().Create(runtime_), absl::OkStatus()); }

  static absl::Status Denial(std::string_view reason) {
    return Error(absl::StatusCode::kUnauthenticated, reason, "No.");
  }

  SimulatedRuntime runtime_{1};
  testing::TemporaryFolder folder_;
  const std::shared_ptr<identity::Keys> keys_ = std::make_shared<identity::Keys>(folder_.File("keys"), runtime_);
  const std::shared_ptr<FakeMembers> metrics_ = std::make_shared<FakeMembers>();
  const std::shared_ptr<AuditWriter> writer_ = std::make_shared<AuditWriter>(metrics_, keys_, runtime_);
};

TEST_F(AuditWriterTest, CountsDenialsForTenSeconds) {
  writer_->Start();
  for (int i = 0; i < 3; ++i) writer_->CountDenied("", kSignInByEmail, Denial("CODE_WRONG"));
  writer_->CountDenied("", kSignInByEmail, absl::UnavailableError("away"));
  writer_->CountDenied("", kSignInByEmail, Error(absl::StatusCode::kResourceExhausted, "RATE_LIMITED", "Wait."));
  runtime_.RunFor(rpc::kDenialsTime - absl::Seconds(1));
  EXPECT_THAT(metrics_->entries(), IsEmpty());
  runtime_.RunFor(absl::Seconds(2));
  EXPECT_THAT(Shown(metrics_->entries()), ElementsAre(" SignInByEmail CODE_WRONG*3"));
}

// However many callers and reasons somebody invents.
TEST_F(AuditWriterTest, TellsTwentyDenialsApart) {
  writer_->Start();
  for (int i = 0; i < 100; ++i) writer_->CountDenied(fmt::format("tokens/t{}", i), kSignOut, Denial("CODE_WRONG"));
  runtime_.RunFor(rpc::kDenialsTime + kSpoolInterval);
  ASSERT_THAT(metrics_->entries(), SizeIs(21));
  EXPECT_THAT(Shown(metrics_->entries()), ::testing::Contains(" dangol.gateway.v1.Session OTHERS*80"));
}

TEST_F(AuditWriterTest, LeavesOutDenialsWhereTooManyEntriesWait) {
  metrics_->SetRecording(absl::UnavailableError("away"));
  writer_->Start();
  for (int i = 0; i < 1000; ++i)
    ASSERT_EQ(identity::SpoolOperatorEntry(keys_->folder(), "dangol.gateway.v1.Keys/RotateJwt", "", runtime_),
              absl::OkStatus());
  writer_->CountDenied("", kSignInByEmail, Denial("CODE_WRONG"));
  runtime_.RunFor(rpc::kDenialsTime + absl::Seconds(1));
  EXPECT_THAT(identity::SpooledEntries(keys_->folder()), SizeIs(1000));
  writer_->Record("kim", kSignOut);
  EXPECT_THAT(identity::SpooledEntries(keys_->folder()), SizeIs(1001));
}

}  // namespace
}  // namespace dangol::gateway
