// A report as a person reads it: in Korean and English, at 80 and 120 columns.
#include "cli/resource/report_text.h"

#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "fmt/format.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/output/text_width.h"

namespace dangol::cli {
namespace {

using dangol::metrics::v1::Engine;
using dangol::metrics::v1::Kpi;
using dangol::metrics::v1::Point;
using dangol::metrics::v1::Report;
using dangol::metrics::v1::ReportRow;
using dangol::metrics::v1::Signal;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;

class ReportTextTest : public ::testing::Test {
 protected:
  ReportTextTest() {
    engine_.set_name("engines/shop");
    (*engine_.mutable_display_names())["ko"] = "우리 가게";
    (*engine_.mutable_display_names())["en"] = "Our shop";
    engine_.set_exposure_kpi("engines/shop/kpis/orders");
    auto& stage = *engine_.add_stages();
    stage.set_stage_id("decision");
    (*stage.mutable_display_names())["ko"] = "결정";
    (*stage.mutable_display_names())["en"] = "Decision";
    report_.set_granularity(dangol::metrics::v1::WEEK);
    report_.set_first_day("2026-11-23");
    report_.set_last_day("2026-11-29");
  }
  ReportRow& Row(const std::string& id, const std::string& korean, const std::string& english, Kpi::Kind kind,
                 const std::string& stage = "engines/shop/stages/decision") {
    ReportRow& row = *report_.add_rows();
    row.set_kpi("engines/shop/kpis/" + id);
    row.set_stage(stage);
    (*row.mutable_display_names())["ko"] = korean;
    (*row.mutable_display_names())["en"] = english;
    row.set_kind(kind);
    return row;
  }
  // With so many periods before, and the last one with a value.
  ReportRow& Known(ReportRow& row, double value, int before = 25) {
    for (int i = 0; i < before; ++i) row.add_history()->set_value(value + i % 3);
    row.mutable_point()->set_value(value);
    *row.add_history() = row.point();
    row.set_previous(value);
    row.set_status(ReportRow::NO_TARGET);
    return row;
  }
  std::string Text(const std::string& language, size_t width = 0) const {
    return ReportText(engine_, report_, people_, language, width);
  }
  // The line that begins with the name; the next one, where `below`.
  static std::string Line(const std::string& text, const std::string& name, bool below = false) {
    const std::vector<std::string> lines = absl::StrSplit(text, '\n');
    for (size_t i = 0; i + 1 < lines.size(); ++i) {
      if (lines[i].starts_with("  " + name)) return lines[i + (below ? 1 : 0)];
    }
    return "";
  }

