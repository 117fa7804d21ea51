// `dangol engine`, `dangol member`, `dangol kpi` and `dangol readiness`
#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/clock.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dangol/metrics/v1/engine.pb.h"
#include "dangol/metrics/v1/kpi.pb.h"
#include "tests/cli/cli_fixture.h"

namespace dangol {
namespace {

using ::testing::AllOf;
using testing::Ended;
using testing::ExpectDone;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Parsed;
using testing::RunningSuite;
using testing::TemporaryFolder;
using testing::WaitFor;

class EngineVerbs : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  RunningSuite suite_{folder_.path()};
};

TEST_F(EngineVerbs, GoFromABlueprintToANumber) {
  ExpectDone(suite_.Run({"member", "create", "--member-id", "kim", "--display-name", "Kim", "--roles", "lead"}));
  const Ended created = suite_.Run(
      {"engine", "create", "--engine-id", "shop", "--blueprint", "engine", "--time-zone", "UTC", "-o", "json"});
  EXPECT_EQ(created.code, 0) << created.errors;
  EXPECT_EQ(Parsed<metrics::v1::Engine>(created.output).stages_size(), 4);
  EXPECT_THAT(suite_.Run({"engine", "list"}).output,
              AllOf(HasSubstr("shop *"), HasSubstr("apply > experience > decision > regular")));
  EXPECT_THAT(suite_.Run({"kpi", "list", "shop"}).output, HasSubstr("shop/orders"));
  EXPECT_THAT(suite_.Run({"readiness", "shop"}).output, HasSubstr("has an owner who works here"));

  EXPECT_THAT(
      suite_.Run({"engine", "show", "--language", "en"}).output,
      AllOf(HasSubstr("1. Sign-up (apply): nobody was named"), HasSubstr("Closed: the days of the triage policy"),
            HasSubstr("Complaints are counted against: Orders")));
  ExpectDone(suite_.Run({"engine", "update", "shop", "--closed-weekdays", "sunday"}));
  EXPECT_THAT(suite_.Run({"engine", "show", "shop", "--language", "ko"}).output, HasSubstr("쉬는 날: 일요일\n"));
  ExpectDone(suite_.Run({"engine", "update", "shop", "--closed-days", "policy"}));

  ExpectDone(suite_.Run({"engine", "update", "shop", "--week-start", "sunday", "--note", "As we count"}));
  EXPECT_THAT(suite_.Run({"engine", "revisions", "shop"}).output, AllOf(HasSubstr("shop/4"), HasSubstr("week_start")));
  EXPECT_THAT(suite_.Run({"engine", "acknowledge", "shop/4", "--member", "kim", "--answer", "agree"}).output,
              HasSubstr("1/1"));
}

TEST_F(EngineVerbs, StrategyAndStopCandidatesSayWhatTheWorkAmountsTo) {
  ExpectDone(suite_.Run({"engine", "create", "--engine-id", "shop", "--blueprint", "engine", "--time-zone", "UTC"}));
  EXPECT_EQ(suite_.Run({"strategy", "shop", "--language", "en"}).output,
            "In these months no complaint was answered, and no change shipped.\n");
  EXPECT_THAT(suite_.Run({"strategy", "--language", "ko"}).output, HasSubstr("답을 받은 불만도"));
  ExpectDone(suite_.Run({"ticket", "create", "--ticket-id", "t1", "--subject", "It is torn"}));
  ExpectDone(suite_.Run(
      {"ticket", "resolve", "t1", "--disposition", "informed", "--reply", "So it is", "--decided-by", "kim"}));
  WaitFor(suite_, {"strategy", "shop", "--months", "2", "--language", "en"}, "1 (100 %)");
  const Ended english = suite_.Run({"strategy", "shop", "--months", "2", "--language", "en"});
  EXPECT_THAT(english.output, AllOf(HasSubstr("MAKE THEM TRUST US"), HasSubstr("GENERATION"), HasSubstr(" …")));
  EXPECT_EQ(std::count(english.output.begin(), english.output.end(), '\n'), 2) << "from the first month of any";
  EXPECT_THAT(suite_.Run({"strategy", "--language", "ko"}).output, HasSubstr("고객과 하나 되기"));
  EXPECT_EQ(suite_.Run({"strategy", "--months", "61"}).code, 2);
  // Each stage of the blueprint has KPIs.
  EXPECT_THAT(suite_.Run({"engine", "stop-candidates"}).output, HasSubstr("Something speaks for each step"));
  for (const std::string kpi : {"on-time", "first-uses"})
    ExpectDone(suite_.Run({"kpi", "update", "shop/" + kpi, "--state", "retired"}));
  EXPECT_THAT(suite_.Run({"engine", "stop-candidates", "shop"}).output,
              AllOf(HasSubstr("step experience/"), HasSubstr("no change, KPI or agreement")));
}

TEST_F(EngineVerbs, EnterAsksForWhatIsMissing) {
  ExpectDone(suite_.Run({"engine", "create", "--engine-id", "shop", "--blueprint", "engine", "--time-zone", "UTC"}));
  EXPECT_EQ(suite_.Run({"kpi", "enter", "shop", "--member", "kim"}).output, "Nothing is to be entered.\n");
  // Of the last 35 days at least 25 are open.
  const std::string first_day = absl::FormatCivilTime(absl::ToCivilDay(absl::Now(), absl::UTCTimeZone()) - 30);
  for (const std::string kpi : {"orders", "on-time"})
    ExpectDone(suite_.Run({"kpi", "update", "shop/" + kpi, "--owner", "kim", "--first-day", first_day}));
  const Ended entered = suite_.Run({"kpi", "enter", "shop", "--member", "kim"},
                                   "what\n9\n9/10\n3/4\n12\n\nn/a Closed for repairs\n0/0\n");
  EXPECT_EQ(entered.code, 0) << entered.errors;
  EXPECT_THAT(entered.output, AllOf(HasSubstr("A number; 3/40"), HasSubstr("Orders [-]: "), HasSubstr("4 entered, ")));
  EXPECT_THAT(entered.output, AllOf(HasSubstr("This takes two numbers, such as 3/40."),
                                    HasSubstr("This takes one number, such as 12.")));
  const Ended missing = suite_.Run({"kpi", "missing", "shop", "--member", "kim", "--all", "-o", "json"});
  EXPECT_THAT(missing.output, HasSubstr("engines/shop/kpis/on-time"));
  EXPECT_EQ(suite_.Run({"kpi", "enter", "shop"}).code, 2);
  const Ended absent = suite_.Run({"kpi", "enter", "none", "--member", "kim"});
  EXPECT_EQ(absent.code, 1);
  EXPECT_THAT(absent.errors, HasSubstr("dangol kpi enter: NOT_FOUND"));
}

TEST_F(EngineVerbs, ReportShowsTheNumbersInBothLanguages) {
  EXPECT_THAT(suite_.Run({"report"}).errors, HasSubstr("dangol engine create"));
  ExpectDone(suite_.Run({"engine", "create", "--engine-id", "shop", "--blueprint", "engine", "--time-zone", "UTC"}));
  const std::string first_day = absl::FormatCivilTime(absl::ToCivilDay(absl::Now(), absl::UTCTimeZone()) - 30);
  ExpectDone(suite_.Run({"kpi", "update", "shop/orders", "--owner", "kim", "--first-day", first_day}));
  ExpectDone(suite_.Run({"kpi", "enter", "shop", "--member", "kim"}, "1200\n"));
  const Ended english = suite_.Run({"report", "day", "shop", "--day", first_day, "--language", "en"});
  EXPECT_EQ(english.code, 0) << english.errors;
  EXPECT_THAT(english.output, AllOf(HasSubstr("From stranger to regular · day " + first_day), HasSubstr("Decision"),
                                    HasSubstr("Orders"), HasSubstr("BEFORE")));
  const Ended korean = suite_.Run({"report", "month", "--language", "ko"});
  EXPECT_THAT(korean.output, AllOf(HasSubstr("단골 엔진 · 월간"), HasSubstr("주문"), HasSubstr("직전")));
  EXPECT_EQ(suite_.Run({"report", "year"}).code, 2);
}

TEST_F(EngineVerbs, ImportEntersATableAndSaysWhereItIsWrong) {
  TemporaryFolder folder;
  ExpectDone(suite_.Run({"engine", "create", "--engine-id", "shop", "--blueprint", "engine", "--time-zone", "UTC"}));
  std::ofstream(folder.File("numbers.csv")) << "Date;Orders;Arrived;Promised\n"
                                               "2026.11.01;1,204;38;40\n"
                                               "2026.11.02;;n/a closed;\n";
  const std::vector<std::string> import = {"kpi",      "import",
                                           "shop",     folder.File("numbers.csv"),
                                           "--member", "kim",
                                           "--day",    "Date",
                                           "--map",    "orders=Orders,on-time=Arrived/Promised"};
  const Ended done = suite_.Run(import);
  EXPECT_EQ(done.output, "3 cells entered.\n") << done.errors;
  EXPECT_EQ(suite_.Run(import).output, "3 cells entered.\n") << "again it changes nothing";
  EXPECT_THAT(suite_.Run({"kpi", "revisions", "shop/on-time/2026-11-02"}).output, HasSubstr("closed"));
  std::ofstream(folder.File("wrong.csv")) << "day,orders\n2026-11-03,many\n2026-11-04,5\n";
  const Ended wrong = suite_.Run({"kpi", "import", "shop", folder.File("wrong.csv"), "--member", "kim"});
  EXPECT_EQ(wrong.code, 1);
  EXPECT_THAT(wrong.errors, HasSubstr("line 2, orders: \"many\" is no number"));
  std::ofstream(folder.File("noise.csv")) << "day,orders\n2026-11-03,n/a \xff\n2026-11-04,5\n";
  const Ended noise = suite_.Run({"kpi", "import", "shop", folder.File("noise.csv"), "--member", "kim"});
  EXPECT_EQ(noise.code, 1);
  EXPECT_THAT(noise.errors, AllOf(HasSubstr("line 2, orders: is not UTF-8"), Not(HasSubstr("libprotobuf"))));
  EXPECT_EQ(suite_.Run({"kpi", "import", "shop", folder.File("noise.csv"), "--encoding", "none"}).code, 2);
  std::ofstream(folder.File("late.csv")) << "day,orders\n2026-11-04,5\n1960-01-01,5\n";
  EXPECT_THAT(suite_.Run({"kpi", "import", "shop", folder.File("late.csv"), "--member", "kim"}).errors,
              HasSubstr("(line 3, orders)"));
}

}  // namespace
}  // namespace dangol
