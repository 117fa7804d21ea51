// One timer for the rows of a table: what is taken when, how the next firing is set, and what a row that fails does.
#include "common/storage/sweep.h"

#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/base/error.h"
#include "tests/common/storage/timers_fixture.h"

namespace dangol::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Items whose `value` is the time at which they are due; 0: done.
class SweepTest : public TimersTest {
 protected:
  void OpenWithSweep() {
    OpenWithTimers([this](Transaction& transaction, const Timer& timer, absl::Time now) -> absl::Status {
      const absl::StatusOr<std::vector<std::string>> swept =
          Sweep(transaction, timer, now, "SELECT id, value FROM item WHERE value > 0 ORDER BY value, id LIMIT $1",
                [&](std::string_view key) { return Finish(transaction, key); });
      if (swept.ok()) swept_.push_back(absl::StrJoin(*swept, " "));
      return swept.status();
    });
  }

  absl::Status Finish(Transaction& transaction, std::string_view key) {
    ++applied_;
    if (const absl::Status status = AppendEvent(transaction, key); !status.ok()) return status;
    if (storage_fails_) return Error(absl::StatusCode::kUnavailable, "STORAGE_FAILED", "Disk.");
    if (again_.erase(std::string(key)) > 0) {
      return transaction.Execute("UPDATE item SET value = value + 1000000 WHERE id = $1", {key});
    }
    if (bad_.contains(key)) return Error(absl::StatusCode::kFailedPrecondition, "WRONG_STATE", "Never.");
    return transaction.Execute("UPDATE item SET value = 0 WHERE id = $1", {key});
  }

