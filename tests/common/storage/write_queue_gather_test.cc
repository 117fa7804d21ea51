// When the next batch begins: at once for who is alone, and with about half of the calls where many call at a time.
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/storage/write_queue.h"
#include "tests/common/storage/queue_fixture.h"

namespace dangol::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class GatherTest : public QueueTest {
 protected:
  void SetUp() override {
    gathers_ = true;
    Open();
  }
  void SubmitSome(int count) {
    for (int i = 0; i < count; ++i) Submit({std::to_string(next_++)});
  }
  // How many writes were applied.
  size_t RunAndCount() { return Lines(Run(), "apply").size(); }
  int64_t commits() const { return queue_->counters().commits; }

  int next_ = 0;
};
INSTANTIATE_TEST_SUITE_P(Drivers, GatherTest, ::testing::ValuesIn(testing::Drivers()), testing::DriverName);

TEST_P(GatherTest, WhoCallsAloneNeverWaits) {
  for (int i = 0; i < 3; ++i) {
    SubmitSome(1);
    EXPECT_EQ(RunAndCount(), 1u);
  }
}

TEST_P(GatherTest, TwoWhoCallInTurnNeverWait) {
  SubmitSome(2);
  EXPECT_EQ(RunAndCount(), 2u);
  for (int i = 0; i < 4; ++i) {
    SubmitSome(1);
    EXPECT_EQ(RunAndCount(), 1u);
  }
}

TEST_P(GatherTest, BeginsWhenHalfOfThoseWhoWereAnsweredHaveCalledAgain) {
  SubmitSome(8);
  EXPECT_EQ(RunAndCount(), 8u);
  SubmitSome(3);
  EXPECT_EQ(RunAndCount(), 0u);
  SubmitSome(1);
  EXPECT_EQ(RunAndCount(), 4u);
  EXPECT_EQ(commits(), 2);
}

TEST_P(GatherTest, WaitsAMomentAtMost) {
  SubmitSome(8);
  Run();
  SubmitSome(1);
  runtime_.RunFor(absl::Microseconds(999));
  EXPECT_THAT(Lines(Run(), "apply"), IsEmpty());
  runtime_.RunFor(absl::Microseconds(1));
  EXPECT_THAT(Lines(Run(), "apply"), SizeIs(1));
  // And that was the last time.
  SubmitSome(1);
  EXPECT_EQ(RunAndCount(), 1u);
}

TEST_P(GatherTest, WhereNobodyComesItIsAsIfNobodyHadBeenThere) {
  SubmitSome(8);
  Run();
  runtime_.RunFor(absl::Milliseconds(1));
  SubmitSome(1);
  EXPECT_EQ(RunAndCount(), 1u);
}

TEST_P(GatherTest, ReactionsAndTimersDoNotWait) {
  for (Lane lane : {Lane::kReaction, Lane::kTimer}) {
    SubmitSome(8);
    runtime_.RunFor(absl::Milliseconds(2));
    trace_.clear();
    SubmitSome(1);
    Submit({std::to_string(next_++)}, lane);
    EXPECT_EQ(RunAndCount(), 2u);
    runtime_.RunFor(absl::Milliseconds(2));
    trace_.clear();
  }
}

TEST_P(GatherTest, StopAnswersThoseWhoWait) {
  SubmitSome(8);
  Run();
  Submit({"waits"});
  queue_->Stop();
  EXPECT_THAT(Run(), ElementsAre("done waits UNAVAILABLE DRAINING"));
}

}  // namespace
}  // namespace dangol::storage
