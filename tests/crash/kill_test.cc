// kill -9 in the middle of the load, again and again: nothing acknowledged is lost, nothing is there twice, and the
// server is back within two seconds.
#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/common/storage/database_file.h"
#include "tests/crash/feed_follower.h"
#include "tests/crash/load_client.h"
#include "tests/crash/promises.h"
#include "tests/support/service_process.h"

namespace dangol::testing {
namespace {

using ::testing::IsEmpty;

constexpr int64_t kKills = 50;
constexpr absl::Duration kLoadTimeMin = absl::Milliseconds(50);
constexpr absl::Duration kLoadTimeMax = absl::Milliseconds(900);
// One kill in so many comes before the server is ready: in its recovery, say.
constexpr int kEarlyKillEvery = 5;
constexpr absl::Duration kEarlyKillTimeMax = absl::Milliseconds(150);
// Of so many kills, two come while somebody reads on and on, as who makes a backup.
constexpr int kBackupEvery = 4;
constexpr size_t kReplays = 200;
// What is promised.
constexpr absl::Duration kReadyTimeMax = absl::Seconds(2);

class KillTest : public ::testing::Test {
 protected:
  absl::Duration Uniform(absl::Duration low, absl::Duration high) {
    return low + (high - low) * std::uniform_real_distribution(0.0, 1.0)(random_);
  }

  void StartAndMeasure() {
    server_.Start();
    const std::optional<absl::Duration> ready = server_.WaitUntilReady();
    ASSERT_TRUE(ready) << server_.process().errors();
    worst_ready_ = std::max(worst_ready_, *ready);
    if (!kSanitized) {
      EXPECT_LE(*ready, kReadyTimeMax) << server_.process().errors();
    }
  }

  void BeginBackup() {
    backup_ = std::make_unique<DatabaseFile>(server_.database_path());
    backup_->Execute("BEGIN");
    backup_->Integer("SELECT last_seq FROM feed_head");
  }

  void KillAgainAndAgain(int64_t kills) {
    for (int64_t i = 0; i < kills && !HasFailure(); ++i) {
      if (i % kBackupEvery == 2) backup_ = nullptr;  // while nobody else has the database
      if (i % kEarlyKillEvery == kEarlyKillEvery - 1) {
        server_.Start();
        absl::SleepFor(Uniform(absl::ZeroDuration(), kEarlyKillTimeMax));
      } else {
        StartAndMeasure();
        if (i % kBackupEvery == 0) BeginBackup();
        absl::SleepFor(Uniform(kLoadTimeMin, kLoadTimeMax));
      }
      EXPECT_TRUE(server_.process().Running()) << "it ended by itself: " << server_.process().errors();
      server_.Kill();
    }
  }

  const uint64_t seed_ = static_cast<uint64_t>(NumberFromEnvironment("DANGOL_SEED", std::random_device()()));
  std::mt19937_64 random_{seed_};
  ServiceProcess server_{DANGOL_TICKETS_BINARY, "tickets"};
  std::unique_ptr<DatabaseFile> backup_;
  absl::Duration worst_ready_ = absl::ZeroDuration();
};

TEST_F(KillTest, KeepsEveryAcknowledgedWriteOnceWheneverItIsKilled) {
  const int64_t kills = NumberFromEnvironment("DANGOL_KILLS", kKills);
  fmt::print("seed {} (DANGOL_SEED repeats the choices, not the moments)\n", seed_);
  StartAndMeasure();
  FeedFollower follower(server_.NewChannel());
  LoadClient client(server_.NewChannel(),
                    {.sample_size = kReplays, .seed = seed_, .ledger_path = server_.File("ledger")});
  server_.Kill();
  KillAgainAndAgain(kills - 1);
  backup_ = nullptr;
  StartAndMeasure();

  EXPECT_TRUE(client.Finish(kPatience)) << "not all requests were answered in the end";
  EXPECT_THAT(client.violations(), IsEmpty());
  ExpectReplays(*server_.NewChannel(), client.sample());
  const auto status = server_.Status();
  ASSERT_TRUE(status.ok()) << status.status().ToString();
  EXPECT_TRUE(follower.WaitFor(status->feed_sequence(), kPatience));
  follower.Stop();
  EXPECT_THAT(follower.violations(), IsEmpty());
  ExpectIntegrity(*server_.NewChannel());
  EXPECT_EQ(server_.Stop(kPatience), 0) << server_.process().errors();
  EXPECT_EQ(static_cast<int64_t>(ReadLedger(server_.File("ledger")).size()), client.acknowledged());
  const simulation::QueryDatabase query = simulation::QueryFile(server_.database_path().c_str());
  EXPECT_THAT(BrokenPromises(query, server_.File("ledger"), {follower.events()}), IsEmpty());
  fmt::print(
      "{} kills, {} acknowledgements ({} attempts failed), {} events followed over {} streams, worst ready time {}\n",
      kills, client.acknowledged(), client.attempts_failed(), follower.sequence(), follower.ends().size() + 1,
      absl::FormatDuration(worst_ready_));
}

}  // namespace
}  // namespace dangol::testing
