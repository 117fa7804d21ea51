// What the gateway has to say in the audit log of metrics.
#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/rpc/audit_entry.h"
#include "common/rpc/authorization.h"
#include "common/storage/audit_log.h"
#include "dangol/api/v1/admin_service.pb.h"
#include "dangol/metrics/v1/audit_service.pb.h"
#include "dangol/metrics/v1/member_service.pb.h"
#include "services/metrics/service.h"
#include "tests/common/rpc/fake_authorizer.h"
#include "tests/common/rpc/refusal.h"
#include "tests/common/service/simulated_service.h"

namespace dangol::metrics {
namespace {

using api::v1::AuditEntry;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const rpc::Principal kGateway{.name = "services/gateway", .roles = {"service"}, .stages = {}, .permissions = {"admin"}};

class AuditServiceTest : public ::testing::Test {
 protected:
  AuditServiceTest() {
    authorizer_->principal = kGateway;
    service::Options options;
    options.authorizer = authorizer_;
    service_ = std::make_unique<testing::SimulatedService>(MetricsService(), options);
  }

  AuditEntry SignIn(const std::string& who = "kim") {
    AuditEntry entry;
    *entry.mutable_time() = ToProtoTime(now());
    entry.set_principal(who);
    entry.set_method("dangol.gateway.v1.Session/SignInByEmail");
    return entry;
  }
  absl::Status RecordBytes(const std::string& bytes, const std::string& request_id) {
    v1::RecordAuditEntryRequest request;
    request.set_audit_entry(bytes);
    request.set_request_id(request_id);
    return service_->Call<v1::RecordedAuditEntry>("/dangol.metrics.v1.AuditService/RecordAuditEntry", request).status();
  }
  absl::Status Record(const AuditEntry& entry, const std::string& request_id = "1") {
    return RecordBytes(entry.SerializeAsString(), request_id);
  }
  std::vector<AuditEntry> Entries(const std::string& resource = "") {
    api::v1::ListAuditEntriesRequest request;
    request.set_oldest_first(true);
    request.set_resource(resource);
    authorizer_->principal = rpc::LocalPrincipal();
    const auto listed =
        service_->Call<api::v1::ListAuditEntriesResponse>("/dangol.api.v1.AdminService/ListAuditEntries", request);
    authorizer_->principal = kGateway;
    EXPECT_TRUE(listed.ok()) << listed.status();
    if (!listed.ok()) return {};
    return {listed->audit_entries().begin(), listed->audit_entries().end()};
  }
  absl::Time now() { return service_->runtime().Now(); }

