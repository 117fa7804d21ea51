// The service behind pgbouncer, which gives out servers by the session or by the transaction.
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/crash/feed_follower.h"
#include "tests/crash/load_client.h"
#include "tests/crash/promises.h"
#include "tests/database_faults/server_fixture.h"

namespace dangol::testing {
namespace {

using ::testing::IsEmpty;

constexpr char kPgbouncer[] = "/usr/sbin/pgbouncer";
constexpr absl::Duration kLoadTime = absl::Seconds(3);

class PgbouncerTest : public ServerFixture {
 protected:
  void Configure(const std::string& mode) {
    const std::string& folder = own_.server().folder;
    // Round robin: no two transactions in a row are the same server's, which else they nearly always are.
    std::ofstream(settings_) << fmt::format(
        "[databases]\ntickets = host={0} port={1} user=service\n"
        "[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {2}\nunix_socket_dir =\nauth_type = any\n"
        "pool_mode = {3}\nserver_round_robin = 1\ndefault_pool_size = 8\nmin_pool_size = 4\n",
        folder, own_.server().port, port_, mode);
    ASSERT_EQ(chmod(settings_.c_str(), 0644), 0);
  }

  void StartPgbouncer() {
    std::vector<std::string> arguments = {settings_};
    // It refuses to be root, as PostgreSQL does.
    if (geteuid() == 0) arguments.insert(arguments.begin(), {"-u", "postgres"});
    pgbouncer_ = std::make_unique<ChildProcess>(kPgbouncer, arguments);
    ASSERT_TRUE(pgbouncer_->WaitForText("process up", kPatience)) << pgbouncer_->errors();
  }

  std::string PooledUrl() const { return fmt::format("postgresql://service:sesame@127.0.0.1:{}/tickets", port_); }

  // The service keeps its promises under load. Tells how fast it was.
  void ExpectPromisesKept(const std::string& url, const char* what) {
    StartService(url);
    FeedFollower follower(service_.NewChannel());
    LoadClient load(service_.NewChannel(), {.ledger_path = service_.File("ledger")});
    absl::SleepFor(kLoadTime);
    const auto speed = static_cast<double>(load.acknowledged()) / absl::ToDoubleSeconds(kLoadTime);
    EXPECT_TRUE(load.Finish(kPatience));
    EXPECT_EQ(load.attempts_failed(), 0) << service_.process().errors();
    EXPECT_THAT(load.violations(), IsEmpty());
    ExpectReplays(*service_.NewChannel(), load.sample());
    ExpectIntegrity(*service_.NewChannel());
    const auto status = service_.Status();
    ASSERT_TRUE(status.ok()) << status.status();
    EXPECT_TRUE(follower.WaitFor(status->feed_sequence(), kPatience));
    follower.Stop();
    EXPECT_THAT(follower.violations(), IsEmpty());
    const PostgresSession session(own_.server().UrlOf("tickets"));
    const auto query = [&](const char* sql, const auto& each) {
      session.ForEachRow(sql, each);
      return std::string();
    };
    EXPECT_THAT(BrokenPromises(query, service_.File("ledger"), {follower.events()}), IsEmpty());
    fmt::print("{}: {:.0f} writes acknowledged a second\n", what, speed);
  }

  const std::string settings_ = own_.server().folder + "/pgbouncer.ini";
  const int port_ = FreePorts();
  std::unique_ptr<ChildProcess> pgbouncer_;
};

TEST_F(PgbouncerTest, NothingBreaksInSessionMode) {
  Configure("session");
  StartPgbouncer();
  ExpectPromisesKept(PooledUrl(), "pgbouncer, mode session");
}

TEST_F(PgbouncerTest, NothingBreaksInTransactionMode) {
  Configure("transaction");
  StartPgbouncer();
  ExpectPromisesKept(PooledUrl(), "pgbouncer, mode transaction");
}

// For comparison, and because what a pooler needs must cost nothing without one.
TEST_F(PgbouncerTest, NothingBreaksWithout) { ExpectPromisesKept(Url(), "no pgbouncer"); }

TEST_F(PgbouncerTest, StatementModeIsRefused) {
  Configure("statement");
  StartPgbouncer();
  ExpectRefusal(PooledUrl(), "mode `statement`");
}

TEST_F(PgbouncerTest, ComesBackWhenItWasRestarted) {
  Configure("transaction");
  StartPgbouncer();
  StartService(PooledUrl());
  ASSERT_TRUE(Create("before").ok());
  pgbouncer_->Kill();
  EXPECT_EQ(Create("away").code(), absl::StatusCode::kUnavailable);
  StartPgbouncer();
  ExpectRecovery();
}

}  // namespace
}  // namespace dangol::testing
