// What the process says and does when its PostgreSQL server is wrong, full, frozen, restarted or away. (What the driver
// says about each is in tests/common/storage/postgres.)
#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/base/error.h"
#include "tests/common/rpc/refusal.h"
#include "tests/database_faults/server_fixture.h"
#include "tests/support/eventually.h"

namespace dangol::testing {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

using ProcessFaultsTest = ServerFixture;

// None while a lease is renewed just now.
constexpr char kWriters[] = "FROM pg_stat_activity WHERE usename = 'service' AND query LIKE 'COMMIT%'";

TEST_F(ProcessFaultsTest, SaysInOneLineWhyItDoesNotStart) {
  const int port = own_.server().port;
  ExpectRefusal(fmt::format("postgresql://service:wrong@127.0.0.1:{}/tickets", port), "the password is wrong");
  ExpectRefusal(fmt::format("postgresql://service:sesame@127.0.0.1:{}/nowhere", port), "there is no such database");
  ExpectRefusal("postgresql://service:sesame@127.0.0.1:1/tickets", "nothing listens there");
  ExpectRefusal("postgresql://service:sesame@no.such.host.invalid/tickets", "no such host");
  ExpectRefusal(Url("?sslmode=require"), "TLS was not agreed on");
  Run("ALTER ROLE service CONNECTION LIMIT 0");
  ExpectRefusal(Url(), "no connection left");
  Run("ALTER ROLE service CONNECTION LIMIT 1");
  ExpectRefusal(Url(), "The database cannot be reached");
  Run("ALTER ROLE service CONNECTION LIMIT -1");
  Run("ALTER ROLE service SET default_transaction_read_only = on");
  ExpectRefusal(Url(), "the server only reads");
  Run("ALTER ROLE service RESET default_transaction_read_only");
  StartService(Url());
}

TEST_F(ProcessFaultsTest, RefusesASchemaOfANewerProgram) {
  StartService(Url());
  EXPECT_EQ(service_.Stop(kPatience), 0);
  Run("INSERT INTO schema_migration SELECT component, 99, name, checksum, apply_time FROM schema_migration WHERE "
      "number = 1",
      "tickets");
  ExpectRefusal(Url(), "Use the newer program");
}

TEST_F(ProcessFaultsTest, ComesBackWhenTheServerWasRestarted) {
  StartService(Url());
  ASSERT_TRUE(Create("before").ok());
  own_.Crash();
  EXPECT_EQ(Create("away").code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(service_.Status().status().code(), absl::StatusCode::kUnavailable);
  own_.Resume();
  ExpectRecovery();
}

TEST_F(ProcessFaultsTest, GivesUpABackendThatHangs) {
  StartService(Url());
  ASSERT_TRUE(Create("before").ok());
  int backend = 0;
  // Not in the middle of a transaction, such as that which renews the lease: it would hold its locks for as long as it
  // is stopped.
  ASSERT_TRUE(Eventually(
      [&] {
        backend = std::stoi("0" + Look(fmt::format("SELECT pid {}", kWriters)));
        if (backend == 0 || kill(backend, SIGSTOP) != 0) return false;
        if (Look(fmt::format("SELECT state FROM pg_stat_activity WHERE pid = {}", backend)) == "idle") return true;
        kill(backend, SIGCONT);
        return false;
      },
      kPatience));
  EXPECT_EQ(Create("hangs", absl::Seconds(1)).code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_TRUE(service_.Status().ok()) << "reads go on";
  ExpectRecovery();
  EXPECT_EQ(kill(backend, SIGCONT), 0);
  EXPECT_TRUE(Create("after").ok());
}

TEST_F(ProcessFaultsTest, WaitsForAConnectionWhereTheServerHasNoneLeft) {
  StartService(Url());
  ASSERT_TRUE(Create("before").ok());
  // As if others had taken them all, just when the writer needs a new one.
  Run("ALTER ROLE service CONNECTION LIMIT 0");
  EXPECT_TRUE(Eventually(
      [this] {
        Run(fmt::format("SELECT pg_terminate_backend(pid, 5000) {}", kWriters));
        return Create("full").code() == absl::StatusCode::kUnavailable;
      },
      kPatience));
  EXPECT_EQ(WaitForState(api::v1::GetStatusResponse::READ_ONLY).reason(), "STORAGE_UNREACHABLE");
  EXPECT_EQ(Summary(Create("full")), "UNAVAILABLE STORAGE_READ_ONLY");
  EXPECT_TRUE(service_.process().WaitForText("the server has no connection left", kPatience));
  Run("ALTER ROLE service CONNECTION LIMIT -1");
  ExpectRecovery();
}

TEST_F(ProcessFaultsTest, ComesBackWhenThePasswordIsRightAgain) {
  StartService(Url());
  Run("ALTER ROLE service PASSWORD 'another'");
  EXPECT_TRUE(Eventually(
      [this] {  // one may have given the old password already, and be let in now
        Run("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'service'");
        return Create("locked out").code() == absl::StatusCode::kUnavailable &&
               Summary(service_.Status().status()) == "UNAVAILABLE STORAGE_ACCESS";
      },
      kPatience));
  EXPECT_TRUE(service_.process().WaitForText("the password is wrong", kPatience));
  Run("ALTER ROLE service PASSWORD 'sesame'");
  ExpectRecovery();
}

}  // namespace
}  // namespace dangol::testing
