// Sessions, and the links by which they begin.
#include "common/identity/session.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/base/simulated_runtime.h"
#include "common/identity/keys.h"
#include "common/identity/login.h"
#include "common/rpc/authorization.h"
#include "tests/support/temporary_folder.h"

namespace dangol::identity {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const rpc::Principal kJane{.name = "jane", .roles = {"agent", "owner"}, .stages = {"engines/e/stages/s"}};

class SessionTest : public ::testing::Test {
 protected:
  SessionTest() : keys_(folder_.File("keys"), runtime_) {
    EXPECT_EQ(keys_.folder().Create(runtime_), absl::OkStatus());
  }

  std::string ReasonFor(std::string_view sealed) { return ErrorReason(keys_.OpenSession(sealed).status()); }

  testing::TemporaryFolder folder_;
  SimulatedRuntime runtime_{1};
  Keys keys_;
};

TEST_F(SessionTest, ComesBackFromItsCookieWhichTellsNothing) {
  const Session session = NewSession(kJane, runtime_);
  const std::string sealed = *keys_.SealSession(session);
  EXPECT_THAT(sealed, Not(HasSubstr("jane")));
  EXPECT_NE(sealed, *keys_.SealSession(session));
  const absl::StatusOr<Session> opened = keys_.OpenSession(sealed);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->id, session.id);
  EXPECT_EQ(opened->principal.name, "jane");
  EXPECT_THAT(opened->principal.roles, ElementsAre("agent", "owner"));
}

// What it owns, and for whom it stands, are looked up, however much that is.
TEST_F(SessionTest, OfAMemberLeavesOutWhatIsLookedUp) {
  rpc::Principal owner = kJane;
  owner.stages.assign(200, std::string(140, 's'));
  owner.act_for.assign(200, std::string(70, 'm'));
  const std::string sealed = *keys_.SealSession(NewSession(owner, runtime_));
  EXPECT_LT(sealed.size(), 1000U);
  const absl::StatusOr<Session> opened = keys_.OpenSession(sealed);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_THAT(opened->principal.stages, IsEmpty());
  EXPECT_THAT(opened->principal.act_for, IsEmpty());
  const absl::StatusOr<Session> of_operator =
      keys_.OpenSession(*keys_.SealSession(NewSession(rpc::LocalPrincipal(), runtime_)));
  ASSERT_TRUE(of_operator.ok()) << of_operator.status();
  EXPECT_THAT(of_operator->principal.act_for, ElementsAre(rpc::kAnybody));
}

TEST_F(SessionTest, ThatWasChangedAnywhereIsNone) {
  const std::string sealed = *keys_.SealSession(NewSession(kJane, runtime_));
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    // Bits behind the last byte are read by nobody.
    if (i + 1 < sealed.size()) {
      EXPECT_EQ(ReasonFor(changed), "CREDENTIAL_INVALID") << i;
    }
    EXPECT_EQ(ReasonFor(sealed.substr(0, i)), "CREDENTIAL_INVALID") << i;
  }
  EXPECT_EQ(ReasonFor(std::string(1 << 20, '.')), "CREDENTIAL_INVALID");
}

TEST_F(SessionTest, OfAnotherKeyIsNone) {
  testing::TemporaryFolder elsewhere;
  Keys other(elsewhere.File("keys"), runtime_);
  ASSERT_EQ(other.folder().Create(runtime_), absl::OkStatus());
  const std::string foreign = *other.SealSession(NewSession(kJane, runtime_));
  EXPECT_EQ(ReasonFor(foreign), "CREDENTIAL_INVALID");
  // Also under the name of a key that is known.
  const std::string own = *keys_.SealSession(NewSession(kJane, runtime_));
  EXPECT_EQ(ReasonFor(own.substr(0, own.rfind('.')) + foreign.substr(foreign.rfind('.'))), "CREDENTIAL_INVALID");
}

TEST_F(SessionTest, EndsUnusedAfterTwelveHoursAndUsedAfterSevenDays) {
  Session session = NewSession(kJane, runtime_);
  std::string sealed = *keys_.SealSession(session);
  runtime_.RunFor(kSessionIdleMax - absl::Seconds(1));
  EXPECT_EQ(ReasonFor(sealed), "");
  runtime_.RunFor(absl::Seconds(1));
  EXPECT_EQ(ReasonFor(sealed), "CREDENTIAL_EXPIRED");
  session = NewSession(kJane, runtime_);
  for (int hour = 0; hour < 7 * 24; ++hour) {
    session.used = runtime_.Now();
    sealed = *keys_.SealSession(session);
    EXPECT_EQ(ReasonFor(sealed), "") << hour;
    runtime_.RunFor(absl::Hours(1));
  }
  session.used = runtime_.Now();
  EXPECT_EQ(ReasonFor(*keys_.SealSession(session)), "CREDENTIAL_EXPIRED");
}

TEST_F(SessionTest, ThatWasEndedIsNoneInAnyCopyAndForEveryProgram) {
  const Session session = NewSession(kJane, runtime_);
  const std::string sealed = *keys_.SealSession(session);
  const std::string copy = *keys_.SealSession(session);
  const std::string another = *keys_.SealSession(NewSession(kJane, runtime_));
  Keys other(folder_.File("keys"), runtime_);
  EXPECT_TRUE(other.OpenSession(sealed).ok());
  ASSERT_EQ(keys_.EndSession(session), absl::OkStatus());
  for (const std::string& one : {sealed, copy}) EXPECT_EQ(ReasonFor(one), "CREDENTIAL_INVALID");
  EXPECT_EQ(ReasonFor(another), "");
  runtime_.RunFor(absl::Seconds(5));
  EXPECT_FALSE(other.OpenSession(sealed).ok());
}

