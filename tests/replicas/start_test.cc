// Replicas that start: at once on an empty database, beside one that works, and while one migrates.
#include <memory>
#include <string>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/replicas/tickets_replicas_test.h"
#include "tests/support/postgres_server.h"

namespace dangol::testing {
namespace {

using ::testing::IsEmpty;

constexpr int kRaces = 2;
constexpr int kCallsInFlight = 32;
// Longer than a lock is waited for (1 s).
constexpr absl::Duration kMigrationTime = absl::Milliseconds(1500);

using Start = TicketsReplicasTest;

TEST_F(Start, TwoAtOnceOnAnEmptyDatabase) {
  for (int race = 0; race < kRaces; ++race) {
    SuiteProcesses suite(DANGOL_PROGRAMS, 2);
    ASSERT_TRUE(suite.StartAll()) << race;
    for (ServiceProcess& service : suite.all()) {
      PostgresSession(service.database_url()).ForEachRow("SELECT starts FROM feed_head", [&](const auto& row) {
        EXPECT_EQ(row[0], "2") << service.service();
      });
    }
  }
}

TEST_F(Start, WaitsForAnotherThatMigrates) {
  const std::string url = replica(0).database_url();
  auto migration = std::make_unique<PostgresSession>(url);
  // What the writer locks before there is a row to lock.
  migration->Execute("BEGIN; SELECT pg_advisory_xact_lock(hashtextextended(current_schema()::text, 7236830))");
  replica(0).Start();
  absl::SleepFor(kMigrationTime);
  EXPECT_TRUE(replica(0).Running()) << replica(0).process().errors();
  EXPECT_FALSE(replica(0).process().WaitForText("serving tickets", absl::ZeroDuration()));
  migration->Execute("COMMIT");
  ASSERT_TRUE(replica(0).WaitUntilReady()) << replica(0).process().errors();

  migration->Execute("BEGIN; SELECT last_seq FROM feed_head FOR UPDATE");
  replica(1).Start();
  absl::SleepFor(kMigrationTime);
  EXPECT_TRUE(replica(1).Running()) << replica(1).process().errors();
  migration->Execute("COMMIT");
  ASSERT_TRUE(replica(1).WaitUntilReady()) << replica(1).process().errors();
}

TEST_F(Start, OneJoinsWhileAnotherWorks) {
  StartAndWait(replica(0));
  const LoadClient& client = StartClient(suite_.NewChannel("tickets"), kCallsInFlight);
  FeedFollower follower(suite_.NewChannel("tickets"));
  WaitForMore(client, 200);
  StartAndWait(replica(1));
  WaitForMore(client, 200);
  // It shares the calls: without the first it has them all.
  absl::SleepFor(absl::Seconds(1));
  EXPECT_EQ(replica(0).Stop(kPatience), 0);
  WaitForMore(client, 200);
  FinishWork({&follower});
  EXPECT_THAT(client.failures(), IsEmpty());
}

}  // namespace
}  // namespace dangol::testing
