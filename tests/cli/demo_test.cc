// The half year of a shop that `dangol up --demo` shows.
#include "cli/demo/demo.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "cli/demo/begin.h"
#include "cli/demo/demo_plan.h"
#include "cli/demo/demo_suite.h"
#include "cli/demo/demo_text.h"
#include "common/base/error.h"
#include "dangol/api/v1/admin_service.pb.h"
#include "dangol/backlog/v1/change.pb.h"
#include "dangol/metrics/v1/effect.pb.h"
#include "dangol/metrics/v1/engine_service.pb.h"
#include "dangol/metrics/v1/kpi_service.pb.h"
#include "dangol/tickets/v1/policy_service.pb.h"
#include "services/backlog/service.h"
#include "services/metrics/service.h"
#include "services/tickets/service.h"
#include "tests/support/local_service.h"

namespace dangol::demo {
namespace {

using dangol::testing::TemporaryFolder;
using ::testing::AllOf;
using ::testing::Ge;
using ::testing::IsEmpty;
using ::testing::Le;

const absl::Time kEnd = absl::FromCivil(absl::CivilMinute(2026, 11, 29, 3, 0), absl::UTCTimeZone());
constexpr const char* kServices[] = {"tickets", "backlog", "metrics"};

std::vector<std::string> Rows(const std::string& path, const std::string& sql) {
  sqlite3* database = nullptr;
  EXPECT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
  sqlite3_stmt* statement = nullptr;
  EXPECT_EQ(sqlite3_prepare_v2(database, sql.c_str(), -1, &statement, nullptr), SQLITE_OK) << sqlite3_errmsg(database);
  std::vector<std::string> rows;
  while (sqlite3_step(statement) == SQLITE_ROW) {
    std::string row;
    for (int i = 0; i < sqlite3_column_count(statement); ++i) {
      const auto* text = static_cast<const char*>(sqlite3_column_blob(statement, i));
      row.append(i == 0 ? "" : "|")
          .append(text == nullptr ? "" : std::string(text, static_cast<size_t>(sqlite3_column_bytes(statement, i))));
    }
    rows.push_back(std::move(row));
  }
  sqlite3_finalize(statement);
  sqlite3_close(database);
  return rows;
}

int Count(const std::string& path, const std::string& sql) { return std::stoi(Rows(path, sql).at(0)); }

// A line for each row of each table, its bytes in order: a stored map has its entries in any.
std::vector<std::string> Content(const std::string& path) {
  std::vector<std::string> content;
  for (const std::string& table : Rows(path, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")) {
    content.push_back(table);
    for (const std::string& row : Rows(path, fmt::format("SELECT * FROM \"{}\" ORDER BY 1, 2", table)))
      std::ranges::sort(content.emplace_back(row));
  }
  return content;
}

// Made once for all tests that only look.
class Demo : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TemporaryFolder;
    const absl::Status made = Make(folder_->path(), "ko", kEnd);
    ASSERT_TRUE(made.ok()) << made;
  }
  static void TearDownTestSuite() { delete folder_; }

  static std::string Path() { return folder_->path(); }
  static std::string Database(std::string_view service) { return folder_->File(fmt::format("{}.db", service)); }

