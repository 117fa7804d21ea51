// What a session allows is what its member may do now.
#include "services/gateway/members.h"

#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/simulated_runtime.h"
#include "common/identity/session.h"
#include "common/identity/tokens.h"
#include "common/rpc/authorization.h"
#include "tests/services/gateway/fake_members.h"
#include "tests/support/temporary_folder.h"

namespace dangol::gateway {
namespace {

using metrics::v1::Member;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class MembersTest : public ::testing::Test {
 protected:
  MembersTest()
      : keys_(std::make_shared<identity::Keys>(folder_.File("keys"), runtime_)),
        members_(std::make_shared<Members>(metrics_, keys_, runtime_)) {
    EXPECT_EQ(keys_->folder().Create(runtime_), absl::OkStatus());
  }

  absl::StatusOr<rpc::Principal> Find(const std::string& who) {
    absl::StatusOr<rpc::Principal> found = absl::UnknownError("not yet");
    members_->Find(who, [&](absl::StatusOr<rpc::Principal> principal) { found = std::move(principal); });
    return found;
  }
  std::string ReasonFor(const std::string& who) { return ErrorReason(Find(who).status()); }

  testing::TemporaryFolder folder_;
  SimulatedRuntime runtime_{1};
  const std::shared_ptr<FakeMembers> metrics_ = std::make_shared<FakeMembers>();
  const std::shared_ptr<identity::Keys> keys_;
  const std::shared_ptr<Members> members_;
};

TEST_F(MembersTest, AreFoundByIdAndByEmailAddress) {
  for (const char* id : {"ann", "bea", "cho", "dan", "eve"}) metrics_->Set(id, {Member::AGENT, Member::PRIVACY});
  metrics_->Change("eve", [](Member& eve) { eve.set_email("eve@example.org"); });
  EXPECT_EQ(Find("eve")->name, "eve");
  EXPECT_THAT(Find("eve")->roles, ElementsAre("agent", "privacy"));
  EXPECT_EQ(Find("Eve@Example.org")->name, "eve");
  EXPECT_EQ(ReasonFor("ev"), "MEMBER_UNKNOWN");
  EXPECT_EQ(ReasonFor("ev@example.org"), "MEMBER_UNKNOWN");
  metrics_->Change("dan", [](Member& dan) { dan.set_email("EVE@example.org"); });
  EXPECT_EQ(ReasonFor("eve@example.org"), "EMAIL_AMBIGUOUS");
  // An address goes from who left to who comes after, whatever their order.
  metrics_->Leave("dan", runtime_.Now());
  EXPECT_EQ(Find("eve@example.org")->name, "eve");
  metrics_->Change("dan", [](Member& dan) { dan.set_state(Member::ACTIVE); });
  metrics_->Leave("eve", runtime_.Now());
  EXPECT_EQ(Find("eve@example.org")->name, "dan");
  EXPECT_EQ(ReasonFor("eve"), "MEMBER_LEFT");
  // No empty address is one.
  EXPECT_EQ(ReasonFor(""), "MEMBER_UNKNOWN");
}

TEST_F(MembersTest, EveryRoleOfAMemberIsOneOfThePolicy) {
  for (int role = Member::VIEWER; Member::Role_IsValid(role); ++role) {
    metrics_->Set("kim", {static_cast<Member::Role>(role)});
    EXPECT_NE(std::ranges::find(rpc::kRoles, Find("kim")->roles.front()), rpc::kRoles.end()) << role;
  }
}

// Somewhere on earth it is one of the days.
TEST(MemberPrincipals, ADeputyStandsForTheMemberOnTheDaysOfIt) {
  std::vector<Member> members(2);
  members[0].set_name("members/kim");
  members[0].add_stages("engines/e/stages/s");
  members[0].mutable_deputy()->set_member("members/lee");
  members[0].mutable_deputy()->set_first_day("2026-11-24");
  members[0].mutable_deputy()->set_last_day("2026-11-25");
  members[1].set_name("members/lee");
  const auto at = [&](const char* time) {
    absl::Time now;
    EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, time, &now, nullptr));
    return PrincipalsOf(members, now);
  };
  for (const char* time : {"2026-11-23T10:00:00Z", "2026-11-24T12:00:00Z", "2026-11-26T11:59:59Z"}) {
    EXPECT_THAT(at(time).at("lee").act_for, ElementsAre("members/kim")) << time;
    EXPECT_THAT(at(time).at("lee").stages, ElementsAre("engines/e/stages/s")) << time;
    EXPECT_THAT(at(time).at("kim").act_for, IsEmpty()) << time;
  }
  for (const char* time : {"2026-11-23T09:59:59Z", "2026-11-26T12:00:00Z"}) {
    EXPECT_THAT(at(time).at("lee").act_for, IsEmpty()) << time;
    EXPECT_THAT(at(time).at("lee").stages, IsEmpty()) << time;
  }
  members[1].set_state(Member::LEFT);
  EXPECT_FALSE(at("2026-11-24T12:00:00Z").contains("lee"));
}

