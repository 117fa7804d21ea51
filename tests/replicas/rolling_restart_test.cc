// Two replicas of each service, restarted one after the other under load: nobody who calls them notices.
#include <string>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/crash/loop_process_test.h"
#include "tests/replicas/tickets_replicas_test.h"

namespace dangol::testing {
namespace {

using ::testing::IsEmpty;

constexpr int kRounds = 5;
constexpr int kCallsInFlight = 48;
// What an operator waits, too: clients look for a replica that was away every 200 ms here.
constexpr absl::Duration kBetweenRestarts = absl::Milliseconds(400);

using RollingRestart = TicketsReplicasTest;

TEST_F(RollingRestart, NoCallFails) {
  // A connection ends by its age, too, without a call noticing.
  for (size_t i : {0, 1}) replica(i).AddArguments({"--connection-age", "1s"});
  StartBoth();
  const LoadClient& client = StartClient(suite_.NewChannel("tickets"), kCallsInFlight);
  FeedFollower follower(suite_.NewChannel("tickets"));
  for (int restart = 0; restart < 2 * kRounds && !HasFailure(); ++restart) {
    absl::SleepFor(kBetweenRestarts);
    ServiceProcess& restarted = replica(static_cast<size_t>(restart % 2));
    EXPECT_EQ(restarted.Stop(kPatience), 0) << restarted.process().errors();
    StartAndWait(restarted);
  }
  FinishWork({&follower});
  EXPECT_THAT(client.failures(), IsEmpty());
  fmt::print("{} restarts, {} calls acknowledged, {} failed, {} events followed over {} streams\n", 2 * kRounds,
             client.acknowledged(), client.attempts_failed(), follower.sequence(), follower.ends().size() + 1);
}

class RollingRestartOfAll : public LoopProcessTest {
 protected:
  RollingRestartOfAll() : LoopProcessTest(2) {}
};

TEST_F(RollingRestartOfAll, TheLoopGoesOnAndNoCallFails) {
  ASSERT_TRUE(suite_.StartAll());
  StartWork();
  for (ServiceProcess& service : suite_.all()) {
    EXPECT_EQ(service.Stop(kPatience), 0) << service.process().errors();
    StartAndMeasure(service);
    absl::SleepFor(kBetweenRestarts);
  }
  FinishWork();
  EXPECT_EQ(SentAgain(), 0);
  ExpectAllIsWell();
  StopAll();
  fmt::print("each of {} restarted: {}\n", suite_.all().size(), Told());
}

}  // namespace
}  // namespace dangol::testing