 private:
  static inline TemporaryFolder* folder_ = nullptr;
};

TEST_F(Demo, TheSameSeedMakesTheSame) {
  TemporaryFolder again;
  ASSERT_TRUE(Make(again.path(), "ko", kEnd).ok());
  for (const char* service : kServices) {
    const std::vector<std::string> first = Content(Database(service));
    const std::vector<std::string> second = Content(again.File(fmt::format("{}.db", service)));
    const auto [one, other] = std::ranges::mismatch(first, second);
    EXPECT_TRUE(one == first.end() && other == second.end()) << service << "\n"
                                                             << (one == first.end() ? "nothing" : *one) << "\n"
                                                             << (other == second.end() ? "nothing" : *other);
  }
}

// Of each change what its complaints tell, by the names of Effect.Verdict.
std::map<std::string, std::string> Verdicts(const std::string& metrics) {
  std::map<std::string, std::string> verdicts;
  for (const std::string& row : Rows(metrics, "SELECT effect_id, verdict FROM effect")) {
    const size_t bar = row.find('|');
    verdicts[row.substr(0, bar)] = metrics::v1::Effect::Verdict_Name(std::stoi(row.substr(bar + 1)));
  }
  return verdicts;
}

TEST_F(Demo, TellsWhatItsChangesDidInBothLanguagesAndOnOtherDays) {
  TemporaryFolder english;
  ASSERT_TRUE(Make(english.path(), "en", kEnd - absl::Hours(72)).ok());
  // On this day a change that doubled its complaints could not be told.
  TemporaryFolder unlucky;
  ASSERT_TRUE(Make(unlucky.path(), "ko", absl::FromCivil(absl::CivilHour(2026, 11, 30, 3), absl::UTCTimeZone())).ok());
  for (auto verdicts :
       {Verdicts(Database("metrics")), Verdicts(english.File("metrics.db")), Verdicts(unlucky.File("metrics.db"))}) {
    const auto of = [&](size_t change) { return verdicts[std::string(KoreanText().changes[change].id)]; };
    EXPECT_EQ(of(0), "IMPROVED");
    EXPECT_EQ(of(1), "IMPROVED");
    EXPECT_THAT(of(2), ::testing::AnyOf("INCONCLUSIVE", "NO_DETECTABLE_EFFECT"));
    EXPECT_EQ(of(3), "WORSENED");
  }
}

TEST_F(Demo, IsWhatTheServicesThemselvesWouldKeep) {
  for (const service::Definition* definition :
       {&tickets::TicketsService(), &backlog::BacklogService(), &metrics::MetricsService()}) {
    // A copy: opening it writes.
    TemporaryFolder copy;
    const std::string path = copy.File("service.db");
    std::filesystem::copy(Database(definition->name), path);
    service::Options options;
    options.database_url = fmt::format("sqlite:{}", path);
    dangol::testing::LocalService service(*definition, std::move(options));
    const auto integrity = service.Call<api::v1::CheckIntegrityResponse>("/dangol.api.v1.AdminService/CheckIntegrity",
                                                                         api::v1::CheckIntegrityRequest());
    ASSERT_TRUE(integrity.ok()) << integrity.status();
    EXPECT_EQ(integrity->violation_count(), 0) << integrity->DebugString();
  }
}

TEST_F(Demo, HasASizeThatAShopCouldHave) {
  EXPECT_THAT(Count(Database("tickets"), "SELECT CAST(count(*) AS TEXT) FROM ticket"), AllOf(Ge(1200), Le(2400)));
  EXPECT_THAT(Count(Database("tickets"), "SELECT CAST(count(*) AS TEXT) FROM customer"), AllOf(Ge(350), Le(900)));
  EXPECT_EQ(Count(Database("backlog"), "SELECT CAST(count(*) AS TEXT) FROM change"), static_cast<int>(kChanges.size()));
  EXPECT_THAT(Count(Database("metrics"), "SELECT CAST(count(*) AS TEXT) FROM observation WHERE recorded_by <> ''"),
              AllOf(Ge(1400), Le(1700)));
}

TEST_F(Demo, ConcludesFromWhatTheyDid) {
  const std::map<std::string, std::string> expected = {
      {"double-seal", "VERIFIED"}, {"hour-window", "VERIFIED"}, {"text-before-door", "REGRESSED"}};
  std::map<std::string, std::string> states;
  for (const std::string& row : Rows(Database("backlog"), "SELECT change_id, state FROM change ORDER BY change_id")) {
    const std::vector<std::string> parts = absl::StrSplit(row, '|');
    if (!expected.contains(parts[0])) continue;
    states[parts[0]] = backlog::v1::Change::State_Name(static_cast<backlog::v1::Change::State>(std::stoi(parts[1])));
  }
  EXPECT_EQ(states, expected);
}

TEST_F(Demo, HasFewTextsTwice) {
  const std::vector<std::string> bodies = Rows(Database("tickets"), "SELECT body FROM ticket");
  const std::set<std::string> different(bodies.begin(), bodies.end());
  EXPECT_GT(different.size() * 100, bodies.size() * 70);
}

TEST_F(Demo, LeavesNoPlaceUnfilled) {
  EXPECT_THAT(Rows(Database("tickets"), "SELECT body FROM ticket WHERE instr(body, '{') > 0"), IsEmpty());
  EXPECT_THAT(Rows(Database("tickets"), "SELECT body FROM message WHERE instr(body, '{') > 0"), IsEmpty());
}

TEST_F(Demo, HasAllTextsInBothLanguages) {
  ASSERT_EQ(KoreanText().reasons.size(), kPerThousandOrders.size());
  ASSERT_EQ(EnglishText().reasons.size(), kPerThousandOrders.size());
  for (size_t i = 0; i < kPerThousandOrders.size(); ++i) {
    EXPECT_EQ(KoreanText().reasons[i].reason, EnglishText().reasons[i].reason);
    EXPECT_EQ(KoreanText().reasons[i].kind, EnglishText().reasons[i].kind);
    EXPECT_EQ(KoreanText().reasons[i].stage, EnglishText().reasons[i].stage);
  }
  ASSERT_EQ(KoreanText().changes.size(), kChanges.size());
  ASSERT_EQ(EnglishText().changes.size(), kChanges.size());
}

TEST_F(Demo, RefusesAFolderWithOtherData) {
  TemporaryFolder folder;
  std::ofstream(folder.File("tickets.db")) << "something";
  EXPECT_EQ(Look(folder.path()), Folder::kOther);
  const absl::Status made = Make(folder.path(), "ko", kEnd);
  EXPECT_EQ(made.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ErrorReason(made), "FOLDER_NOT_EMPTY");
  EXPECT_EQ(std::filesystem::file_size(folder.File("tickets.db")), 9u);
}

TEST_F(Demo, IsNotMadeTwiceInOnePlace) {
  EXPECT_EQ(Look(Path()), Folder::kDemo);
  EXPECT_EQ(ErrorReason(Make(Path(), "ko", kEnd)), "FOLDER_NOT_EMPTY");
}

TEST_F(Demo, OneThatWasInterruptedIsNoDemonstration) {
  TemporaryFolder folder;
  std::filesystem::create_directory(folder.File("unfinished"));
  std::ofstream(folder.File("unfinished/tickets.db")) << "half";
  EXPECT_EQ(Look(folder.path()), Folder::kEmpty);
}

// What `dangol begin` reads of a suite that runs.
Arrangement ArrangementOf(const std::string& path) {
  TemporaryFolder copy;
  for (const char* service : kServices)
    std::filesystem::copy(path + fmt::format("/{}.db", service), copy.File(fmt::format("{}.db", service)));
  auto suite = DemoSuite::Open(copy.path(), 1, kEnd);
  EXPECT_TRUE(suite.ok()) << suite.status();
  Arrangement arrangement;
  if (!suite.ok()) return arrangement;
  metrics::v1::ListEnginesResponse engines;
  metrics::v1::ListKpisRequest of_engine;
  of_engine.set_parent("engines/shop");
  of_engine.set_page_size(1000);
  metrics::v1::ListKpisResponse kpis;
  tickets::v1::ListContactReasonsRequest all;
  all.set_page_size(1000);
  tickets::v1::ListContactReasonsResponse reasons;
  const auto ask = [&](const char* method, const google::protobuf::Message& request,
                       google::protobuf::Message& answer) {
    EXPECT_EQ((*suite)->Call(method, request, &answer), absl::OkStatus());
  };
  ask("/dangol.metrics.v1.EngineService/ListEngines", metrics::v1::ListEnginesRequest(), engines);
  ask("/dangol.metrics.v1.KpiService/ListKpis", of_engine, kpis);
  ask("/dangol.tickets.v1.PolicyService/ListContactReasons", all, reasons);
  ask("/dangol.tickets.v1.PolicyService/GetTriagePolicy", tickets::v1::GetTriagePolicyRequest(), arrangement.policy);
  arrangement.engines.assign(engines.engines().begin(), engines.engines().end());
  arrangement.kpis.assign(kpis.kpis().begin(), kpis.kpis().end());
  arrangement.contact_reasons.assign(reasons.contact_reasons().begin(), reasons.contact_reasons().end());
  return arrangement;
}

TEST_F(Demo, ACompanyBeginsWithItsEngineAndNothingElse) {
  Arrangement arrangement = ArrangementOf(Path());
  LeavePeopleOut(arrangement);
  TemporaryFolder folder;
  ASSERT_EQ(Begin(folder.path(), arrangement, kEnd), absl::OkStatus());
  EXPECT_EQ(Look(folder.path()), Folder::kOther) << "it is no demonstration, and sends";
  EXPECT_EQ(ErrorReason(Begin(folder.path(), arrangement, kEnd)), "FOLDER_NOT_EMPTY");
  for (const char* table : {"ticket", "customer", "message"})
    EXPECT_EQ(Count(folder.File("tickets.db"), fmt::format("SELECT CAST(count(*) AS TEXT) FROM {}", table)), 0)
        << table;
  EXPECT_EQ(Count(folder.File("backlog.db"), "SELECT CAST(count(*) AS TEXT) FROM change"), 0);
  for (const char* table : {"member", "observation", "ticket_loop", "remark", "effect"})
    EXPECT_EQ(Count(folder.File("metrics.db"), fmt::format("SELECT CAST(count(*) AS TEXT) FROM {}", table)), 0)
        << table;
  Arrangement begun = ArrangementOf(folder.path());
  ASSERT_EQ(begun.engines.size(), 1U);
  EXPECT_EQ(begun.engines[0].exposure_kpi(), arrangement.engines[0].exposure_kpi());
  EXPECT_EQ(begun.engines[0].stages_size(), arrangement.engines[0].stages_size());
  EXPECT_EQ(begun.kpis.size(), arrangement.kpis.size());
  for (const metrics::v1::Kpi& kpi : begun.kpis) EXPECT_EQ(kpi.first_day(), "2026-11-29") << kpi.name();
  LeavePeopleOut(begun);  // and reasons that nobody made
  EXPECT_EQ(begun.contact_reasons.size(), arrangement.contact_reasons.size());
  EXPECT_EQ(begun.policy.time_zone(), arrangement.policy.time_zone());
}

}  // namespace
}  // namespace dangol::demo
