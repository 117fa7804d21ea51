// Work for later: when timers fire, that they fire once, and what a failure or a restart does to them.
#include "common/storage/timers.h"

#include <map>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/base/error.h"
#include "tests/common/storage/timers_fixture.h"

namespace dangol::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

INSTANTIATE_TEST_SUITE_P(Drivers, TimersTest, ::testing::ValuesIn(testing::Drivers()), testing::DriverName);

TEST_P(TimersTest, FiresOnceWhenItIsDueAndNotBefore) {
  OpenWithTimers();
  Set(absl::Seconds(10), "a");
  RunUntil(absl::Seconds(10) - absl::Microseconds(1));
  EXPECT_THAT(fired_, IsEmpty());
  RunUntil(absl::Hours(3));
  EXPECT_THAT(fired_, ElementsAre("a after 10s"));
  EXPECT_EQ(Items(), "a");
  EXPECT_EQ(Waiting(), "");
}

TEST_P(TimersTest, FiresEveryTimerInTheOrderOfTheirTimes) {
  OpenWithTimers();
  for (int i : {30, 10, 20}) Set(absl::Seconds(i), std::to_string(i));
  for (const char* together : {"y", "x", "z"}) Set(absl::Seconds(40), together);
  RunUntil(absl::Minutes(1));
  EXPECT_THAT(fired_,
              ElementsAre("10 after 10s", "20 after 20s", "30 after 30s", "x after 40s", "y after 40s", "z after 40s"));
}

TEST_P(TimersTest, FiresATimerThatIsSetNearerThanTheNextLook) {
  OpenWithTimers();
  Set(absl::Hours(2), "far");
  RunUntil(absl::Minutes(1));
  Set(absl::Minutes(2), "near");
  RunUntil(absl::Hours(3));
  EXPECT_THAT(fired_, ElementsAre("near after 2m", "far after 2h"));
}

TEST_P(TimersTest, FiresAtOnceWhatIsLongDue) {
  OpenWithTimers();
  Set(-absl::Hours(5), "a");
  EXPECT_THAT(fired_, ElementsAre("a after 0"));
}

TEST_P(TimersTest, ReplacesTheTimerOfTheSameKindAndResource) {
  OpenWithTimers();
  Set(absl::Seconds(10), "a");
  Set(absl::Seconds(20), "a");
  RunUntil(absl::Minutes(1));
  EXPECT_THAT(fired_, ElementsAre("a after 20s"));
}

TEST_P(TimersTest, TheEarliestOfTheSameKindAndResourceWins) {
  OpenWithTimers();
  for (int seconds : {20, 10, 30}) {
    Submit({"set", [this, seconds](Transaction& transaction) {
              return SetTimerNoLater(transaction, start_ + absl::Seconds(seconds), "item", "a");
            }});
  }
  RunUntil(absl::Minutes(1));
  EXPECT_THAT(fired_, ElementsAre("a after 10s"));
}

TEST_P(TimersTest, OneThatFailedAndIsSetEarlierKeepsTheCountOfItsFailures) {
  std::vector<int64_t> attempts;
  OpenWithTimers([&](Transaction&, const Timer& timer, absl::Time) {
    attempts.push_back(timer.attempt);
    return timer.attempt == 0 ? Error(absl::StatusCode::kFailedPrecondition, "WRONG_STATE", "Not yet.")
                              : absl::OkStatus();
  });
  Set(absl::Seconds(10), "a");
  RunUntil(absl::Seconds(10) + absl::Milliseconds(1));
  Submit({"set", [this](Transaction& transaction) { return SetTimerNoLater(transaction, start_, "item", "a"); }});
  RunUntil(absl::Seconds(10) + absl::Milliseconds(2));
  EXPECT_THAT(attempts, ElementsAre(0, 0, 1));  // one that fails runs twice
}

