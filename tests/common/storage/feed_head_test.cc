// Waiting for the feed to move on.
#include "common/storage/feed_head.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/common/base/movable_runtime.h"

namespace dangol::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kIncarnation[] = "01234567-89ab-4cde-8f01-23456789abcd";

class FeedHeadTest : public ::testing::Test {
 protected:
  int64_t WaitFor(int64_t sequence, const std::string& name) {
    return head_.WaitFor(sequence, [this, name] { woken_.push_back(name); });
  }
  // Who was woken since the last time.
  std::vector<std::string> Woken() {
    runtime_.RunReady();
    return std::exchange(woken_, {});
  }

  testing::MovableRuntime runtime_;
  FeedHead head_{runtime_, kIncarnation, 5};
  std::vector<std::string> woken_;
};

TEST_F(FeedHeadTest, WakesAtOnceWhereTheFeedIsThere) {
  WaitFor(5, "there");
  EXPECT_THAT(woken_, IsEmpty());  // on a thread of its own
  EXPECT_THAT(Woken(), ElementsAre("there"));
}

TEST_F(FeedHeadTest, WakesWhenTheFeedHasReachedThePosition) {
  WaitFor(6, "a6");
  WaitFor(8, "a8");
  WaitFor(7, "a7");
  WaitFor(6, "b6");
  EXPECT_THAT(Woken(), IsEmpty());
  head_.Advance(6);
  EXPECT_THAT(Woken(), ElementsAre("a6", "b6"));
  head_.Advance(8);
  EXPECT_THAT(Woken(), ElementsAre("a7", "a8"));
  EXPECT_EQ(head_.sequence(), 8);
}

TEST_F(FeedHeadTest, NeverGoesBack) {
  head_.Advance(3);
  EXPECT_EQ(head_.sequence(), 5);
}

TEST_F(FeedHeadTest, ForgetsWhoCancelled) {
  const int64_t a = WaitFor(6, "a");
  WaitFor(6, "b");
  head_.Cancel(a);
  head_.Cancel(a);
  head_.Cancel(999);
  head_.Advance(6);
  EXPECT_THAT(Woken(), ElementsAre("b"));
  head_.Cancel(a);
}

// "The task has run, is running, or will never run."
TEST_F(FeedHeadTest, WakesNobodyWhoCancelledBeforeItsTurn) {
  const int64_t a = WaitFor(6, "a");
  head_.Advance(6);
  head_.Cancel(a);
  EXPECT_THAT(Woken(), IsEmpty());
}

TEST_F(FeedHeadTest, DestroysTheTaskOfWhoCancelled) {
  auto held = std::make_shared<int>(1);
  const int64_t waiter = head_.WaitFor(6, [held] {});
  EXPECT_EQ(held.use_count(), 2);
  head_.Cancel(waiter);
  EXPECT_EQ(held.use_count(), 1);
}

TEST_F(FeedHeadTest, WakesNobodyOnceItIsStopped) {
  WaitFor(6, "a");
  head_.Stop();
  head_.Advance(6);
  EXPECT_THAT(Woken(), IsEmpty());
}

}  // namespace
}  // namespace dangol::storage
