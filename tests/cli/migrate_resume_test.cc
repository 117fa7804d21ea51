// `dangol migrate` stopped anywhere and run again ends as one that was never stopped.
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/migrate/migration.h"
#include "cli/suite/suite.h"
#include "tests/cli/migrate_fixture.h"

namespace dangol {
namespace {

using cli::Migration;
using testing::ChildProcess;
using testing::Ended;
using ::testing::HasSubstr;
using testing::kDangol;
using testing::kServices;
using testing::MigrateTest;
using testing::PostgresRows;

constexpr int64_t kBatchRows = 3;

class ResumeTest : public MigrateTest {
 protected:
  std::unique_ptr<Migration> Open(const std::string& service) {
    auto migration = Migration::Open(*cli::FindService(service), Database(service), Url(service), kBatchRows);
    EXPECT_TRUE(migration.ok()) << migration.status();
    return migration.ok() ? *std::move(migration) : nullptr;
  }

  // One step in a process's whole life. False: there was nothing left to do.
  bool TakeAStep(const std::string& service) {
    const auto migration = Open(service);
    if (migration == nullptr || migration->state() == cli::MigrationTarget::State::kFinished) return false;
    const bool begun = migration->state() == cli::MigrationTarget::State::kUnfinished;
    EXPECT_TRUE(migration->Begin(absl::Now()).ok());
    if (!begun) return true;
    const auto rows = migration->MoveBatch();
    EXPECT_TRUE(rows.ok()) << rows.status();
    if (!rows.ok() || *rows > 0) return rows.ok();
    EXPECT_TRUE(migration->Finish({migration->feed()}).ok());
    return true;
  }
};

TEST_F(ResumeTest, EndsTheSameAfterAStopBetweenAnyTwoBatches) {
  ASSERT_EQ(Migrate().code, 0);
  const std::string uninterrupted = Migrate({"--verify", "-o", "json"}).output;
  MakeTargetsAnew();
  int steps = 0;
  for (const char* service : kServices) {
    while (TakeAStep(service)) ++steps;
  }
  EXPECT_GT(steps, 60);
  const Ended verified = Migrate({"--verify", "-o", "json"});
  EXPECT_EQ(verified.code, 0) << verified.errors;
  EXPECT_EQ(verified.output, uninterrupted);
}

TEST_F(ResumeTest, EndsTheSameAfterKills) {
  ASSERT_EQ(Migrate().code, 0);
  const std::string uninterrupted = Migrate({"--verify", "-o", "json"}).output;
  MakeTargetsAnew();
  std::mt19937_64 random(20261124);
  int kills = 0;
  bool refused = false;
  while (kills < 200) {
    ChildProcess process(kDangol, {"migrate", data(), Url(), "--batch-rows", "1"});
    const auto code = process.Wait(absl::Milliseconds(std::uniform_int_distribution(5, 60 + 10 * kills)(random)));
    if (code) {
      EXPECT_EQ(*code, 0) << process.errors();
      break;
    }
    process.Kill();
    ++kills;
    if (refused || PostgresRows(Session("tickets"), "SELECT 1 FROM pg_class WHERE relname = 'migrated_from'").empty())
      continue;
    // No service starts on half of its data.
    testing::ExpectRefusal(testing::RunToEnd(testing::kTickets, {"--database", Url("tickets")}),
                           "not all of it has come");
    refused = true;
  }
  EXPECT_GE(kills, 3);
  EXPECT_TRUE(refused);
  const Ended verified = Migrate({"--verify", "-o", "json"});
  EXPECT_EQ(verified.code, 0) << verified.errors;
  EXPECT_EQ(verified.output, uninterrupted);
  fmt::print("{} kills\n", kills);
}

TEST_F(ResumeTest, FinishesTheOthersAfterAStopBetweenThem) {
  ASSERT_EQ(Migrate({"--only", "tickets"}).code, 0);
  EXPECT_EQ(Migrate().code, 0);
  // The backlog came when the new feed of tickets was known.
  EXPECT_EQ(PostgresRows(Session("backlog"), "SELECT incarnation FROM subscription WHERE feed = 'tickets'"),
            PostgresRows(Session("tickets"), "SELECT incarnation FROM feed_head"));
  const Ended again = Migrate();
  EXPECT_EQ(again.code, 0) << again.errors;
  EXPECT_THAT(again.output, HasSubstr("Nothing was left to move."));
}

TEST_F(ResumeTest, NoticesASourceThatWasUsedMeanwhile) {
  const auto use = [&] {
    testing::RunningSuite suite(data());
    suite.StopInTime();
  };
  while (Open("tickets")->state() == cli::MigrationTarget::State::kNew) TakeAStep("tickets");
  TakeAStep("tickets");
  use();
  testing::ExpectRefusal(Migrate({"--only", "tickets"}), "a service has run on " + Database("tickets"));
  // After its end, too.
  ASSERT_EQ(Migrate({"--only", "metrics"}).code, 0);
  use();
  testing::ExpectRefusal(Migrate({"--only", "metrics"}), "SOURCE_CHANGED");
  MakeTargetsAnew();
  EXPECT_EQ(Migrate().code, 0);
}

}  // namespace
}  // namespace dangol
