// The three services as processes, killed in the middle of the loop, or away for as long as it goes on: nothing
// acknowledged is lost, nothing is done twice, nobody else sees an error, and in the end they all say the same.
#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/runtime.h"
#include "tests/crash/acknowledgement_file.h"
#include "tests/simulation/loop_agent.h"
#include "tests/simulation/loop_checks.h"
#include "tests/support/suite_processes.h"

namespace dangol::testing {
namespace {

using simulation::LoopAgent;
using simulation::LoopAgentOptions;
using simulation::LoopLedger;
using simulation::LoopSite;
using simulation::Operation;
using simulation::Outcome;
using ::testing::IsEmpty;

constexpr int64_t kKillsOfEach = 50;
constexpr int kAgents = 6;
constexpr absl::Duration kLoadTimeMin = absl::Milliseconds(30);
constexpr absl::Duration kLoadTimeMax = absl::Milliseconds(400);
// One kill in so many hits two services at once, and one comes before the server is ready: in its recovery, say.
constexpr uint64_t kTwoAtOnceEvery = 6;
constexpr uint64_t kEarlyKillEvery = 6;
constexpr absl::Duration kEarlyKillTimeMax = absl::Milliseconds(150);
// How long the others work before one goes away, and while it is away.
constexpr absl::Duration kTogetherTime = absl::Seconds(2);
constexpr absl::Duration kAwayTime = absl::Seconds(6);
constexpr size_t kReplays = 200;
// What is promised.
constexpr absl::Duration kReadyTimeMax = absl::Seconds(2);
// More than anything takes.
constexpr absl::Duration kPatience = absl::Seconds(60);
constexpr absl::Duration kLookInterval = absl::Microseconds(50);

std::string Contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Each thing that can be asked for again, a sample of what was acknowledged.
std::vector<const Operation*> Sample(const LoopLedger& ledger, std::mt19937_64& random) {
  std::vector<const Operation*> acknowledged;
  for (const Operation& operation : ledger.operations) {
    if (operation.outcome == Outcome::kAcknowledged) acknowledged.push_back(&operation);
  }
  std::vector<const Operation*> sample;
  std::ranges::sample(acknowledged, std::back_inserter(sample), kReplays, random);
  return sample;
}

class LoopProcessTest : public ::testing::Test {
 protected:
  ~LoopProcessTest() override {
    if (executor_) executor_->Stop();
  }

  absl::Duration Uniform(absl::Duration low, absl::Duration high) {
    return low + (high - low) * std::uniform_real_distribution(0.0, 1.0)(random_);
  }
  bool OneIn(uint64_t n) { return random_() % n == 0; }

  void StartAndMeasure(ServiceProcess& service) {
    service.Start();
    Measure(service);
  }

  void Measure(ServiceProcess& service) {
    const std::optional<absl::Duration> ready = service.WaitUntilReady();
    ASSERT_TRUE(ready) << service.service() << ": " << service.process().errors();
    worst_ready_ = std::max(worst_ready_, *ready);
    if (!kSanitized) {
      EXPECT_LE(*ready, kReadyTimeMax) << service.service() << ": " << service.process().errors();
    }
  }

  // All that they do stands in `ledger_`, which is theirs until FinishWork; what is acknowledged also in a file.
  void StartWork(LoopAgentOptions options = {}) {
    options.never_gives_up = true;
    options.retry_delay_max = absl::Milliseconds(500);
    options.on_acknowledged = [this](const Operation& operation) {
      acknowledgements_.Append(operation.request_id + "\n");
    };
    executor_ = RealRuntime().NewExecutor("agents", 1);
    for (int i = 0; i < kAgents; ++i) {
      agents_.push_back(std::make_unique<LoopAgent>(RealRuntime(), executor_, suite_.tickets().NewChannel(),
                                                    suite_.backlog().NewChannel(), ledger_, next_agent_++, options));
      agents_.back()->Start();
    }
  }

  // Waits until all that was begun has its answer.
  void FinishWork() {
    for (const auto& agent : agents_) agent->Stop();
    const absl::Time end = absl::Now() + kPatience;
    const auto idle = [](const auto& agent) { return agent->idle(); };
    while (!std::ranges::all_of(agents_, idle) && absl::Now() < end) absl::SleepFor(absl::Milliseconds(5));
    EXPECT_TRUE(std::ranges::all_of(agents_, idle)) << "not all requests were answered in the end";
    executor_->Stop();
    agents_.clear();
  }