TEST_P(TimersTest, FiresAtOnceWhateverTheClockDoesAndTheLongestWaitingFirst) {
  OpenWithTimers();
  Set(absl::Seconds(10), "longer");
  runtime_.StepWall(absl::Seconds(20));
  Submit({"set", [this](Transaction& transaction) {
            const absl::Status status = SetTimerAtOnce(transaction, runtime_.Now(), "item", "at once");
            runtime_.StepWall(-absl::Seconds(8));
            return status;
          }});
  runtime_.RunReady();
  EXPECT_THAT(fired_, ElementsAre("longer after 12s", "at once after 12s"));
}

TEST_P(TimersTest, AFailedOneDoesNotWaitForTheTimeThatAClockSteppedBackFrom) {
  OpenWithTimers([](Transaction&, const Timer& timer, absl::Time) {
    return timer.attempt == 0 ? Error(absl::StatusCode::kFailedPrecondition, "WRONG_STATE", "Not yet.")
                              : absl::OkStatus();
  });
  Set(absl::ZeroDuration(), "a");
  EXPECT_EQ(Waiting(), "a");
  runtime_.StepWall(-absl::Hours(2));
  runtime_.RunFor(absl::Minutes(1));
  EXPECT_EQ(Waiting(), "");
}

TEST_P(TimersTest, DoesNotFireWhatWasCancelled) {
  OpenWithTimers();
  Set(absl::Seconds(10), "a");
  Submit({"cancel", [](Transaction& transaction) { return CancelTimer(transaction, "item", "a"); }});
  RunUntil(absl::Minutes(1));
  EXPECT_THAT(fired_, IsEmpty());
}

TEST_P(TimersTest, DoesNotFireWhatWasSetByACallThatFailed) {
  OpenWithTimers();
  Submit({"fails", [this](Transaction& transaction) {
            EXPECT_TRUE(SetTimer(transaction, start_ + absl::Seconds(1), "item", "a").ok());
            return Error(absl::StatusCode::kFailedPrecondition, "WRONG_STATE", "No.");
          }});
  RunUntil(absl::Minutes(1));
  EXPECT_THAT(fired_, IsEmpty());
}

TEST_P(TimersTest, ComesAgainWhereItsHandlerSetsItAnew) {
  OpenWithTimers([](Transaction& transaction, const Timer& timer, absl::Time now) {
    return SetTimer(transaction, now + absl::Seconds(10), timer.kind, timer.resource);
  });
  Set(absl::Seconds(10), "a");
  RunUntil(absl::Seconds(35));
  EXPECT_THAT(fired_, ElementsAre("a after 10s", "a after 20s", "a after 30s"));
  EXPECT_EQ(Waiting(), "a");
}

TEST_P(TimersTest, SurvivesARestart) {
  OpenWithTimers();
  Set(absl::Seconds(10), "a");
  OpenWithTimers();
  RunUntil(absl::Minutes(1));
  EXPECT_THAT(fired_, ElementsAre("a after 10s"));
  OpenWithTimers();
  RunUntil(absl::Minutes(2));
  EXPECT_THAT(fired_, SizeIs(1));
}

TEST_P(TimersTest, AFailedOneIsUndoneAndComesAgainEachTimeLater) {
  constexpr int64_t kFailures = 11;
  std::map<int64_t, absl::Duration> times;  // by attempt
  OpenWithTimers([&](Transaction& transaction, const Timer& timer, absl::Time now) {
    times[timer.attempt] = now - start_;
    EXPECT_TRUE(InsertItem(transaction, "effect").ok());
    EXPECT_TRUE(AppendEvent(transaction, "effect").ok());
    if (timer.attempt < kFailures) return Error(absl::StatusCode::kFailedPrecondition, "WRONG_STATE", "Not yet.");
    return absl::OkStatus();
  });
  Set(absl::Seconds(10), "a");
  RunUntil(absl::Hours(2));
  ASSERT_THAT(times, SizeIs(kFailures + 1));
  for (int64_t i = 1; i <= kFailures; ++i) {
    const absl::Duration pause = times[i] - times[i - 1];
    const absl::Duration expected = std::min(absl::Seconds(1 << (i - 1)), absl::Minutes(5));
    EXPECT_GE(pause, expected * 0.8) << i;
    EXPECT_LE(pause, expected * 1.2 + absl::Milliseconds(1)) << i;
  }
  EXPECT_EQ(Items(), "effect");
  EXPECT_EQ(Feed(), "1:effect");
  EXPECT_EQ(Waiting(), "");
}

