// The primary dies in the middle of the load, its standby takes over, and the services find it by themselves: nothing
// acknowledged is lost, nothing is there twice, the feed stays dense.
#include <algorithm>
#include <string>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/failover/replicas_fixture.h"

namespace dangol::testing {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr int64_t kRounds = 3;
constexpr int64_t kWrites = 500;
// From the strike to the first acknowledgement, the promotion included, which takes a fraction of a second here.
constexpr absl::Duration kGapMax = absl::Seconds(5);

class FailoverTest : public ReplicasFixture {
 protected:
  void ExpectShort(absl::Duration gap) {
    if (!kSanitized) {
      EXPECT_LE(gap, kGapMax) << one_.process().errors();
    }
  }
};

TEST_F(FailoverTest, NothingAcknowledgedIsLostWhicheverServerIsKilled) {
  const int64_t rounds = NumberFromEnvironment("DANGOL_FAILOVERS", kRounds);
  for (int64_t i = 0; i < rounds && !HasFailure(); ++i) {
    StartLoad();
    WaitForAcknowledgements(kWrites);
    pair_.Kill(primary_);
    Promote();
    ExpectShort(MeasureGap("killed"));
    JoinTheOther();
    WaitForAcknowledgements(kWrites);
    FinishLoad();
    ExpectAllIsWell();
  }
  ExpectTheFollowerSawAll();
}

TEST_F(FailoverTest, APlannedSwitchoverLosesNothingEither) {
  StartLoad();
  WaitForAcknowledgements(kWrites);
  pair_.Shut(primary_);
  Promote();
  ExpectShort(MeasureGap("shut down"));
  JoinTheOther();
  WaitForAcknowledgements(kWrites);
  FinishLoad();
  ExpectAllIsWell();
  ExpectTheFollowerSawAll();
}

TEST_F(FailoverTest, AStandbyAloneIsRefusedInOneLine) {
  const std::string standby = pair_.UrlOf(PostgresPair::Other(primary_));
  const Ended ended = RunToEnd(DANGOL_TICKETS_BINARY, {"--database", standby});
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.errors, StartsWith("dangol-tickets: Cannot open postgresql://"));
  EXPECT_THAT(ended.errors, HasSubstr("the server only reads: a standby, or told to. Name the primary in the URL"));
  EXPECT_EQ(std::ranges::count(ended.errors, '\n'), 1) << ended.errors;
}

TEST_F(FailoverTest, WritesWaitForAStandbyThatIsCutOff) {
  StartLoad();
  WaitForAcknowledgements(kWrites);
  pair_.CutOff(PostgresPair::Other(primary_));
  const int64_t before = load_->acknowledged();
  absl::SleepFor(absl::Seconds(1));
  // What the standby had already may have been answered meanwhile.
  EXPECT_LE(load_->acknowledged(), before + 32);
  EXPECT_TRUE(one_.Status().ok()) << "reads wait for nobody";
  pair_.Reconnect(PostgresPair::Other(primary_));
  WaitForAcknowledgements(kWrites);
  pair_.CutOff(PostgresPair::Other(primary_));
  pair_.Kill(primary_);
  Promote();
  MeasureGap("killed when its standby was cut off");
  FinishLoad();
  ExpectAllIsWell();
  ExpectTheFollowerSawAll();
}

// The control: as before, but nobody waits for the standby. What is proved above is not proved by checks that see
// nothing.
TEST_F(FailoverTest, WithoutASynchronousStandbyTheChecksFindWhatIsLost) {
  pair_.SetSynchronous(primary_, false);
  StartLoad();
  WaitForAcknowledgements(kWrites);
  pair_.CutOff(PostgresPair::Other(primary_));
  WaitForAcknowledgements(kWrites);
  pair_.Kill(primary_);
  Promote();
  MeasureGap("killed, which nobody waited for");
  // Some may wait for tickets that are no more: how this ends is not promised.
  load_->Finish(absl::Seconds(5));
  EXPECT_THAT(BrokenPromisesOfAll(), Contains(HasSubstr("acknowledged, is there 0 times")));
}

}  // namespace
}  // namespace dangol::testing
