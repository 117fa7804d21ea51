#include "tests/cli/migrate_fixture.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "absl/strings/str_join.h"
#include "fmt/format.h"
#include <gmock/gmock.h>
#include <sqlite3.h>

namespace dangol::testing {
namespace {

void WorkSuite(const RunningSuite& suite) {
  FillSuite(suite);
  ExpectDone(suite.Run({"call", kCreateTicket, kTicketRequest}));
  ExpectDone(suite.Run({"ticket", "create", "--ticket-id", "tricky", "--subject", "", "--body", kTrickyText}));
  ExpectDone(suite.Run({"ticket", "reopen", "t1", "--cause", "NOT_FIXED", "--body", "It is still there."}));
  WaitFor(suite, {"loop", "t1"}, "came back");
  // Whoever follows another has all of it.
  WaitFor(suite, {"doctor"}, "loops: 9 examined");
}

// What comes without an operator's help only when something goes wrong.
constexpr char kParkedAndDue[] =
    "INSERT INTO parked_event SELECT 1, 'tickets-' || substr(incarnation, 1, 8) || '-1', 'tickets', incarnation, 1, "
    "'ticket_created', 'tickets/t10@1', x'', 1, 'INTERNAL: told to', 1, NULL, NULL FROM subscription "
    "WHERE feed = 'tickets';"
    "INSERT INTO parked_resource SELECT 'tickets', incarnation, 'tickets/t10', 1 FROM subscription WHERE feed = 'tickets';"
    "INSERT INTO timer (due_time, kind, resource, attempt) VALUES (1, 'fan-out', 'changes/gone', 0);";

// Made once: the tests get copies.
const std::string& WorkedFolder() {
  static const TemporaryFolder folder;
  static const std::string path = [] {
    RunningSuite suite(folder.path());
    WorkSuite(suite);
    // What stands in the logs alone has to come along.
    suite.process().Kill();
    Execute(folder.File("backlog.db"), kParkedAndDue);
    return folder.path();
  }();
  return path;
}

std::string Joined(const std::vector<std::string>& values) { return absl::StrJoin(values, "\t"); }

}  // namespace

MigrateTest::MigrateTest()
    : data_(folder_.File("data")), prefix_([] {
        static int count = 0;
        return fmt::format("migrate_{}_{}_", getpid(), ++count);
      }()) {
  std::filesystem::copy(WorkedFolder(), data_);
  MakeTargets();
}

void MigrateTest::MakeTargets() const {
  const PostgresSession session(PostgresServer::Get().UrlOf("postgres"));
  for (const char* service : kServices) session.Execute(fmt::format("CREATE DATABASE {}{}", prefix_, service));
}

void MigrateTest::DropTargets() const {
  const PostgresSession session(PostgresServer::Get().UrlOf("postgres"));
  for (const char* service : kServices)
    session.Execute(fmt::format("DROP DATABASE {}{} WITH (FORCE)", prefix_, service));
}

std::string MigrateTest::Url(const std::string& service) const {
  return PostgresServer::Get().UrlOf(prefix_ + service);
}

Ended MigrateTest::Migrate(const std::vector<std::string>& arguments) const {
  std::vector<std::string> all = {"migrate", data_, Url()};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return Dangol(all);
}

void ExpectRefusal(const Ended& ended, const std::string& why) {
  EXPECT_EQ(ended.code, 1) << ended.output << ended.errors;
  EXPECT_THAT(ended.errors, ::testing::HasSubstr(why));
  EXPECT_EQ(std::ranges::count(ended.errors, '\n'), 1) << ended.errors;
}

std::vector<std::string> SqliteRows(const std::string& database, const std::string& sql) {
  sqlite3* handle = nullptr;
  EXPECT_EQ(sqlite3_open(database.c_str(), &handle), SQLITE_OK);
  sqlite3_stmt* statement = nullptr;
  EXPECT_EQ(sqlite3_prepare_v2(handle, sql.c_str(), -1, &statement, nullptr), SQLITE_OK) << sqlite3_errmsg(handle);
  std::vector<std::string> rows;
  while (sqlite3_step(statement) == SQLITE_ROW) {
    std::vector<std::string> values;
    for (int i = 0; i < sqlite3_column_count(statement); ++i) {
      const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, i));
      values.emplace_back(bytes == nullptr ? "" : bytes, static_cast<size_t>(sqlite3_column_bytes(statement, i)));
    }
    rows.push_back(Joined(values));
  }
  sqlite3_finalize(statement);
  sqlite3_close(handle);
  std::ranges::sort(rows);
  return rows;
}

std::vector<std::string> PostgresRows(const PostgresSession& session, const std::string& sql) {
  std::vector<std::string> rows;
  session.ForEachRow(sql, [&](const std::vector<std::string>& values) { rows.push_back(Joined(values)); });
  std::ranges::sort(rows);
  return rows;
}

}  // namespace dangol::testing
