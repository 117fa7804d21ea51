// What `dangol migrate` refuses: one line that says what to do, and nothing is done.
#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "fmt/format.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/migrate_fixture.h"

namespace dangol {
namespace {

using testing::Dangol;
using testing::Ended;
using testing::Execute;
using testing::ExpectRefusal;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::MigrateTest;
using ::testing::Not;
using testing::PostgresRows;
using testing::PostgresServer;
using testing::RunningSuite;

class MigrateRefusalTest : public MigrateTest {
 protected:
  Ended MigrateTickets(const std::string& url) const { return Dangol({"migrate", data(), url, "--only", "tickets"}); }

  void ExpectNothingDone() const {
    for (const char* service : testing::kServices)
      EXPECT_THAT(PostgresRows(Session(service), "SELECT relname FROM pg_class WHERE relname = 'migrated_from'"),
                  IsEmpty());
  }
};

TEST_F(MigrateRefusalTest, ASourceInUse) {
  RunningSuite suite(data());
  const Ended ended = Migrate({"--only", "backlog"});
  ExpectRefusal(ended, fmt::format("backlog.db.lock: the database is in use by process {}", suite.process().pid()));
  ExpectNothingDone();
  EXPECT_EQ(suite.Run({"status", "--address", suite.address()}).code, 0);
}

TEST_F(MigrateRefusalTest, ASourceOfAnotherVersion) {
  Execute(
      Database("tickets"),
      "INSERT INTO schema_migration (component, number, name, checksum, apply_time) SELECT component, MAX(number) + 1, "
      "'from the future', '00', 0 FROM schema_migration WHERE component = 'tickets'");
  ExpectRefusal(Migrate({"--only", "tickets"}), "Use the newer program");
  Execute(Database("backlog"),
          "DELETE FROM schema_migration WHERE component = 'core' AND number = "
          "(SELECT MAX(number) FROM schema_migration WHERE component = 'core')");
  ExpectRefusal(Migrate({"--only", "backlog"}), "Start the service of this version on it once");
  ExpectNothingDone();
}

TEST_F(MigrateRefusalTest, TheDatabaseOfAnotherService) {
  // The file and its log: a database that nobody has open is the two of them.
  for (const char* part : {"", "-wal"}) {
    std::filesystem::copy_file(Database("tickets") + part, Database("metrics") + part,
                               std::filesystem::copy_options::overwrite_existing);
  }
  std::filesystem::remove(Database("metrics") + "-shm");
  ExpectRefusal(Migrate({"--only", "metrics"}),
                Database("metrics") + ": The database belongs to the service tickets, and this is metrics.");
  ExpectNothingDone();
}

TEST_F(MigrateRefusalTest, WhatIsNoDatabaseOfAService) {
  std::filesystem::remove(Database("metrics") + "-wal");
  testing::WriteFile(Database("metrics"), "");
  ExpectRefusal(Migrate({"--only", "metrics"}), "it is not a database of Dangol's");
  std::filesystem::remove(Database("metrics"));
  ExpectRefusal(Migrate({"--only", "metrics"}), "There is no " + Database("metrics"));
  Execute(Database("tickets"), "CREATE TABLE _notes (n INTEGER PRIMARY KEY)");
  ExpectRefusal(Migrate({"--only", "tickets"}), "a table _notes, which no service makes");
  Execute(Database("tickets"), "DROP TABLE _notes; CREATE TABLE _notes (n INTEGER)");
  ExpectRefusal(Migrate({"--only", "tickets"}), "tickets.db: it has a table _notes without a primary key");
  Execute(Database("backlog"), "CREATE TABLE _prices (n INTEGER PRIMARY KEY, price REAL)");
  ExpectRefusal(Migrate({"--only", "backlog"}), "_prices with a column of type REAL");
  ExpectRefusal(Dangol({"migrate", data() + "/nothing", Url()}), "There is no ");
}

TEST_F(MigrateRefusalTest, SaysWhichDatabasesAreMissingAndMovesTheOthers) {
  std::filesystem::remove(Database("metrics"));
  const Ended ended = Migrate();
  EXPECT_EQ(ended.code, 0);
  EXPECT_EQ(ended.errors, fmt::format("There is no {}: metrics is left out.\n", Database("metrics")));
}

TEST_F(MigrateRefusalTest, ATargetThatCannotBeReached) {
  const PostgresServer& server = PostgresServer::Get();
  const auto url = [&](const std::string& password, const std::string& database) {
    return fmt::format("postgresql://dangol:{}@127.0.0.1:{}/{}", password, server.port, database);
  };
  ExpectRefusal(MigrateTickets(url(server.password, "nowhere")),
                fmt::format("Make it with `createdb -h 127.0.0.1 -p {} -U dangol nowhere`", server.port));
  const Ended wrong_password = MigrateTickets(url("sesame", "postgres"));
  ExpectRefusal(wrong_password, "the password is wrong");
  EXPECT_THAT(wrong_password.errors, Not(HasSubstr("sesame")));
  ExpectRefusal(MigrateTickets("postgresql://dangol@127.0.0.1:1/x"), "nothing listens there");
  ExpectRefusal(Dangol({"migrate", data(), url("sesame", "x")}), "write {service} where its name belongs");
  for (const char* target : {"sqlite:x.db", "mysql://x/y", "tickets"})
    EXPECT_EQ(Dangol({"migrate", data(), target}).code, 2) << target;
}

TEST_F(MigrateRefusalTest, ATargetThatHoldsSomethingElse) {
  Session("tickets").Execute("CREATE TABLE theirs (n INTEGER)");
  ExpectRefusal(Migrate({"--only", "tickets"}), "it has tables already");

  testing::ChildProcess started(testing::kTickets, {"--database", Url("backlog"), "--listen", "127.0.0.1:0"});
  ASSERT_TRUE(started.WaitForText("serving tickets", testing::kPatience)) << started.errors();
  started.Signal(SIGTERM);
  started.Wait(testing::kPatience);
  ExpectRefusal(MigrateTickets(Url("backlog")), "it has tables already");

  ASSERT_EQ(Migrate({"--only", "metrics"}).code, 0);
  ExpectRefusal(MigrateTickets(Url("metrics")), "moved from another database");
}

TEST_F(MigrateRefusalTest, ATargetWhoseServiceRuns) {
  ASSERT_EQ(Migrate({"--only", "tickets"}).code, 0);
  testing::ChildProcess started(testing::kTickets, {"--database", Url("tickets"), "--listen", "127.0.0.1:0"});
  ASSERT_TRUE(started.WaitForText("serving tickets", testing::kPatience)) << started.errors();
  ExpectRefusal(Migrate({"--only", "tickets"}), "the service has run here since");
  ExpectRefusal(Migrate({"--only", "tickets", "--verify"}), "the service has run here since");
}

TEST_F(MigrateRefusalTest, ATargetInWhichTheUserMayNotMakeTables) {
  const PostgresServer& server = PostgresServer::Get();
  const auto session = Session("tickets");
  session.Execute("CREATE ROLE migrate_guest LOGIN");
  const std::string database = PostgresRows(session, "SELECT current_database()")[0];
  ExpectRefusal(MigrateTickets(fmt::format("postgresql://migrate_guest@/{}?host={}&port={}", database, server.folder,
                                           server.port)),
                "ALTER DATABASE");
  session.Execute("DROP ROLE migrate_guest");
}

TEST_F(MigrateRefusalTest, VerifyingWhatIsNotMoved) {
  ExpectRefusal(Migrate({"--only", "tickets", "--verify"}), "Run this without --verify first");
  ExpectNothingDone();
}

}  // namespace
}  // namespace dangol