TEST_P(TimersTest, AFailedOneDoesNotHoldUpTheOthers) {
  OpenWithTimers([](Transaction& transaction, const Timer& timer, absl::Time) {
    if (timer.resource == "bad") return Error(absl::StatusCode::kFailedPrecondition, "WRONG_STATE", "Never.");
    return InsertItem(transaction, timer.resource);
  });
  Set(absl::Seconds(1), "bad");
  for (int i = 1; i < 10; ++i) Set(absl::Seconds(10 * i), std::to_string(i));
  RunUntil(absl::Seconds(91));
  EXPECT_EQ(Items(), "1 2 3 4 5 6 7 8 9");
  EXPECT_EQ(Waiting(), "bad");
}

TEST_P(TimersTest, ATimerThatNobodyHandlesDoesNotHoldUpTheOthers) {
  OpenWithTimers();
  Submit({"set", [this](Transaction& transaction) {
            return SetTimer(transaction, start_ + absl::Seconds(1), "unknown kind", "a");
          }});
  Set(absl::Seconds(2), "b");
  RunUntil(absl::Minutes(1));
  EXPECT_EQ(Items(), "b");
}

TEST_P(TimersTest, WaitsOutAFailureOfStorage) {
  OpenWithTimers();
  Set(absl::Seconds(10), "a");
  database_->fail_commits = true;
  bool disk_works = false;
  database_->on_recover = [&] { return disk_works ? absl::OkStatus() : absl::UnavailableError("broken"); };
  RunUntil(absl::Minutes(1));
  EXPECT_EQ(Items(), "");
  disk_works = true;
  database_->fail_commits = false;
  RunUntil(absl::Minutes(2));
  EXPECT_EQ(Items(), "a");
  EXPECT_EQ(Waiting(), "");
}

TEST_P(TimersTest, DoesNotFireEarlyWhereTheClockStepsBack) {
  OpenWithTimers();
  Set(absl::Seconds(10), "a");
  runtime_.StepWall(-absl::Minutes(5));
  runtime_.RunFor(absl::Minutes(1));
  EXPECT_THAT(fired_, IsEmpty());
  RunUntil(absl::Seconds(10));
  EXPECT_THAT(fired_, ElementsAre("a after 10s"));
}

TEST_P(TimersTest, FiresAtOnceWhatIsSetAfterTheClockSteppedForward) {
  OpenWithTimers();
  runtime_.StepWall(absl::Hours(2));
  Set(absl::Hours(2), "now");
  Submit({"set",
          [this](Transaction& transaction) { return SetTimerAtOnce(transaction, runtime_.Now(), "item", "at once"); }});
  runtime_.RunReady();
  EXPECT_THAT(fired_, ElementsAre("now after 2h", "at once after 2h"));
}

TEST_P(TimersTest, FiresWithinSecondsWhatBecameDueBecauseTheClockSteppedForward) {
  OpenWithTimers();
  Set(absl::Hours(24), "a");
  runtime_.StepWall(absl::Hours(24));
  runtime_.RunFor(absl::Seconds(10));
  EXPECT_THAT(fired_, SizeIs(1));
}

TEST_P(TimersTest, LooksAgainSoonAfterAFailureThoughTheClockStepsBack) {
  OpenWithTimers();
  Set(absl::Seconds(10), "a");
  database_->fail_commits = true;
  runtime_.RunFor(absl::Seconds(10));
  runtime_.StepWall(-absl::Seconds(1));
  database_->fail_commits = false;
  runtime_.RunFor(absl::Seconds(10));
  EXPECT_EQ(Items(), "a");
}

}  // namespace
}  // namespace dangol::storage
