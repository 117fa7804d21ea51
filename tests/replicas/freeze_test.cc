// One of two replicas frozen beyond its lease in mid-load, then woken: the other one goes on, and it does no harm.
#include <algorithm>
#include <csignal>
#include <string>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/crash/loop_process_test.h"
#include "tests/replicas/tickets_replicas_test.h"
#include "tests/support/postgres_server.h"

namespace dangol::testing {
namespace {

using ::testing::IsEmpty;

constexpr int kCallsInFlight = 24;
// Longer than the database keeps the lock of a transaction that does nothing (3 s).
constexpr absl::Duration kFrozenTime = absl::Seconds(5);
// Longer than a lease (10 s).
constexpr absl::Duration kLeaseFrozenTime = absl::Seconds(12);
constexpr absl::Duration kLookInterval = absl::Milliseconds(10);

class Freeze : public TicketsReplicasTest {
 protected:
  // Freezes it while it holds the lock that makes it the one writer.
  void FreezeInATransaction(ServiceProcess& frozen) {
    const PostgresSession session(frozen.database_url());
    const absl::Time end = absl::Now() + kPatience;
    while (absl::Now() < end) {
      frozen.process().Signal(SIGSTOP);
      // What it has sent is done by then.
      absl::SleepFor(absl::Milliseconds(50));
      bool has_it = false;
      session.ForEachRow(
          "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'frozen' AND "
          "state = 'idle in transaction' AND backend_xid IS NOT NULL",
          [&](const auto&) { has_it = true; });
      if (has_it) return;
      frozen.process().Signal(SIGCONT);
      absl::SleepFor(kLookInterval);
    }
    ADD_FAILURE() << "it was never frozen in a transaction";
  }
};

TEST_F(Freeze, InTheMiddleOfATransaction) {
  replica(0).UseDatabase(replica(0).database_url() + "&application_name=frozen");
  StartBoth();
  const LoadClient& of_frozen = StartClient(replica(0).NewChannel(), kCallsInFlight);
  LoadClient& of_other = StartClient(replica(1).NewChannel(), kCallsInFlight);
  FeedFollower follower_of_frozen(replica(0).NewChannel());
  FeedFollower follower_of_other(replica(1).NewChannel());
  WaitForMore(of_frozen, 500);
  FreezeInATransaction(replica(0));
  of_other.TakeLongestPause();
  const int64_t before = of_other.acknowledged();
  absl::SleepFor(kFrozenTime);
  const absl::Duration gap = of_other.TakeLongestPause();
  const int64_t meanwhile = of_other.acknowledged() - before;
  EXPECT_GT(meanwhile, 0);
  replica(0).process().Signal(SIGCONT);
  WaitForMore(of_frozen, 500);
  FinishWork({&follower_of_frozen, &follower_of_other});
  // They waited for the lock no longer than a write is tried.
  EXPECT_THAT(of_other.failures(), IsEmpty());
  fmt::print("frozen for {} with the lock: the other one acknowledged {} calls meanwhile, after a gap of {}\n",
             absl::FormatDuration(kFrozenTime), meanwhile, absl::FormatDuration(gap));
}

class FreezeInTheLoop : public LoopProcessTest {
 protected:
  FreezeInTheLoop() : LoopProcessTest(2) {}

  int64_t Epochs() {
    int64_t sum = 0;
    for (ServiceProcess* service : {&suite_.tickets(), &suite_.backlog(), &suite_.metrics()}) {
      PostgresSession(service->database_url())
          .ForEachRow("SELECT SUM(epoch)::bigint FROM subscription",
                      [&](const auto& row) { sum += std::stoll(row[0]); });
    }
    return sum;
  }
};

TEST_F(FreezeInTheLoop, ItDoesNoHarmWhenItWakes) {
  // The first to start follow all feeds.
  for (ServiceProcess& service : suite_.all()) StartAndMeasure(service);
  StartWork();
  absl::SleepFor(absl::Seconds(1));
  const int64_t epochs = Epochs();
  const auto frozen = [&](int signal) {
    for (ServiceProcess* service : {&suite_.tickets(), &suite_.backlog(), &suite_.metrics()}) {
      service->process().Signal(signal);
    }
  };
  frozen(SIGSTOP);
  absl::SleepFor(kLeaseFrozenTime);
  frozen(SIGCONT);
  EXPECT_GT(Epochs(), epochs) << "nobody took over";
  absl::SleepFor(absl::Seconds(1));
  FinishWork();
  ExpectAllIsWell();
  StopAll();
  fmt::print("one replica of each frozen for {}: {}\n", absl::FormatDuration(kLeaseFrozenTime), Told());
}

}  // namespace
}  // namespace dangol::testing