TEST_F(SessionTest, OutlivesANewKey) {
  const std::string before = *keys_.SealSession(NewSession(kJane, runtime_));
  runtime_.RunFor(absl::Seconds(1));  // ids sort by time
  ASSERT_TRUE(keys_.folder().AddSessionKey(runtime_).ok());
  runtime_.RunFor(absl::Seconds(5));
  const std::string after = *keys_.SealSession(NewSession(kJane, runtime_));
  EXPECT_NE(before.substr(0, before.rfind('.')), after.substr(0, after.rfind('.')));
  EXPECT_EQ(ReasonFor(before), "");
  EXPECT_EQ(ReasonFor(after), "");
}

TEST_F(SessionTest, BeginsByALinkThatWorksOnce) {
  const std::string code = *AddLogin(keys_.folder(), kJane, kLoginLifetime, runtime_);
  const absl::StatusOr<rpc::Principal> principal = TakeLogin(keys_.folder(), code, runtime_);
  ASSERT_TRUE(principal.ok()) << principal.status();
  EXPECT_EQ(principal->name, "jane");
  const absl::Status again = TakeLogin(keys_.folder(), code, runtime_).status();
  EXPECT_EQ(ErrorReason(again), "LOGIN_USED");
  // The folder may be another one than that of the gateway.
  EXPECT_THAT(std::string(again.message()), ::testing::HasSubstr("--data"));
}

TEST_F(SessionTest, DoesNotBeginByALinkThatIsOldOrNone) {
  const std::string code = *AddLogin(keys_.folder(), kJane, kLoginLifetime, runtime_);
  for (const std::string& wrong :
       {std::string(), code + "x", std::string(43, 'x'), std::string("../pepper"), std::string(43, '/')}) {
    EXPECT_EQ(ErrorReason(TakeLogin(keys_.folder(), wrong, runtime_).status()), "LOGIN_USED") << wrong;
  }
  // With a minute for clocks that differ.
  runtime_.RunFor(absl::Minutes(6));
  EXPECT_EQ(ErrorReason(TakeLogin(keys_.folder(), code, runtime_).status()), "LOGIN_USED");
}

TEST_F(SessionTest, IsNotBegunByLookingAtALink) {
  const std::string code = *AddLogin(keys_.folder(), MemberToSignIn("kim"), kInvitationLifetime, runtime_);
  for (int i = 0; i < 2; ++i) {
    const absl::StatusOr<rpc::Principal> principal = ReadLogin(keys_.folder(), code, runtime_);
    ASSERT_TRUE(principal.ok()) << principal.status();
    EXPECT_EQ(principal->name, "kim");
    EXPECT_TRUE(IsMemberToSignIn(*principal));
  }
  runtime_.RunFor(absl::Hours(23));
  EXPECT_TRUE(TakeLogin(keys_.folder(), code, runtime_).ok());
  EXPECT_EQ(ErrorReason(ReadLogin(keys_.folder(), code, runtime_).status()), "LOGIN_USED");
  EXPECT_FALSE(IsMemberToSignIn(rpc::LocalPrincipal()));
}

// Whatever session of theirs, in whatever program; one that begins later, when the member has come back, counts.
TEST_F(SessionTest, EndsWithTheMemberWhoLeaves) {
  Keys other(folder_.File("keys"), runtime_);
  const std::string jane = *keys_.SealSession(NewSession(kJane, runtime_));
  const std::string kim = *keys_.SealSession(NewSession(MemberToSignIn("kim"), runtime_));
  EXPECT_TRUE(other.OpenSession(jane).ok());
  runtime_.RunFor(absl::Minutes(1));
  ASSERT_EQ(keys_.folder().EndMembers({{"members/jane", runtime_.Now()}}, runtime_.Now()), absl::OkStatus());
  const std::string version = keys_.folder().Version();
  runtime_.RunFor(absl::Seconds(5));
  EXPECT_EQ(ReasonFor(jane), "CREDENTIAL_INVALID");
  EXPECT_FALSE(other.OpenSession(jane).ok());
  EXPECT_EQ(ReasonFor(kim), "");
  const std::string again = *keys_.SealSession(NewSession(kJane, runtime_));
  EXPECT_EQ(ReasonFor(again), "");
  // Said again it ends nothing more.
  ASSERT_EQ(keys_.folder().EndMembers({{"members/jane", runtime_.Now() - absl::Minutes(1)}}, runtime_.Now()),
            absl::OkStatus());
  EXPECT_EQ(keys_.folder().Version(), version);
  runtime_.RunFor(absl::Seconds(5));
  EXPECT_EQ(ReasonFor(again), "");
  // And leaves again.
  ASSERT_EQ(keys_.folder().EndMembers({{"members/jane", runtime_.Now()}}, runtime_.Now()), absl::OkStatus());
  runtime_.RunFor(absl::Seconds(5));
  EXPECT_EQ(ReasonFor(again), "CREDENTIAL_INVALID");
}

// A link's content is for links alone.
TEST_F(SessionTest, NoLinkIsATokenForCalls) {
  const std::string code = *AddLogin(keys_.folder(), kJane, kLoginLifetime, runtime_);
  EXPECT_EQ(ErrorReason(keys_.Authenticate("Bearer " + code).status()), "CREDENTIAL_INVALID");
}

}  // namespace
}  // namespace dangol::identity
