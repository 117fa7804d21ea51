// The report of an engine, and what people say about it.
#include <string>
#include <vector>

#include "common/base/proto_time.h"
#include "dangol/backlog/v1/change_feed.pb.h"
#include "dangol/metrics/v1/review_service.pb.h"
#include "tests/common/feed/apply_event.h"
#include "tests/services/metrics/engine_fixture.h"

namespace dangol::metrics {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Tuesday, 24 November 2026, is looked at on Wednesday afternoon.
class Reports : public EngineTest {
 protected:
  Reports() {
    SetClock("2025-11-01 09:00");
    Shop("time_zone: 'Asia/Seoul' closed_weekdays: SATURDAY closed_weekdays: SUNDAY");
    Kpi("share", "stage: 'engines/shop/stages/b' kind: RATIO better: HIGHER");
    Kpi("orders", R"(stage: 'engines/shop/stages/a' kind: COUNT better: HIGHER first_day: '2026-11-20'
                     targets { granularity: DAY from_day: '2026-01-01' value: 10 })");
    Kpi("whole", "kind: SUM first_day: '2026-12-01'");
    SetClock("2026-11-25 13:00");
  }

  v1::Report Report(const std::string& rest) {
    return Must<v1::Report, v1::GetReportRequest>("KpiService/GetReport", "engine: 'engines/shop' " + rest);
  }
  v1::ReportRow Orders(const std::string& rest) { return Report(rest).rows(0); }
};

TEST_F(Reports, ARowHasWhatTheNumberIsAndWasAndWasToBe) {
  Enter({"orders 2026-11-24 value: 12", "orders 2026-11-23 value: 9", "orders 2025-11-25 value: 7"});
  const v1::ReportRow row = Orders("granularity: DAY day: '2026-11-24'");
  EXPECT_EQ(row.kpi(), "engines/shop/kpis/orders");
  EXPECT_EQ(row.point().value(), 12);
  EXPECT_EQ(row.point().target(), 10);
  EXPECT_EQ(row.status(), v1::ReportRow::ON_TARGET);
  EXPECT_EQ(row.previous(), 9);
  EXPECT_EQ(row.year_before(), 7) << "the Tuesday 52 weeks before";
  EXPECT_EQ(row.history_size(), 28);
  EXPECT_EQ(Orders("granularity: DAY day: '2026-11-23'").status(), v1::ReportRow::OFF_TARGET);
  EXPECT_EQ(Orders("granularity: DAY day: '2026-11-20'").status(), v1::ReportRow::NO_VALUE);
  EXPECT_EQ(Orders("granularity: DAY day: '2026-11-25'").status(), v1::ReportRow::SO_FAR);
  EXPECT_EQ(Orders("granularity: WEEK day: '2026-11-16'").status(), v1::ReportRow::NO_VALUE);
}

TEST_F(Reports, RowsGoStageByStageAndTheWholeEngineIsLast) {
  (void)Must<v1::Kpi, v1::UpdateKpiRequest>("KpiService/UpdateKpi",
                                            "name: 'engines/shop/kpis/share' kpi { state: RETIRED }");
  Kpi("late", "stage: 'engines/shop/stages/b' kind: COUNT");
  std::vector<std::string> kpis;
  const v1::Report report = Report("granularity: MONTH");
  for (const auto& row : report.rows()) kpis.push_back(row.kpi().substr(row.kpi().rfind('/') + 1));
  EXPECT_THAT(kpis,
              ElementsAre("orders", "late", "whole", "complaints", "first-response", "first-response-work", "decision",
                          "decision-work", "acceptance", "defensive", "proactive", "loop", "loop-work", "closed-loop",
                          "recurrence", "reopen", "appeal", "outcome", "handling", "outcome-satisfied",
                          "handling-satisfied", "collaboration", "voice", "entries-on-time", "reports-read",
                          "outcome-of-resolved", "outcome-of-changed", "outcome-of-not-yet", "heard-by-makers"));
}

TEST_F(Reports, PeriodsAreWeeksAndMonthsOfTheEngine) {
  Enter({"orders 2026-11-16 value: 1", "orders 2026-11-23 value: 2", "orders 2026-10-30 value: 4",
         "orders 2025-11-24 value: 8"});
  const v1::Report week = Report("granularity: WEEK day: '2026-11-29'");
  EXPECT_EQ(week.first_day() + week.last_day(), "2026-11-232026-11-29");
  EXPECT_TRUE(week.so_far());
  EXPECT_EQ(week.rows(0).point().value(), 2);
  EXPECT_EQ(week.rows(0).previous(), 1);
  EXPECT_EQ(week.rows(0).year_before(), 8);
  EXPECT_EQ(week.rows(0).history_size(), 26);
  const v1::Report month = Report("granularity: MONTH");
  EXPECT_EQ(month.first_day(), "2026-11-01");
  EXPECT_EQ(month.rows(0).point().value(), 3);
  EXPECT_EQ(month.rows(0).previous(), 4);
  EXPECT_EQ(month.rows(0).year_before(), 8);
  EXPECT_EQ(month.rows(0).history_size(), 13);
}

TEST_F(Reports, WhatIsUnusualIsASignal) {
  std::vector<std::string> entries;
  for (int day = 9; day <= 23; ++day)
    entries.push_back(fmt::format("orders 2026-11-{:02} value: {}", day, 10 + day % 2));
  entries.push_back("orders 2026-11-24 value: 30");
  Enter(entries);
  const v1::ReportRow row = Orders("granularity: DAY day: '2026-11-24'");
  EXPECT_NEAR(row.mean(), 10.533, 1e-3);
  EXPECT_NEAR(row.upper_limit(), row.mean() + 2.66, 1e-9);
  ASSERT_THAT(row.signals(), SizeIs(2));
  EXPECT_EQ(row.signals(0).kind(), v1::Signal::ABOVE_LIMITS);
  EXPECT_EQ(row.signals(1).kind(), v1::Signal::STEP);
  EXPECT_THAT(Orders("granularity: DAY day: '2026-11-23'").signals(), IsEmpty());
}

// A day of which nothing is known, or on which nothing could be counted, is no 0: the chart goes on behind it.
TEST_F(Reports, ADayWithoutANumberIsNoPartOfTheChart) {
  Enter({"orders 2026-11-09 value: 10", "orders 2026-11-10 value: 20", "orders 2026-11-12 value: 10",
         "orders 2026-11-13 value: 20", "orders 2026-11-16 value: 10", "orders 2026-11-17 value: 20",
         "orders 2026-11-18 state: NOT_APPLICABLE", "orders 2026-11-19 value: 10", "orders 2026-11-20 value: 20",
         "orders 2026-11-23 value: 41", "orders 2026-11-24 value: 0"});
  const v1::ReportRow row = Orders("granularity: DAY day: '2026-11-23'");
  EXPECT_EQ(row.mean(), 15);
  EXPECT_NEAR(row.upper_limit(), 15 + 2.66 * 10, 1e-9);
  EXPECT_THAT(row.signals(), IsEmpty()) << "41.6 is the limit";
  EXPECT_NEAR(Orders("granularity: DAY day: '2026-11-24'").mean(), 161.0 / 9, 1e-9);
}

// The numbers of Friday are due on Monday at noon, and those of the weekend never.
TEST_F(Reports, AWeekIsJudgedOnceItsNumbersWereDue) {
  Enter({"orders 2026-11-23 value: 1", "orders 2026-11-24 value: 1"});
  const auto status_at = [&](const char* time) {
    SetClock(time);
    return Orders("granularity: DAY day: '2026-11-27'").status();
  };
  EXPECT_EQ(status_at("2026-11-30 11:59"), v1::ReportRow::SO_FAR);
  EXPECT_TRUE(Orders("granularity: WEEK day: '2026-11-27'").point().so_far());
  EXPECT_EQ(status_at("2026-11-30 12:00"), v1::ReportRow::NO_VALUE);
  EXPECT_FALSE(Orders("granularity: WEEK day: '2026-11-27'").point().so_far());
  EXPECT_EQ(Orders("granularity: WEEK day: '2026-11-27'").point().missing(), 3);
  SetClock("2026-11-30 09:00");
  Enter({"orders 2026-11-27 value: 1"});
  EXPECT_FALSE(Orders("granularity: WEEK day: '2026-11-27'").point().so_far()) << "nothing can come any more in time";
}

TEST_F(Reports, WhoHasNotSaidIsNamed) {
  Kpi("other", "stage: 'engines/shop/stages/a' kind: COUNT first_day: '2026-11-23'");
  const v1::Report report = Report("granularity: WEEK");
  ASSERT_THAT(report.missing(), SizeIs(2));
  EXPECT_EQ(report.missing(0).member(), "members/kim");
  EXPECT_EQ(report.missing(0).entries(), 4);
  EXPECT_EQ(report.missing(0).oldest_day(), "2026-11-23");
  EXPECT_EQ(report.missing(1).member(), "");
  EXPECT_EQ(report.missing(1).entries(), 2) << "the share of stage b, which nobody owns";
  SetClock("2026-11-25 11:59");
  EXPECT_EQ(Report("granularity: WEEK").missing(0).entries(), 2) << "yesterday is due at noon";
}

TEST_F(Reports, WhatShippedInThePeriodIsThere) {
  const auto ship = [&](const std::string& id, const char* utc) {
    backlog::v1::ChangeEvent event;
    event.mutable_change_shipped();
    auto& facts = *event.mutable_facts();
    facts.set_change("changes/" + id);
    facts.set_version(1);
    facts.set_title("Parcels come " + id);
    absl::Time time;
    ASSERT_TRUE(absl::ParseTime(absl::RFC3339_full, utc, &time, nullptr));
    *facts.mutable_ship_time() = ToProtoTime(time);
    EXPECT_TRUE(testing::ApplyEvent(metrics_, MetricsService().sources[1], event).ok());
  };
  ship("before", "2026-11-22T14:59:59Z");
  ship("in", "2026-11-22T15:00:00Z");
  ship("after", "2026-11-29T15:00:00Z");
  const v1::Report report = Report("granularity: WEEK");
  ASSERT_THAT(report.shipped(), SizeIs(1));
  EXPECT_EQ(report.shipped(0).change(), "changes/in");
  EXPECT_EQ(report.shipped(0).title(), "Parcels come in");
}

TEST_F(Reports, AReviewIsKeptOnceForEachMember) {
  Member("kim");
  const auto review = [&](const std::string& rest) {
    return Ask<v1::ReportReview, v1::RecordReportReviewRequest>("ReviewService/RecordReportReview",
                                                                "parent: 'engines/shop' granularity: WEEK " + rest);
  };
  const auto first = review("day: '2026-11-24' member: 'members/kim'");
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->first_day(), "2026-11-23");
  EXPECT_EQ(review("day: '2026-11-29' member: 'members/kim'")->name(), first->name());
  EXPECT_THAT(Report("granularity: WEEK").reviews(), SizeIs(1));
  EXPECT_THAT(Report("granularity: DAY").reviews(), IsEmpty());
  EXPECT_EQ(testing::Summary(review("day: '2026-11-24' member: 'members/lee'").status()), "NOT_FOUND NOT_FOUND member");
}

