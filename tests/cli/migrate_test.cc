// `dangol migrate`: everything is kept, and the services go on where they were.
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "fmt/format.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dangol/tickets/v1/ticket_feed.pb.h"
#include "tests/cli/migrate_fixture.h"
#include "tests/support/eventually.h"

namespace dangol {
namespace {

using ::testing::AllOf;
using testing::ChildProcess;
using ::testing::ElementsAre;
using testing::Ended;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kCreateTicket;
using testing::kPatience;
using testing::kServices;
using testing::kStreamEvents;
using testing::MigrateTest;
using ::testing::Not;
using testing::Parsed;
using testing::PostgresRows;
using testing::ReadFile;
using testing::RunningSuite;
using testing::SqliteRows;

constexpr char kGetLoop[] = "dangol.metrics.v1.LoopService/GetLoop";

// The three servers, each on its database.
class Servers {
 public:
  // `database`: of a service, a URL.
  template <typename Database>
  explicit Servers(const Database& database) {
    const std::string folder = std::string(testing::kTickets).substr(0, std::string(testing::kTickets).rfind('/'));
    for (const char* service : kServices) {
      processes_.push_back(
          std::make_unique<ChildProcess>(fmt::format("{}/dangol-{}", folder, service),
                                         std::vector<std::string>{"--database", database(service), "--port-base",
                                                                  std::to_string(port_base_), "--log-format", "text"}));
    }
    for (size_t i = 0; i < processes_.size(); ++i)
      EXPECT_TRUE(processes_[i]->WaitForText(fmt::format("serving {}", kServices[i]), kPatience)) << errors();
  }

  Ended Run(std::vector<std::string> arguments) const {
    return testing::Dangol(std::move(arguments), {"", {fmt::format("DANGOL_PORT_BASE={}", port_base_)}, ""});
  }
  // Until the command says so.
  void WaitFor(const std::vector<std::string>& command, const std::string& text) const {
    std::string seen;
    const auto says_it = [&] { return absl::StrContains(seen = Run(command).output, text); };
    EXPECT_TRUE(testing::Eventually(says_it, kPatience)) << text << " does not come: " << seen;
  }
  std::string errors() const {
    std::string all;
    for (const auto& process : processes_) all += process->errors();
    return all;
  }