  // As a handler does that makes rows due.
  void Add(absl::Duration due, const std::vector<std::string>& keys) {
    Submit({"add", [this, due, keys](Transaction& transaction) {
              absl::Status status = SetTimerNoLater(transaction, start_ + due, "item", "");
              for (const std::string& key : keys) {
                if (!status.ok()) break;
                status =
                    transaction.Execute("INSERT INTO item (id, value, body) VALUES ($1, $2, '')", {key, start_ + due});
              }
              return status;
            }});
  }
  static std::vector<std::string> Keys(int count) {
    std::vector<std::string> keys;
    for (int i = 0; i < count; ++i) keys.push_back(std::to_string(10'000 + i));
    return keys;
  }
  std::string Left() { return Read("SELECT id FROM item WHERE value > 0 ORDER BY id"); }

  std::set<std::string, std::less<>> bad_;
  std::set<std::string, std::less<>> again_;  // due again once, a second later
  bool storage_fails_ = false;
  int applied_ = 0;
  std::vector<std::string> swept_;  // a firing
};
INSTANTIATE_TEST_SUITE_P(Drivers, SweepTest, ::testing::ValuesIn(testing::Drivers()), testing::DriverName);

TEST_P(SweepTest, TakesWhatIsDueAndComesAgainWhenTheNextRowIs) {
  OpenWithSweep();
  for (int i : {30, 10, 20}) Add(absl::Seconds(i), {std::to_string(i)});
  RunUntil(absl::Seconds(20));
  EXPECT_THAT(fired_, ElementsAre(" after 10s", " after 20s"));
  EXPECT_THAT(swept_, ElementsAre("10", "20"));
  EXPECT_EQ(Left(), "30");
  RunUntil(absl::Minutes(1));
  EXPECT_EQ(Left(), "");
  EXPECT_EQ(Read("SELECT kind FROM timer"), "");
}

TEST_P(SweepTest, TakesAtMost200RowsAFiringAndGoesOnAtOnce) {
  OpenWithSweep();
  Add(absl::Seconds(1), Keys(450));
  RunUntil(absl::Seconds(1));
  EXPECT_THAT(fired_, ElementsAre(" after 1s", " after 1s", " after 1s"));
  EXPECT_EQ(applied_, 450);
  EXPECT_EQ(Left(), "");
}

TEST_P(SweepTest, ARowThatIsDueAgainComesBeforeWhatWasLeft) {
  OpenWithSweep();
  again_ = {"a"};
  Add(absl::Seconds(1), {"a"});
  Add(absl::Seconds(10), {"b"});
  RunUntil(absl::Seconds(5));
  EXPECT_THAT(fired_, ElementsAre(" after 1s", " after 2s"));
  EXPECT_EQ(Left(), "b");
  RunUntil(absl::Seconds(10));
  EXPECT_EQ(Left(), "");
}

TEST_P(SweepTest, ARowThatComesAloneMayBeDueAgain) {
  OpenWithSweep();
  bad_ = {"a"};
  Add(absl::Seconds(1), {"a"});
  RunUntil(absl::Seconds(1));
  again_ = {"a"};
  bad_.clear();
  RunUntil(absl::Minutes(1));
  EXPECT_EQ(Left(), "");
}

TEST_P(SweepTest, GoesOnWhereTheClockStepsBackBetweenTwoFirings) {
  OpenWithSweep();
  Add(-absl::Hours(3), Keys(450));
  while (swept_.empty()) runtime_.RunOne();
  runtime_.StepWall(-absl::Hours(2));
  runtime_.RunReady();
  EXPECT_EQ(Left(), "");
}

TEST_P(SweepTest, ARowThatFailsIsUndoneAloneAndTheOthersGoThrough) {
  OpenWithSweep();
  bad_ = {"b"};
  Add(absl::Seconds(1), {"a", "b", "c"});
  RunUntil(absl::Seconds(1));
  EXPECT_THAT(swept_, ElementsAre("a c"));
  EXPECT_EQ(Feed(), "1:a 2:c");
  EXPECT_EQ(Left(), "b");
  EXPECT_EQ(Read("SELECT resource || ' ' || attempt FROM timer"), "b 1");
}

TEST_P(SweepTest, ARowThatFailsDoesNotHoldUpLaterOnes) {
  OpenWithSweep();
  bad_ = {"b"};
  Add(absl::Seconds(1), {"b"});
  RunUntil(absl::Seconds(5));
  for (int i : {10, 20}) Add(absl::Seconds(i), {std::to_string(i)});
  RunUntil(absl::Seconds(20));
  EXPECT_EQ(Left(), "b");
}

TEST_P(SweepTest, ARowThatFailedComesAgainAloneAndLaterEachTime) {
  OpenWithSweep();
  bad_ = {"b"};
  Add(absl::Seconds(1), {"b"});
  RunUntil(absl::Minutes(30));
  const std::set<std::string> times(fired_.begin(), fired_.end());  // a handler that fails runs twice
  EXPECT_THAT(times, SizeIs(::testing::AllOf(::testing::Ge(12), ::testing::Le(16))));
  bad_.clear();
  RunUntil(absl::Minutes(40));
  EXPECT_EQ(Left(), "");
  EXPECT_EQ(Read("SELECT kind FROM timer"), "");
}

TEST_P(SweepTest, AFailureOfStorageIsNoRowsFault) {
  OpenWithSweep();
  storage_fails_ = true;
  Add(absl::Seconds(1), {"a", "b"});
  RunUntil(absl::Seconds(1));
  EXPECT_THAT(swept_, IsEmpty());
  EXPECT_EQ(Read("SELECT resource FROM timer"), "");
  storage_fails_ = false;
  RunUntil(absl::Minutes(1));
  EXPECT_THAT(swept_, ElementsAre("a b"));
  EXPECT_EQ(Feed(), "1:a 2:b");
}

TEST_P(SweepTest, FailsAsAWholeWhereTooManyRowsFail) {
  OpenWithSweep();
  const std::vector<std::string> keys = Keys(kSweepPostponedMost + 1);
  bad_.insert(keys.begin(), keys.end());
  Add(absl::Seconds(1), keys);
  RunUntil(absl::Seconds(1));
  EXPECT_EQ(Read("SELECT CAST(COUNT(*) AS TEXT) FROM timer WHERE resource <> ''"), std::to_string(kSweepPostponedMost));
  EXPECT_EQ(Read("SELECT CAST(attempt AS TEXT) FROM timer WHERE resource = ''"), "1");
}

}  // namespace
}  // namespace dangol::storage