TEST_F(Reports, WhoHasLeftReadsAndSaysNothing) {
  Member("choi", "state: LEFT");
  const auto read = Ask<v1::ReportReview, v1::RecordReportReviewRequest>(
      "ReviewService/RecordReportReview",
      "parent: 'engines/shop' granularity: WEEK day: '2026-11-24' member: 'members/choi'");
  EXPECT_EQ(testing::Summary(read.status()), "FAILED_PRECONDITION MEMBER_LEFT member");
  const auto said = Ask<v1::Remark, v1::CreateRemarkRequest>(
      "ReviewService/CreateRemark",
      "parent: 'engines/shop' remark { author: 'members/choi' kpi: 'engines/shop/kpis/orders' granularity: WEEK "
      "first_day: '2026-11-25' body: 'Why so few?' }");
  EXPECT_EQ(testing::Summary(said.status()), "FAILED_PRECONDITION MEMBER_LEFT remark.author");
  const auto agreed = Ask<v1::EngineRevision, v1::AcknowledgeRevisionRequest>(
      "EngineService/AcknowledgeRevision", "name: 'engines/shop/revisions/1' member: 'members/choi' answer: AGREE");
  EXPECT_EQ(testing::Summary(agreed.status()), "FAILED_PRECONDITION MEMBER_LEFT member");
}