TEST_F(MembersTest, ChangeWhatTheirSessionsAllowWithinTenSeconds) {
  metrics_->Set("kim", {Member::LEAD});
  members_->Start();
  const identity::Session signed_in = identity::NewSession(*Find("kim"), runtime_);
  metrics_->Set("kim", {Member::VIEWER});
  runtime_.RunFor(absl::Seconds(10));
  EXPECT_THAT(members_->Current(signed_in)->roles, ElementsAre("viewer"));
  metrics_->SetAway(true);
  runtime_.RunFor(absl::Hours(1));
  EXPECT_THAT(members_->Current(signed_in)->roles, ElementsAre("viewer"));
  // The operator is no member.
  EXPECT_THAT(members_->Current(identity::NewSession(rpc::LocalPrincipal(), runtime_))->roles,
              ElementsAre("lead", "admin", "privacy"));
}

TEST_F(MembersTest, AreWhatTheyWereAtTheSignInUntilTheyAreRead) {
  metrics_->SetAway(true);
  members_->Start();
  runtime_.RunFor(absl::Seconds(10));
  const identity::Session signed_in = identity::NewSession({.name = "kim", .roles = {"agent"}, .stages = {}}, runtime_);
  EXPECT_THAT(members_->Current(signed_in)->roles, ElementsAre("agent"));
  metrics_->SetAway(false);
  runtime_.RunFor(absl::Seconds(10));
  EXPECT_EQ(ErrorReason(members_->Current(signed_in).status()), "MEMBER_LEFT");
}

// One gateway reads that somebody is new, and another has not yet.
TEST_F(MembersTest, WhoAreNewCountWhereTheyWereNotReadYet) {
  members_->Start();
  runtime_.RunFor(absl::Seconds(4));
  const identity::Session session = identity::NewSession({.name = "kim", .roles = {"agent"}, .stages = {}}, runtime_);
  EXPECT_THAT(members_->Current(session)->roles, ElementsAre("agent"));
  metrics_->Set("kim", {Member::LEAD});
  runtime_.RunFor(absl::Seconds(10));
  EXPECT_THAT(members_->Current(session)->roles, ElementsAre("lead"));
}

// In every program that has the folder of keys, and when this one is started anew.
TEST_F(MembersTest, WhoLeaveLoseTheirSessionsAndTokensWithinTenSeconds) {
  identity::Keys service(folder_.File("keys"), runtime_);
  metrics_->Set("kim", {Member::LEAD});
  metrics_->Set("lee", {Member::LEAD});
  members_->Start();
  const std::string kim = *keys_->SealSession(identity::NewSession(*Find("kim"), runtime_));
  const std::string lee = *keys_->SealSession(identity::NewSession(*Find("lee"), runtime_));
  const auto create = [&](const std::string& id, const std::string& member) {
    std::string secret;
    const absl::Status made = keys_->folder().ChangeTokens([&](const auto& keys, auto& tokens) {
      const auto token = identity::CreateToken(tokens, keys.pepper,
                                               {.id = id,
                                                .roles = {"lead"},
                                                .stages = {},
                                                .permissions = {},
                                                .expire_time = std::nullopt,
                                                .request_key = "",
                                                .member = member},
                                               runtime_);
      secret = "Bearer " + token->secret;
      return absl::OkStatus();
    });
    EXPECT_EQ(made, absl::OkStatus());
    return secret;
  };
  const std::string of_kim = create("of-kim", "members/kim");
  const std::string of_nobody = create("of-nobody", "");
  EXPECT_THAT(service.Authenticate(of_kim)->act_for, ElementsAre("members/kim"));
  EXPECT_THAT(service.Authenticate(of_nobody)->act_for, ElementsAre(rpc::kAnybody));
  runtime_.RunFor(absl::Minutes(1));
  EXPECT_TRUE(service.OpenSession(kim).ok());

  metrics_->Leave("kim", runtime_.Now());
  runtime_.RunFor(absl::Seconds(10));
  EXPECT_EQ(ErrorReason(service.OpenSession(kim).status()), "CREDENTIAL_INVALID");
  EXPECT_EQ(ErrorReason(service.Authenticate(of_kim).status()), "CREDENTIAL_INVALID");
  EXPECT_TRUE(service.OpenSession(lee).ok());
  EXPECT_TRUE(service.Authenticate(of_nobody).ok());
  // A token that is made for who has left already.
  const std::string later = create("later", "members/kim");
  runtime_.RunFor(absl::Seconds(10));
  EXPECT_FALSE(service.Authenticate(later).ok());
}

}  // namespace
}  // namespace dangol::gateway