 private:
  const int port_base_ = testing::FreePorts();
  std::vector<std::unique_ptr<ChildProcess>> processes_;
};

// All of a table but its incarnations; NULL is told from an empty text.
std::string SelectAll(const std::string& database, const std::string& table) {
  std::vector<std::string> columns;
  for (const std::string& column :
       SqliteRows(database, fmt::format("SELECT name FROM pragma_table_info('{}')", table))) {
    if (column != "incarnation")
      columns.push_back(fmt::format(R"("{0}", CASE WHEN "{0}" IS NULL THEN 1 ELSE 0 END)", column));
  }
  return fmt::format("SELECT {} FROM {}", absl::StrJoin(columns, ", "), table);
}

TEST_F(MigrateTest, KeepsEveryRowOfEveryTable) {
  const Ended moved = Migrate();
  EXPECT_EQ(moved.code, 0) << moved.errors;
  EXPECT_THAT(moved.errors, IsEmpty());
  EXPECT_THAT(moved.output, AllOf(HasSubstr("tickets  message"), HasSubstr("rows were moved in"), Not(HasSubstr("✗"))));
  for (const std::string service : kServices) {
    const auto session = Session(service);
    const auto tables = SqliteRows(Database(service), "SELECT name FROM sqlite_schema WHERE type = 'table'");
    EXPECT_GE(tables.size(), 8U);
    for (const std::string& table : tables) {
      if (table == "schema_migration") continue;  // says when the target's were made
      const std::string select = SelectAll(Database(service), table);
      EXPECT_EQ(SqliteRows(Database(service), select), PostgresRows(session, select)) << service << " " << table;
      EXPECT_THAT(moved.output, HasSubstr(fmt::format("{}  {} ", service, table)));
    }
  }
  for (const char* table : {"feed", "idempotency", "message", "ticket", "timer", "subscription"})
    EXPECT_THAT(SqliteRows(Database("tickets"), fmt::format("SELECT 1 FROM {}", table)), Not(IsEmpty())) << table;
  for (const char* table : {"demand", "evidence", "shipment", "parked_event", "parked_resource"})
    EXPECT_THAT(SqliteRows(Database("backlog"), fmt::format("SELECT 1 FROM {}", table)), Not(IsEmpty())) << table;
}

TEST_F(MigrateTest, MakesNewFeedsAndLetsEachFollowTheOthersThere) {
  ASSERT_EQ(Migrate().code, 0);
  std::map<std::string, std::string> incarnations;
  for (const std::string service : kServices) {
    const auto rows = PostgresRows(Session(service), "SELECT incarnation FROM feed_head");
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_THAT(rows[0], ::testing::MatchesRegex("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"));
    EXPECT_NE(rows, SqliteRows(Database(service), "SELECT incarnation FROM feed_head"));
    incarnations[service] = rows[0];
  }
  for (const std::string service : kServices) {
    const auto session = Session(service);
    for (const std::string& feed : PostgresRows(session, "SELECT feed FROM subscription"))
      EXPECT_THAT(PostgresRows(session, fmt::format("SELECT incarnation FROM subscription WHERE feed = '{}'", feed)),
                  ElementsAre(incarnations[feed]));
  }
  for (const char* table : {"parked_event", "parked_resource"})
    EXPECT_THAT(PostgresRows(Session("backlog"), fmt::format("SELECT incarnation FROM {}", table)),
                ElementsAre(incarnations["tickets"]));
}

TEST_F(MigrateTest, LeavesTheSourceAsItIs) {
  const auto contents = [&] {
    std::vector<std::string> files;
    for (const char* service : kServices) files.push_back(ReadFile(Database(service)));
    files.push_back(ReadFile(Database("tickets") + "-wal"));
    return files;
  };
  const std::vector<std::string> before = contents();
  EXPECT_GT(before.back().size(), 0U);
  ASSERT_EQ(Migrate().code, 0);
  EXPECT_TRUE(contents() == before);
}

TEST_F(MigrateTest, TheServicesGoOnWhereTheyWere) {
  std::string loop;
  std::string cursor;
  std::string created;
  {
    RunningSuite suite(data());
    loop = suite.Run({"call", kGetLoop, R"({"name":"loops/t1"})"}).output;
    created = suite.Run({"call", kCreateTicket, testing::kTicketRequest}).output;
    cursor =
        Parsed<tickets::v1::StreamEventsResponse>(suite.Run({"call", kStreamEvents, "--max", "1"}).output).cursor();
    suite.StopInTime();
  }
  testing::Execute(Database("backlog"),
                   "INSERT INTO timer (due_time, kind, resource, attempt) VALUES (1, 'fan-out', 'changes/gone', 0)");
  ASSERT_EQ(Migrate().code, 0);
  const Servers servers([&](const char* service) { return Url(service); });

  EXPECT_EQ(servers.Run({"call", kGetLoop, R"({"name":"loops/t1"})"}).output, loop);
  EXPECT_EQ(servers.Run({"call", kCreateTicket, testing::kTicketRequest}).output, created);
  EXPECT_EQ(servers.Run({"ticket", "get", "tricky", "-o", "json"}).code, 0);
  const Ended old_cursor =
      servers.Run({"call", kStreamEvents, fmt::format(R"({{"afterCursor":"{}"}})", cursor), "--max", "1"});
  EXPECT_EQ(old_cursor.code, 1);
  EXPECT_THAT(old_cursor.errors, HasSubstr("INCARNATION_CHANGED"));

  // What is parked still holds up what comes after it.
  EXPECT_EQ(servers.Run({"ticket", "ack", "t10"}).code, 0);
  servers.WaitFor({"parked", "list"}, "ticket_acknowledged");
  const std::string id =
      PostgresRows(Session("backlog"), "SELECT parked_event_id FROM parked_event WHERE number = 1")[0];
  EXPECT_EQ(servers.Run({"parked", "retry", "backlog", id}).code, 0);

  const Ended doctor = servers.Run({"doctor"});
  EXPECT_EQ(doctor.code, 0) << doctor.output << doctor.errors;
  EXPECT_THAT(PostgresRows(Session("backlog"), "SELECT 1 FROM timer WHERE kind = 'fan-out'"), IsEmpty());
  EXPECT_THAT(servers.errors(), Not(HasSubstr("replayed from the beginning")));
}

TEST_F(MigrateTest, MovesOneServiceAlone) {
  testing::Execute(Database("backlog"), "DELETE FROM parked_event; DELETE FROM parked_resource");
  ASSERT_EQ(Migrate({"--only", "tickets"}).code, 0);
  const Servers servers([&](const std::string& service) {
    return service == "tickets" ? Url(service) : fmt::format("sqlite:{}", Database(service));
  });
  // The others see another feed, and replay it.
  EXPECT_EQ(servers.Run({"ticket", "ack", "t10"}).code, 0);
  const Ended doctor = servers.Run({"doctor"});
  EXPECT_EQ(doctor.code, 0) << doctor.output << doctor.errors;
  EXPECT_THAT(servers.errors(), HasSubstr("replayed from the beginning"));
}

TEST_F(MigrateTest, VerifyFindsWhatDiffers) {
  ASSERT_EQ(Migrate().code, 0);
  EXPECT_EQ(Migrate({"--verify"}).code, 0);
  Session("tickets").Execute("UPDATE ticket SET subject = 'late' WHERE ticket_id = 't7'");
  const Ended changed = Migrate({"--verify"});
  EXPECT_EQ(changed.code, 1);
  EXPECT_THAT(changed.output, ::testing::ContainsRegex("tickets +ticket +12 +12 .*✗ differs"));
  EXPECT_THAT(changed.errors, HasSubstr("TARGET_DIFFERS"));
  EXPECT_EQ(Migrate({"--verify", "--only", "backlog", "--only", "metrics"}).code, 0);

  Session("metrics").Execute("DELETE FROM ticket_step WHERE ticket_id = 't7' AND version = 1");
  const Ended json = Migrate({"--verify", "--only", "metrics", "-o", "json"});
  EXPECT_EQ(json.code, 1);
  EXPECT_THAT(json.output, HasSubstr(R"("table":"ticket_step","equal":false)"));
}

}  // namespace
}  // namespace dangol