TEST_F(Reports, RemarksHaveReplies) {
  const auto say = [&](const std::string& rest) {
    return Ask<v1::Remark, v1::CreateRemarkRequest>(
        "ReviewService/CreateRemark",
        fmt::format("parent: 'engines/shop' remark {{ author: 'members/kim' {} }}", rest));
  };
  const std::string orders = "kpi: 'engines/shop/kpis/orders' granularity: WEEK first_day: '2026-11-25' ";
  const auto remark = say(orders + "body: 'Why so few?'");
  ASSERT_TRUE(remark.ok()) << remark.status();
  EXPECT_EQ(remark->first_day(), "2026-11-23");
  SetClock("2026-11-25 14:00");
  EXPECT_TRUE(say(orders + fmt::format("body: 'It rained' reply_to: '{}'", remark->name())).ok());
  EXPECT_EQ(testing::Summary(say(fmt::format("kpi: 'engines/shop/kpis/share' granularity: WEEK first_day: '2026-11-25' "
                                             "body: 'x' reply_to: '{}'",
                                             remark->name()))
                                 .status()),
            "INVALID_ARGUMENT INVALID_FIELD remark.reply_to");
  EXPECT_EQ(testing::Summary(
                say("kpi: 'engines/shop/kpis/none' granularity: WEEK first_day: '2026-11-25' body: 'x'").status()),
            "NOT_FOUND NOT_FOUND remark.kpi");
  const auto list = [&](const std::string& rest) {
    std::vector<std::string> bodies;
    const auto response = Must<v1::ListRemarksResponse, v1::ListRemarksRequest>("ReviewService/ListRemarks",
                                                                                "parent: 'engines/shop' " + rest);
    for (const auto& one : response.remarks()) bodies.push_back(one.body());
    return bodies;
  };
  EXPECT_THAT(list(""), ElementsAre("It rained", "Why so few?"));
  EXPECT_THAT(list("kpi: 'engines/shop/kpis/share'"), IsEmpty());
  EXPECT_THAT(metrics_.file().Column("SELECT kind FROM feed WHERE kind = 'remark_created'"), SizeIs(2));
}

}  // namespace
}  // namespace dangol::metrics