  Engine engine_;
  Report report_;
  PeopleNames people_ = {{"members/kim", "김민지"}};
};

TEST_F(ReportTextTest, ZeroNothingAndNotApplicableAreThreeThings) {
  Known(Row("orders", "주문", "Orders", Kpi::COUNT), 0);
  ReportRow& empty = Row("returns", "반품", "Returns", Kpi::COUNT);
  empty.mutable_point()->set_missing(2);
  empty.set_status(ReportRow::NO_VALUE);
  ReportRow& closed = Row("visits", "방문", "Visits", Kpi::COUNT);
  closed.mutable_point()->set_not_applicable(1);
  closed.set_status(ReportRow::NO_VALUE);
  const std::string english = Text("en");
  EXPECT_THAT(Line(english, "Orders"), HasSubstr(" 0 "));
  EXPECT_THAT(Line(english, "Returns"), AllOf(HasSubstr(" - "), HasSubstr("not entered")));
  EXPECT_THAT(Line(english, "Visits"), AllOf(HasSubstr(" - "), HasSubstr("not applicable")));
  const std::string korean = Text("ko");
  EXPECT_THAT(Line(korean, "반품"), HasSubstr("입력 없음"));
  EXPECT_THAT(Line(korean, "방문"), HasSubstr("해당 없음"));
}

TEST_F(ReportTextTest, NumbersStandBelowEachOtherByTheirLastDigits) {
  Known(Row("orders", "주문", "Orders", Kpi::COUNT), 1234567);
  Known(Row("share", "제때 도착한 비율", "On time", Kpi::RATIO), 0.9);
  ReportRow& time = Known(Row("first", "첫 답까지", "First reply", Kpi::AVERAGE), 3.25);
  time.set_unit("h");
  for (const std::string language : {"ko", "en"}) {
    const std::string text = Text(language, 100);
    const bool is_korean = language == "ko";
    const auto end = [&](const std::string& name, const std::string& value) {
      const std::string line = Line(text, name);
      const size_t at = line.find(value);
      EXPECT_NE(at, std::string::npos) << line;
      return DisplayWidth(line.substr(0, at + value.size()));
    };
    const size_t first = end(is_korean ? "주문" : "Orders", "1,234,567");
    EXPECT_EQ(end(is_korean ? "제때" : "On time", "90.0 %"), first) << text;
    EXPECT_EQ(end(is_korean ? "첫 답" : "First", is_korean ? "3.2시간" : "3.2 h"), first) << text;
  }
}

TEST_F(ReportTextTest, WhatARowSaysIsNeverCut) {
  ReportRow& row = Known(Row("complaints", "받은 불만", "Complaints received", Kpi::COUNT, ""), 42);
  row.set_better(Kpi::LOWER);
  row.set_status(ReportRow::OFF_TARGET);
  row.mutable_point()->set_target(30);
  row.mutable_point()->set_per_thousand(4.2);
  row.mutable_point()->mutable_restate_time()->set_seconds(1);
  row.mutable_point()->set_restated_by("members/kim");
  row.mutable_point()->set_missing(2);
  row.add_signals()->set_kind(Signal::ABOVE_LIMITS);
  Signal& run = *row.add_signals();
  run.set_kind(Signal::RUN_ABOVE);
  run.set_values(9);
  Known(Row("orders", "주문", "Orders", Kpi::COUNT), 10'000);
  for (const size_t width : {80, 120, 160}) {
    for (const std::string language : {"ko", "en"}) {
      const std::string text = WithoutColours(Text(language, width));
      std::string flat;
      for (const std::string& line : std::vector<std::string>(absl::StrSplit(text, '\n'))) {
        EXPECT_LE(DisplayWidth(line), width) << line;
        flat += std::string(absl::StripAsciiWhitespace(line)) + " ";
      }
      for (const std::string& said :
           language == "ko"
               ? std::vector<std::string>{"목표 미달", "2일치가 비었다", "\"주문\" 1,000에 4.2건",
                                          "우연으로 보기에는 높다", "9번 잇따라 평균보다 높다", "김민지 님이 고침"}
               : std::vector<std::string>{"off target", "days without a number: 2", "4.2 for each 1,000 of \"Orders\"",
                                          "higher than chance makes it", "9 in a row above the mean",
                                          "corrected by 김민지"})
        EXPECT_THAT(flat, HasSubstr(said)) << text;
    }
  }
}

TEST_F(ReportTextTest, TheHistoryIsAsLongAsThereIsRoom) {
  Known(Row("orders", "주문", "Orders", Kpi::COUNT), 1000);
  const auto bars = [&](size_t width) {
    int count = 0;
    for (const char c : Line(Text("ko", width), "주문")) count += c == '\xE2' ? 1 : 0;
    return count;
  };
  EXPECT_EQ(bars(0), 26);
  EXPECT_EQ(bars(120), 26);
  EXPECT_GE(bars(40), 8);
  EXPECT_LT(bars(40), 26);
  EXPECT_EQ(bars(28), 0) << "a few periods say nothing";
}

TEST_F(ReportTextTest, WhatWasNeverCountedIsNamedAtTheEnd) {
  Known(Row("orders", "주문", "Orders", Kpi::COUNT), 5);
  Row("appeal", "거절에 이의를 낸 비율", "Appealed", Kpi::RATIO, "").set_status(ReportRow::NO_VALUE);
  EXPECT_THAT(Text("ko", 80),
              AllOf(HasSubstr("아직 셀 것이 없는 지표: 거절에 이의를 낸 비율\n"), Not(HasSubstr("엔진 전체"))));
  EXPECT_THAT(Text("en", 80), HasSubstr("Nothing to count yet: Appealed\n"));
}

TEST_F(ReportTextTest, WhatHadNothingToCountIsNamedAtTheEnd) {
  Known(Row("orders", "주문", "Orders", Kpi::COUNT), 5);
  ReportRow& row = Row("accepted", "반영한 비율", "Acceptance rate", Kpi::RATIO);
  Known(row, 0.5);
  *row.add_history() = row.point();
  row.mutable_point()->clear_value();
  EXPECT_THAT(Text("ko", 80), HasSubstr("이번에 셀 것이 없는 지표: 반영한 비율\n"));
  EXPECT_THAT(Text("en", 80), AllOf(HasSubstr("\nNothing to count: Acceptance rate\n"), Not(HasSubstr("yet"))));
  row.mutable_point()->set_missing(1);
  EXPECT_THAT(Text("en", 80), AllOf(HasSubstr("not entered"), Not(HasSubstr("Nothing to count"))));
}

TEST_F(ReportTextTest, NamesThatHoldCommasStayApart) {
  Known(Row("orders", "주문", "Orders", Kpi::COUNT), 5);
  Row("a", "가", "Outcome, not yet", Kpi::RATIO, "");
  Row("b", "나", "Appealed", Kpi::RATIO, "");
  EXPECT_THAT(Text("en", 80), HasSubstr("Nothing to count yet: Outcome, not yet; Appealed\n"));
}

TEST_F(ReportTextTest, MoneyHasItsUnit) {
  Known(Row("revenue", "매출", "Revenue", Kpi::SUM), 24395).set_unit("천원");
  Known(Row("orders", "주문", "Orders", Kpi::COUNT), 5).set_unit("orders");
  EXPECT_THAT(Line(Text("ko"), "매출"), HasSubstr("24,395 천원"));
  EXPECT_THAT(Line(Text("en"), "Orders"), Not(HasSubstr("orders"))) << "the name says so";
}

TEST_F(ReportTextTest, WhatIsUnderWayAndNotEnteredSaysBoth) {
  ReportRow& row = Known(Row("told", "답을 전한 비율", "Told what changed", Kpi::RATIO), 1);
  row.mutable_point()->clear_value();
  row.set_status(ReportRow::SO_FAR);
  row.mutable_point()->set_missing(1);
  EXPECT_THAT(Line(Text("ko"), "답을"), HasSubstr("아직 진행 중; 입력 없음"));
}

TEST_F(ReportTextTest, WhatFitsBehindItsNumbersStandsThere) {
  ReportRow& row = Known(Row("orders", "주문", "Orders", Kpi::COUNT), 5);
  row.set_status(ReportRow::SO_FAR);
  EXPECT_THAT(Line(Text("ko", 80), "주문"), HasSubstr("  아직 진행 중")) << Text("ko", 80);
  row.mutable_history()->Mutable(row.history_size() - 1)->clear_value();
  row.set_status(ReportRow::NO_TARGET);
  EXPECT_THAT(Line(Text("ko", 80), "주문"), Not(::testing::EndsWith(" ")));
}

TEST_F(ReportTextTest, SaysWhoHasNotSaidAndWhoHasReadIt) {
  auto& missing = *report_.add_missing();
  missing.set_member("members/kim");
  missing.set_entries(3);
  missing.set_oldest_day("2026-11-24");
  auto& other = *report_.add_missing();
  other.set_member("members/lee");
  other.set_entries(1);
  other.set_oldest_day("2026-11-25");
  EXPECT_THAT(Text("ko"),
              AllOf(HasSubstr("아직 입력하지 않은 사람\n  김민지: 3건, 가장 오래된 날 2026-11-24\n  lee: 1건"),
                    HasSubstr("아직 아무도 읽었다고 하지 않았다.")));
  report_.add_reviews()->set_member("members/kim");
  EXPECT_THAT(Text("en"),
              AllOf(HasSubstr("김민지: 3 numbers, the oldest of 2026-11-24\n  lee: 1 number, of 2026-11-25"),
                    HasSubstr("Read by 김민지.")));
  report_.set_so_far(true);
  EXPECT_THAT(Text("en"), AllOf(HasSubstr("(not over yet)"), Not(HasSubstr("Read by"))));
}

}  // namespace
}  // namespace dangol::cli
