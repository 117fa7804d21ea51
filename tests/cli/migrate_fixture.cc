#include "tests/cli/migrate_fixture.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "fmt/format.h"
#include <gmock/gmock.h>
#include <sqlite3.h>

namespace dangol::testing {
namespace {

void ExpectDone(const Ended& ended) { EXPECT_EQ(ended.code, 0) << ended.output << ended.errors; }

void WaitFor(const RunningSuite& suite, const std::vector<std::string>& command, const std::string& text) {
  const absl::Time end = absl::Now() + kPatience;
  std::string seen;
  while (absl::Now() < end) {
    seen = suite.Run(command).output;
    if (absl::StrContains(seen, text)) return;
  }
  ADD_FAILURE() << seen;
}

void FillSuite(const RunningSuite& suite) {
  std::string requests;
  for (int i = 1; i <= 10; ++i)
    requests += fmt::format(R"({}{{"ticketId":"t{}","ticket":{{"subject":"Late"}}}})", i == 1 ? "" : ",", i);
  ExpectDone(suite.Run({"call", "dangol.tickets.v1.TicketService/BatchCreateTickets", "-"},
                       "{\"requests\":[" + requests + "]}"));
  ExpectDone(suite.Run({"call", kCreateTicket, kTicketRequest}));
  ExpectDone(suite.Run({"ticket", "create", "--ticket-id", "tricky", "--subject", "", "--body", kTrickyText}));
  for (const char* change : {"done", "next"})
    ExpectDone(suite.Run({"change", "create", "--title", "Say it", "--change-id", change, "--kind", "service"}));
  ExpectDone(suite.Run({"ticket", "accept", "t1", "t2", "t3", "t4", "--change", "done"}));
  ExpectDone(suite.Run({"ticket", "accept", "t5", "t6", "t7", "t8", "t9", "--change", "next"}));
  ExpectDone(suite.Run({"change", "ship", "done", "--can-keep", "yes", "--for-everyone", "yes", "--within-capability",
                        "yes", "--rationale", "It is easy", "--decided-by", "kim"}));
  WaitFor(suite, {"ticket", "get", "t1", "-o", "json"}, "\"state\":\"ANSWERED\"");
  ExpectDone(suite.Run({"ticket", "reopen", "t1", "--cause", "NOT_FIXED", "--body", "It is still there."}));
  WaitFor(suite, {"loop", "t1"}, "came back");
  // Whoever follows another has all of it.
  WaitFor(suite, {"doctor"}, "loops: 9 examined");
}

// What comes without an operator's help only when something goes wrong.
constexpr char kParkedAndDue[] =
    "INSERT INTO parked_event SELECT 1, 'tickets-' || substr(incarnation, 1, 8) || '-1', 'tickets', incarnation, 1, "
    "'ticket_created', 'tickets/t10@1', x'', 1, 'INTERNAL: told to', 1, NULL, NULL FROM subscription;"
    "INSERT INTO parked_resource SELECT 'tickets', incarnation, 'tickets/t10', 1 FROM subscription;"
    "INSERT INTO timer (due_time, kind, resource, attempt) VALUES (1, 'fan-out', 'changes/gone', 0);";

// Made once: the tests get copies.
const std::string& WorkedFolder() {
  static const TemporaryFolder folder;
  static const std::string path = [] {
    RunningSuite suite(folder.path());
    FillSuite(suite);
    suite.StopInTime();
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
