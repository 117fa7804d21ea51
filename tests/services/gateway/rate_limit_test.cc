#include "services/gateway/rate_limit.h"

#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/base/simulated_runtime.h"

namespace dangol::gateway {
namespace {

TEST(RateLimit, LetsInWhatTwoSecondsBringThenOnlySoManyASecond) {
  SimulatedRuntime runtime(1);
  RateLimit limit(10, runtime);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(limit.Take("jane"), absl::OkStatus()) << i;
  const absl::Status refused = limit.Take("jane");
  EXPECT_EQ(ErrorReason(refused), "RATE_LIMITED");
  EXPECT_EQ(RetryDelay(refused), absl::Milliseconds(100));
  runtime.RunFor(RetryDelay(refused));
  EXPECT_EQ(limit.Take("jane"), absl::OkStatus());
  EXPECT_FALSE(limit.Take("jane").ok());
  // Whoever waits has no more than that.
  runtime.RunFor(absl::Hours(1));
  int taken = 0;
  while (limit.Take("jane").ok()) ++taken;
  EXPECT_EQ(taken, 20);
}

TEST(RateLimit, CountsEachCallerForHimself) {
  SimulatedRuntime runtime(1);
  RateLimit limit(1, runtime);
  while (limit.Take("jane").ok()) {
  }
  EXPECT_EQ(limit.Take("kim"), absl::OkStatus());
}

TEST(RateLimit, OfNothingIsNone) {
  SimulatedRuntime runtime(1);
  RateLimit limit(0, runtime);
  for (int i = 0; i < 100'000; ++i) ASSERT_TRUE(limit.Take("jane").ok());
}

// A step of the wall clock neither lets in nor shuts out.
TEST(RateLimit, GoesByAClockThatNeverSteps) {
  SimulatedRuntime runtime(1);
  RateLimit limit(1, runtime);
  while (limit.Take("jane").ok()) {
  }
  runtime.StepWall(absl::Hours(1));
  EXPECT_FALSE(limit.Take("jane").ok());
  runtime.StepWall(-absl::Hours(2));
  runtime.RunFor(absl::Seconds(1));
  EXPECT_TRUE(limit.Take("jane").ok());
}

}  // namespace
}  // namespace dangol::gateway