  const std::shared_ptr<testing::FakeAuthorizer> authorizer_ = std::make_shared<testing::FakeAuthorizer>();
  std::unique_ptr<testing::SimulatedService> service_;
};

TEST_F(AuditServiceTest, StoresAnEntryBesideItsOwn) {
  AuditEntry token = SignIn();
  token.set_method("dangol.gateway.v1.TokenService/CreateToken");
  token.add_resources("tokens/ci");
  token.add_fields("token.roles");
  ASSERT_EQ(Record(SignIn()), absl::OkStatus());
  v1::CreateMemberRequest create;
  create.set_member_id("lee");
  create.mutable_member()->set_display_name("Lee");
  ASSERT_TRUE(service_->Call<v1::Member>("/dangol.metrics.v1.MemberService/CreateMember", create).ok());
  ASSERT_EQ(Record(token, "2"), absl::OkStatus());
  const std::vector<AuditEntry> entries = Entries();
  ASSERT_THAT(entries, SizeIs(3));
  EXPECT_EQ(entries[0].principal(), "kim");
  EXPECT_EQ(entries[0].method(), "dangol.gateway.v1.Session/SignInByEmail");
  EXPECT_EQ(entries[1].principal(), "services/gateway");
  EXPECT_EQ(entries[2].method(), "dangol.gateway.v1.TokenService/CreateToken");
  EXPECT_THAT(entries[2].fields(), ElementsAre("token.roles"));
  EXPECT_THAT(Entries("tokens/ci"), SizeIs(1));
  // One chain.
  storage::AuditChain chain;
  for (const AuditEntry& entry : entries) EXPECT_EQ(chain.Next(rpc::ToRow(entry)), "");
}

TEST_F(AuditServiceTest, StoresTheSameRequestOnce) {
  ASSERT_EQ(Record(SignIn()), absl::OkStatus());
  ASSERT_EQ(Record(SignIn()), absl::OkStatus());
  service_->Restart();
  ASSERT_EQ(Record(SignIn()), absl::OkStatus());
  EXPECT_THAT(Entries(), SizeIs(1));
  ASSERT_EQ(Record(SignIn(), "2"), absl::OkStatus());
  EXPECT_THAT(Entries(), SizeIs(2));
}

TEST_F(AuditServiceTest, StoresWhatWasDeniedThere) {
  AuditEntry denied = SignIn("");
  denied.set_denial("CODE_WRONG");
  denied.set_denied_calls(7);
  ASSERT_EQ(Record(denied), absl::OkStatus());
  EXPECT_EQ(Entries().front().denied_calls(), 7);
}

// Nobody writes into the log in another's name, whatever his rights.
TEST_F(AuditServiceTest, IsForTheGatewayAlone) {
  for (const rpc::Principal& who :
       {rpc::LocalPrincipal(), rpc::Principal{.name = "tokens/gateway", .roles = {"admin"}, .stages = {}},
        rpc::Principal{.name = "gateway", .roles = {"admin"}, .stages = {}},
        rpc::Principal{.name = "services/digests", .roles = {"service"}, .stages = {}}}) {
    authorizer_->principal = who;
    EXPECT_EQ(Record(SignIn()).code(), absl::StatusCode::kPermissionDenied) << who.name;
  }
  EXPECT_THAT(Entries(), IsEmpty());
}

TEST_F(AuditServiceTest, RefusesWhatIsNoEntryOfTheGateway) {
  std::vector<std::string> wrong = {"\xff\xff", "x"};
  const auto add = [&](void (*spoil)(AuditEntry&)) {
    AuditEntry entry = SignIn();
    spoil(entry);
    wrong.push_back(entry.SerializeAsString());
  };
  add([](AuditEntry& entry) { entry.set_number(1); });
  add([](AuditEntry& entry) { entry.set_hash("h"); });
  add([](AuditEntry& entry) { entry.set_request_hash("h"); });
  add([](AuditEntry& entry) { entry.set_method("dangol.tickets.v1.TicketService/AcceptTicket"); });
  add([](AuditEntry& entry) { entry.clear_method(); });
  add([](AuditEntry& entry) { entry.set_denial("CODE_WRONG"); });
  add([](AuditEntry& entry) { entry.set_denied_calls(1); });
  wrong.push_back(SignIn().SerializeAsString() + "\xf8\x07\x01");  // field 127
  for (const std::string& bytes : wrong) {
    const absl::Status refused = RecordBytes(bytes, "1");
    EXPECT_EQ(ErrorReason(refused), "INVALID_FIELD") << refused;
    EXPECT_THAT(testing::ViolatedFields(refused), ElementsAre("audit_entry")) << refused;
  }
  EXPECT_THAT(Entries(), IsEmpty());
  EXPECT_EQ(Record(SignIn()), absl::OkStatus());
}

// Entries of one log stand about in the order of their times: lists by time stop where others are far away.
TEST_F(AuditServiceTest, HasTimesThatAreNear) {
  const absl::Time day_ago = now() - absl::Hours(24);
  for (const absl::Time time : {day_ago, now() + absl::Hours(1), now() - absl::Hours(1)}) {
    AuditEntry entry = SignIn();
    *entry.mutable_time() = ToProtoTime(time);
    ASSERT_EQ(Record(entry, absl::FormatTime(time)), absl::OkStatus());
  }
  const std::vector<AuditEntry> entries = Entries();
  ASSERT_THAT(entries, SizeIs(3));
  EXPECT_EQ(FromProtoTime(entries[0].time()), day_ago + absl::Hours(12));
  EXPECT_LE(FromProtoTime(entries[1].time()), now());
  EXPECT_EQ(FromProtoTime(entries[2].time()), day_ago + absl::Hours(23));
}

}  // namespace
}  // namespace dangol::metrics
