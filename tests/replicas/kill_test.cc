// One of two replicas killed with SIGKILL in mid-load, again and again: the other one goes on, and nothing that was
// acknowledged is lost or done twice.
#include <initializer_list>
#include <string>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include <gtest/gtest.h>

#include "tests/crash/loop_process_test.h"
#include "tests/replicas/tickets_replicas_test.h"

namespace dangol::testing {
namespace {

using api::v1::SubscriptionStatus;

constexpr int kKills = 20;
constexpr int kKillsInTheLoop = 8;
constexpr int kCallsInFlight = 48;
// What the other one has to acknowledge while one is dead.
constexpr int64_t kMeanwhile = 100;
constexpr absl::Duration kLookInterval = absl::Milliseconds(20);

using ReplicaKill = TicketsReplicasTest;

TEST_F(ReplicaKill, TheOtherGoesOnAndNothingIsLostOrDoneTwice) {
  StartBoth();
  const LoadClient& client = StartClient(suite_.NewChannel("tickets"), kCallsInFlight);
  FeedFollower follower(suite_.NewChannel("tickets"));
  for (int kill = 0; kill < kKills && !HasFailure(); ++kill) {
    WaitForMore(client, kMeanwhile);
    ServiceProcess& killed = replica(static_cast<size_t>(kill % 2));
    EXPECT_TRUE(killed.Running()) << "it ended by itself: " << killed.process().errors();
    killed.Kill();
    WaitForMore(client, kMeanwhile);
    StartAndWait(killed);
  }
  FinishWork({&follower});
  fmt::print("{} kills, {} calls acknowledged, {} attempts failed, {} events followed over {} streams\n", kKills,
             client.acknowledged(), client.attempts_failed(), follower.sequence(), follower.ends().size() + 1);
}

class ReplicaKillInTheLoop : public LoopProcessTest {
 protected:
  ReplicaKillInTheLoop() : LoopProcessTest(2) {}

  // How a process follows the feed of tickets.
  SubscriptionStatus::State StateOf(ServiceProcess& service) {
    const auto status = service.Status();
    if (!status.ok()) return SubscriptionStatus::STATE_UNSPECIFIED;
    for (const SubscriptionStatus& subscription : status->subscriptions()) {
      if (subscription.feed() == "tickets") return subscription.state();
    }
    return SubscriptionStatus::STATE_UNSPECIFIED;
  }

  // The replica of the backlog that follows tickets, as soon as there is one.
  ServiceProcess& WaitForFollower(std::initializer_list<size_t> candidates) {
    for (const absl::Time end = absl::Now() + kPatience; absl::Now() < end; absl::SleepFor(kLookInterval)) {
      for (size_t i : candidates) {
        if (StateOf(suite_.backlog(i)) == SubscriptionStatus::FOLLOWING) return suite_.backlog(i);
      }
    }
    ADD_FAILURE() << "nobody follows";
    return suite_.backlog(*candidates.begin());
  }
};

TEST_F(ReplicaKillInTheLoop, TheOtherTakesOverAndAllComesRight) {
  fmt::print("seed {} (DANGOL_SEED repeats the choices, not the moments)\n", seed_);
  ASSERT_TRUE(suite_.StartAll());
  StartWork();
  for (int kill = 0; kill < kKillsInTheLoop && !HasFailure(); ++kill) {
    absl::SleepFor(Uniform(absl::Milliseconds(30), absl::Milliseconds(300)));
    // Of each service the first and the second in turn, so that one of the two is always there.
    ServiceProcess& killed = suite_.all()[static_cast<size_t>(kill) % suite_.all().size()];
    EXPECT_TRUE(killed.Running()) << killed.service() << " ended by itself: " << killed.process().errors();
    killed.Kill();
    StartAndMeasure(killed);
  }
  // Who follows is killed and stays away, for as long as it takes.
  ServiceProcess& follower = WaitForFollower({0, 1});
  follower.Kill();
  const absl::Time killed = absl::Now();
  FinishWork();
  WaitForFollower({&follower == &suite_.backlog(0) ? size_t{1} : size_t{0}});
  const absl::Duration taken_over = absl::Now() - killed;
  StartAndMeasure(follower);
  ExpectAllIsWell();
  StopAll();
  fmt::print("{} kills, taken over {} after the last, {}\n", kKillsInTheLoop + 1, absl::FormatDuration(taken_over),
             Told());
}

}  // namespace
}  // namespace dangol::testing
