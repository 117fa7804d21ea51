// The three services as processes, killed in the middle of the loop, or away for as long as it goes on: nothing
// acknowledged is lost, nothing is done twice, nobody else sees an error, and in the end they all say the same.
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include <gtest/gtest.h>

#include "tests/crash/loop_process_test.h"

namespace dangol::testing {
namespace {

using simulation::LoopAgentOptions;

constexpr int64_t kKillsOfEach = 50;
constexpr absl::Duration kLoadTimeMin = absl::Milliseconds(30);
constexpr absl::Duration kLoadTimeMax = absl::Milliseconds(400);
// One kill in so many hits two services at once, and one comes before the server is ready: in its recovery, say.
constexpr uint64_t kTwoAtOnceEvery = 6;
constexpr uint64_t kEarlyKillEvery = 6;
constexpr absl::Duration kEarlyKillTimeMax = absl::Milliseconds(150);
// How long the others work before one goes away, and while it is away.
constexpr absl::Duration kTogetherTime = absl::Seconds(2);
constexpr absl::Duration kAwayTime = absl::Seconds(6);

class LoopKillTest : public LoopProcessTest {
 protected:
  // Each as often as it has left, in any order.
  void KillAgainAndAgain(int64_t kills_of_each) {
    std::array<int64_t, 3> left{};
    left.fill(kills_of_each);
    while (!HasFailure()) {
      std::vector<size_t> hit;
      for (size_t i = 0; i < left.size(); ++i) {
        if (left[i] > 0) hit.push_back(i);
      }
      if (hit.empty()) return;
      std::ranges::shuffle(hit, random_);
      hit.resize(std::min<size_t>(hit.size(), OneIn(kTwoAtOnceEvery) ? 2 : 1));
      absl::SleepFor(Uniform(kLoadTimeMin, kLoadTimeMax));
      for (size_t i : hit) Kill(suite_.all()[i], left[i]);
      for (size_t i : hit) suite_.all()[i].Start();
      for (size_t i : hit) {
        if (left[i] > 0 && OneIn(kEarlyKillEvery)) KillEarly(suite_.all()[i], left[i]);
        Measure(suite_.all()[i]);
      }
    }
  }

  void Kill(ServiceProcess& service, int64_t& left) {
    EXPECT_TRUE(service.Running()) << service.service() << " ended by itself: " << service.process().errors();
    service.Kill();
    --left;
  }

  void KillEarly(ServiceProcess& service, int64_t& left) {
    absl::SleepFor(Uniform(absl::ZeroDuration(), kEarlyKillTimeMax));
    Kill(service, left);
    service.Start();
  }
};

TEST_F(LoopKillTest, ComesRightWhicheverServiceIsKilledAndWhenever) {
  const int64_t kills = NumberFromEnvironment("DANGOL_LOOP_KILLS", kKillsOfEach);
  fmt::print("seed {} (DANGOL_SEED repeats the choices, not the moments)\n", seed_);
  for (ServiceProcess& service : suite_.all()) StartAndMeasure(service);
  StartWork();
  KillAgainAndAgain(kills);
  FinishWork();
  ExpectAllIsWell();
  const std::vector<int64_t> heads = FeedHeads();
  StopAll();
  if (heads.size() < 2) return;
  fmt::print("{} kills of each, {}, {} and {} events, worst ready time {}\n", kills, Told(), heads[0], heads[1],
             absl::FormatDuration(worst_ready_));
}

// The service that is away.
class LoopAwayTest : public LoopProcessTest, public ::testing::WithParamInterface<size_t> {};

TEST_P(LoopAwayTest, NobodyElseSeesAnErrorAndAllComesRight) {
  ServiceProcess& away = suite_.all()[GetParam()];
  for (ServiceProcess& service : suite_.all()) StartAndMeasure(service);
  StartWork();
  absl::SleepFor(kTogetherTime);
  FinishWork();
  EXPECT_EQ(away.Stop(kPatience), 0);
  LoopAgentOptions options;
  options.uses_tickets = away.service() != "tickets";
  options.uses_backlog = away.service() != "backlog";
  StartWork(options);
  absl::SleepFor(kAwayTime);
  FinishWork();
  EXPECT_EQ(SentAgain(), 0);
  for (ServiceProcess& service : suite_.all()) {
    if (&service == &away) continue;
    const auto status = service.Status();
    ASSERT_TRUE(status.ok()) << service.service() << ": " << status.status().ToString();
    EXPECT_EQ(status->state(), api::v1::GetStatusResponse::SERVING) << service.service();
  }
  StartAndMeasure(away);
  ExpectAllIsWell();
  StopAll();
  fmt::print("{} away: {}\n", away.service(), Told());
}

std::string NameOf(const ::testing::TestParamInfo<size_t>& test) {
  constexpr std::array kNames = {"Tickets", "Backlog", "Metrics"};
  return kNames[test.param];
}

INSTANTIATE_TEST_SUITE_P(OneAfterTheOther, LoopAwayTest, ::testing::Values(0, 1, 2), NameOf);

}  // namespace
}  // namespace dangol::testing
