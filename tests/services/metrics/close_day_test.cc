// KPIs that are counted when a day of the engine ends: numbers that were due, and reports that were to be read.
#include "dangol/metrics/v1/review_service.pb.h"
#include "tests/services/metrics/engine_fixture.h"

namespace dangol::metrics {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ClosedDays : public EngineTest {
 protected:
  ClosedDays() {
    SetClock("2026-11-20 09:00");  // a Friday
    Shop("time_zone: 'Asia/Seoul' closed_weekdays: SATURDAY closed_weekdays: SUNDAY");
    Kpi("orders", "stage: 'engines/shop/stages/a' kind: COUNT first_day: '2026-11-20'");
    Kpi("share", "stage: 'engines/shop/stages/b' kind: RATIO first_day: '2026-11-20'");
  }

  void Until(const std::string& time) {
    SetClock(time);
    metrics_.runtime().RunFor(absl::Seconds(30));
  }
  void Read(v1::Granularity granularity, const std::string& day, const std::string& member = "kim",
            const std::string& answer = "OK") {
    const auto read = Ask<v1::ReportReview, v1::RecordReportReviewRequest>(
        "ReviewService/RecordReportReview", fmt::format("parent: 'engines/shop' granularity: {} day: '{}' member: "
                                                        "'members/{}'",
                                                        v1::Granularity_Name(granularity), day, member));
    EXPECT_EQ(testing::Summary(read.status()), answer);
  }
  std::vector<std::string> Days(const std::string& kpi) {
    const auto response = Must<v1::QuerySeriesResponse, v1::QuerySeriesRequest>(
        "KpiService/QuerySeries",
        fmt::format(
            "engine: 'engines/shop' kpis: 'engines/shop/kpis/{}' first_day: '2026-11-01' last_day: '2027-01-31' "
            "granularity: DAY",
            kpi));
    std::vector<std::string> lines;
    for (const v1::Point& point : response.series(0).points())
      if (point.has_value())
        lines.push_back(fmt::format("{} {:g}/{:g}", point.first_day(), point.numerator(), point.denominator()));
    return lines;
  }
};

TEST_F(ClosedDays, ANumberIsDueOnTheNextOpenDay) {
  Until("2026-11-23 11:59");
  Enter({"orders 2026-11-20 value: 5"});
  Until("2026-11-23 12:01");
  Enter({"share 2026-11-20 numerator: 1 denominator: 2"});
  Until("2026-11-23 23:59");
  EXPECT_THAT(Days("entries-on-time"), IsEmpty()) << "the day has not ended";
  Until("2026-11-24 00:00");
  EXPECT_THAT(Days("entries-on-time"), ElementsAre("2026-11-23 1/2"));
  Until("2026-11-25 00:00");
  EXPECT_THAT(Days("entries-on-time"), ElementsAre("2026-11-23 1/2", "2026-11-24 0/2"));
  EXPECT_THAT(Violations(), IsEmpty());
}

TEST_F(ClosedDays, OfAStageItsOwnNumbersCount) {
  Kpi("of-a", "stage: 'engines/shop/stages/a' kind: RATIO source: SYSTEM system: ON_TIME_ENTRIES");
  Until("2026-11-23 09:00");
  Enter({"orders 2026-11-20 value: 5"});
  Until("2026-11-24 00:00");
  EXPECT_THAT(Days("of-a"), ElementsAre("2026-11-23 1/1"));
}

TEST_F(ClosedDays, DaysThatEndWhileNothingRunsAreCountedLater) {
  Until("2027-01-20 09:00");
  EXPECT_EQ(Days("entries-on-time").size(), 42u) << "open days from 23 November to 19 January";
  EXPECT_THAT(Violations(), IsEmpty());
}

// Engines in zones whose clocks move: a day ends when it ends there, however many hours it had.
TEST_F(EngineTest, DaysOf23And25HoursEndOnceAndTakeTheirNumbers) {
  struct Case {
    const char* zone;
    const char* day;       // on which the clocks move
    const char* next;      // the day behind it
    const char* next_but;  // and behind that
  };
  const Case cases[] = {{"America/New_York", "2026-03-08", "2026-03-09", "2026-03-10"},
                        {"America/New_York", "2026-11-01", "2026-11-02", "2026-11-03"},
                        {"Australia/Lord_Howe", "2026-04-05", "2026-04-06", "2026-04-07"},
                        {"Australia/Lord_Howe", "2026-10-04", "2026-10-05", "2026-10-06"}};
  int number = 0;
  for (const Case& one : cases) {
    SCOPED_TRACE(fmt::format("{} {}", one.zone, one.day));
    const std::string id = fmt::format("e{}", number++);
    testing::SimulatedService metrics{MetricsService()};
    const auto at = [&](const std::string& time) {
      absl::TimeZone zone;
      ASSERT_TRUE(absl::LoadTimeZone(one.zone, &zone));
      absl::Time now;
      ASSERT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M", time, zone, &now, nullptr));
      metrics.runtime().Move(now - metrics.runtime().Now());
      metrics.runtime().RunFor(absl::Seconds(30));
    };
    at(fmt::format("{} 00:00", one.day));
    const auto must = [&](const auto& answer) { EXPECT_TRUE(answer.ok()) << answer.status(); };
    must(metrics.Call<v1::Engine>(
        "/dangol.metrics.v1.EngineService/CreateEngine",
        Parsed<v1::CreateEngineRequest>(
            fmt::format("engine_id: '{}' engine {{ display_names {{ key: 'en' value: 'E' }} time_zone: "
                        "'{}' closed_days: OWN stages {{ stage_id: 'a' display_names {{ key: 'en' value: 'A' }} }} }}",
                        id, one.zone))));
    must(metrics.Call<v1::Kpi>("/dangol.metrics.v1.KpiService/CreateKpi",
                               Parsed<v1::CreateKpiRequest>(fmt::format(
                                   "parent: 'engines/{}' kpi_id: 'k' kpi {{ display_names {{ key: 'en' value: 'K' }} "
                                   "kind: COUNT first_day: '{}' }}",
                                   id, one.day))));
    at(fmt::format("{} 23:59", one.day));
    const auto record = [&](const char* day) {
      return metrics.Call<v1::RecordObservationsResponse>(
          "/dangol.metrics.v1.KpiService/RecordObservations",
          Parsed<v1::RecordObservationsRequest>(
              fmt::format("parent: 'engines/{0}' recorded_by: 'members/kim' entries {{ kpi: 'engines/{0}/kpis/k' day: "
                          "'{1}' value: 3 }}",
                          id, day)));
    };
    must(record(one.day));
    EXPECT_EQ(record(one.next).status().code(), absl::StatusCode::kInvalidArgument) << "it has not begun";
    at(fmt::format("{} 00:00", one.next));
    must(record(one.next));
    at(fmt::format("{} 00:00", one.next_but));
    const auto series = metrics.Call<v1::QuerySeriesResponse>(
        "/dangol.metrics.v1.KpiService/QuerySeries",
        Parsed<v1::QuerySeriesRequest>(
            fmt::format("engine: 'engines/{0}' kpis: 'engines/{0}/kpis/entries-on-time' first_day: '{1}' last_day: "
                        "'{2}' granularity: DAY",
                        id, one.day, one.next_but)));
    must(series);
    ASSERT_EQ(series->series(0).points_size(), 3);
    EXPECT_FALSE(series->series(0).points(0).has_value());
    EXPECT_EQ(series->series(0).points(1).numerator(), 1) << "the number of the day with another length";
    EXPECT_EQ(series->series(0).points(1).denominator(), 1);
    EXPECT_FALSE(series->series(0).points(2).has_value()) << "that has not ended";
  }
}

TEST_F(ClosedDays, AReportThatIsNotCompleteIsNotRead) {
  (void)Member("kim");
  (void)Member("lee");
  Until("2026-11-23 09:00");
  Read(v1::WEEK, "2026-11-23");  // on its first day
  Read(v1::WEEK, "2026-11-30", "lee", "INVALID_ARGUMENT INVALID_FIELD day");
  Until("2026-11-30 09:00");
  Read(v1::WEEK, "2026-11-30");
  Until("2026-12-08 09:00");
  Read(v1::WEEK, "2026-11-30");  // once more, now that it is complete
  Until("2026-12-14 00:00");
  EXPECT_THAT(Days("reports-read"), ElementsAre("2026-11-29 0/1", "2026-12-06 0/1", "2026-12-13 1/1"));
}

TEST_F(ClosedDays, AReportIsToBeReadBeforeTheNextOneIsThere) {
  (void)Member("kim");
  Until("2026-11-29 23:59");
  Read(v1::WEEK, "2026-11-20");
  Until("2026-12-14 00:00");
  Read(v1::WEEK, "2026-12-04");  // it was due until the day before
  Read(v1::MONTH, "2026-11-24");
  Until("2027-01-01 00:00");
  EXPECT_THAT(Days("reports-read"), ElementsAre("2026-11-29 1/1", "2026-12-06 0/1", "2026-12-13 0/1", "2026-12-20 0/1",
                                                "2026-12-27 0/1", "2026-12-31 1/1"));
  EXPECT_THAT(Violations(), IsEmpty());
}

}  // namespace
}  // namespace dangol::metrics