  std::vector<int64_t> FeedHeads() {
    std::vector<int64_t> heads;
    for (ServiceProcess& service : suite_.all()) {
      const auto status = service.Status();
      EXPECT_TRUE(status.ok()) << service.service() << ": " << status.status().ToString();
      if (status.ok()) heads.push_back(status->feed_sequence());
    }
    return heads;
  }

  // Everybody is there and nobody works any more: it comes to rest, and what the three say fits together and fits what
  // the agents were told.
  void ExpectAllIsWell() {
    EXPECT_EQ(suite_.WaitUntilAtRest(kPatience), "");
    if (HasFailure()) return;
    std::vector<LoopSite> sites;
    for (ServiceProcess& service : suite_.all()) {
      const std::string path = service.database_path();
      sites.push_back(
          {service.service(), service.NewChannel(), [path] { return Contents(path) + Contents(path + "-wal"); }});
    }
    const auto wait = [](const std::function<bool()>& done) {
      while (!done()) absl::SleepFor(kLookInterval);
    };
    CheckLoop(RealRuntime(), wait, sites, ledger_);
    if (ledger_.violations.size() > 20) ledger_.violations.resize(20);
    EXPECT_THAT(ledger_.violations, IsEmpty());
    ExpectReplaysChangeNothing();
    ExpectAcknowledgementsInFile();
  }

  // Sent once more, each is answered as before; and nothing happens.
  void ExpectReplaysChangeNothing() {
    const std::vector<int64_t> before = FeedHeads();
    const auto tickets = suite_.tickets().NewChannel();
    const auto backlog = suite_.backlog().NewChannel();
    for (const Operation* operation : Sample(ledger_, random_)) {
      const bool of_tickets = operation->method.starts_with("/dangol.tickets.");
      const rpc::Reply reply = CallAndWait(of_tickets ? *tickets : *backlog, operation->method, operation->request);
      EXPECT_TRUE(reply.status.ok()) << operation->method << ": " << reply.status.ToString();
    }
    EXPECT_EQ(FeedHeads(), before) << "a request that was sent again had an effect";
  }

  void ExpectAcknowledgementsInFile() {
    const std::string lines = Contents(suite_.tickets().File("acknowledgements"));
    const auto acknowledged = std::ranges::count(ledger_.operations, Outcome::kAcknowledged, &Operation::outcome);
    EXPECT_EQ(std::ranges::count(lines, '\n'), acknowledged);
    EXPECT_GT(acknowledged, 0);
  }

  void StopAll() {
    for (ServiceProcess& service : suite_.all()) {
      EXPECT_EQ(service.Stop(kPatience), 0) << service.service() << ": " << service.process().errors();
    }
  }

  std::string Told() {
    std::array<int64_t, 4> outcomes{};
    for (const Operation& operation : ledger_.operations) ++outcomes[static_cast<size_t>(operation.outcome)];
    return fmt::format("{} acknowledgements, {} refusals, {} calls sent again",
                       outcomes[static_cast<size_t>(Outcome::kAcknowledged)],
                       outcomes[static_cast<size_t>(Outcome::kRefused)],
                       ledger_.failed_attempts["tickets"] + ledger_.failed_attempts["backlog"]);
  }

  const uint64_t seed_ = static_cast<uint64_t>(NumberFromEnvironment("DANGOL_SEED", std::random_device()()));
  std::mt19937_64 random_{seed_};
  SuiteProcesses suite_{DANGOL_PROGRAMS};
  AcknowledgementFile acknowledgements_{suite_.tickets().File("acknowledgements")};
  LoopLedger ledger_;
  std::shared_ptr<Executor> executor_;
  std::vector<std::unique_ptr<LoopAgent>> agents_;
  int next_agent_ = 0;
  absl::Duration worst_ready_ = absl::ZeroDuration();
};

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
  EXPECT_EQ(ledger_.failed_attempts["tickets"] + ledger_.failed_attempts["backlog"], 0);
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
