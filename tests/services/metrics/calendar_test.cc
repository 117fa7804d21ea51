// Days, weeks and months as they are counted in a place.
#include "services/metrics/calendar/calendar.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/base/civil.h"
#include "services/metrics/day.h"
#include "tests/common/rpc/refusal.h"

namespace dangol::metrics {
namespace {

using ::testing::ElementsAre;

v1::Engine EngineIn(const std::string& zone, v1::Weekday week_start = v1::MONDAY) {
  v1::Engine engine;
  engine.set_time_zone(zone);
  engine.set_week_start(week_start);
  return engine;
}

absl::Time Utc(const std::string& text) {
  absl::Time time;
  EXPECT_TRUE(absl::ParseTime("%Y-%m-%dT%H:%M:%S", text, absl::UTCTimeZone(), &time, nullptr));
  return time;
}

int64_t Day(const std::string& text) { return ParseDay(text).value(); }

std::string Shown(Period period) { return ShownDay(period.first) + ".." + ShownDay(period.last); }

std::string PeriodAt(const Calendar& calendar, const std::string& day, v1::Granularity granularity) {
  return Shown(calendar.PeriodOf(Day(day), granularity));
}

TEST(Calendar, ASecondBeforeMidnightIsStillTheDay) {
  const Calendar seoul(EngineIn("Asia/Seoul"));
  EXPECT_EQ(ShownDay(seoul.DayAt(Utc("2026-11-24T14:59:59"))), "2026-11-24");
  EXPECT_EQ(ShownDay(seoul.DayAt(Utc("2026-11-24T15:00:00"))), "2026-11-25");
  EXPECT_EQ(seoul.StartOf(Day("2026-11-25")), Utc("2026-11-24T15:00:00"));
}

// How long a day is: Seoul has no daylight saving, New York an hour of it, Lord Howe half of one.
TEST(Calendar, ADayHasTheHoursThatClocksHave) {
  const auto hours = [](const char* zone, const char* day) {
    const Calendar calendar(EngineIn(zone));
    return absl::ToDoubleHours(calendar.StartOf(Day(day) + 1) - calendar.StartOf(Day(day)));
  };
  EXPECT_EQ(hours("Asia/Seoul", "2026-03-08"), 24);
  EXPECT_EQ(hours("America/New_York", "2026-03-08"), 23);
  EXPECT_EQ(hours("America/New_York", "2026-11-01"), 25);
  EXPECT_EQ(hours("Australia/Lord_Howe", "2026-04-05"), 24.5);
  EXPECT_EQ(hours("Australia/Lord_Howe", "2026-10-04"), 23.5);
}

TEST(Calendar, EveryMomentOfADayIsOfThatDay) {
  for (const char* zone :
       {"Asia/Seoul", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Beirut"}) {
    const Calendar calendar(EngineIn(zone));
    for (int64_t day = Day("2018-01-01"); day < Day("2019-03-01"); ++day) {
      EXPECT_EQ(calendar.DayAt(calendar.StartOf(day)), day) << zone << " " << ShownDay(day);
      EXPECT_EQ(calendar.DayAt(calendar.StartOf(day + 1) - absl::Seconds(1)), day) << zone << " " << ShownDay(day);
    }
  }
}

TEST(Calendar, AWeekBeginsWhereTheEngineSays) {
  EXPECT_EQ(PeriodAt(Calendar(EngineIn("UTC", v1::MONDAY)), "2026-11-29", v1::WEEK), "2026-11-23..2026-11-29");
  EXPECT_EQ(PeriodAt(Calendar(EngineIn("UTC", v1::SUNDAY)), "2026-11-29", v1::WEEK), "2026-11-29..2026-12-05");
  EXPECT_EQ(PeriodAt(Calendar(EngineIn("UTC", v1::SUNDAY)), "2026-11-28", v1::WEEK), "2026-11-22..2026-11-28");
}

// 2026 has 53 weeks by ISO 8601: the last one ends in the next year, and none is lost or counted twice.
TEST(Calendar, TheFiftyThirdWeekGoesAcrossTheNewYear) {
  const Calendar calendar(EngineIn("UTC"));
  EXPECT_EQ(PeriodAt(calendar, "2026-12-31", v1::WEEK), "2026-12-28..2027-01-03");
  EXPECT_EQ(PeriodAt(calendar, "2027-01-01", v1::WEEK), "2026-12-28..2027-01-03");
  EXPECT_EQ(Shown(calendar.After(calendar.PeriodOf(Day("2027-01-01"), v1::WEEK), v1::WEEK)), "2027-01-04..2027-01-10");
}

TEST(Calendar, MonthsHaveTheirOwnLengths) {
  const Calendar calendar(EngineIn("UTC"));
  EXPECT_EQ(PeriodAt(calendar, "2028-02-29", v1::MONTH), "2028-02-01..2028-02-29");
  EXPECT_EQ(Shown(calendar.Before(calendar.PeriodOf(Day("2026-03-31"), v1::MONTH), v1::MONTH)),
            "2026-02-01..2026-02-28");
}

TEST(Calendar, AYearBeforeIsTheSameMonthOrTheSameWeekday) {
  const Calendar calendar(EngineIn("UTC"));
  const auto before = [&](const char* day, v1::Granularity granularity) {
    return Shown(calendar.YearBefore(calendar.PeriodOf(Day(day), granularity), granularity));
  };
  EXPECT_EQ(before("2028-02-29", v1::MONTH), "2027-02-01..2027-02-28");
  EXPECT_EQ(before("2028-02-29", v1::DAY), "2027-03-02..2027-03-02");  // Tuesdays
  EXPECT_EQ(before("2026-11-24", v1::WEEK), "2025-11-24..2025-11-30");
}

TEST(CheckCalendar, TakesOnlyNamesOfZones) {
  for (const char* zone : {"Asia/Seoul", "UTC", "America/Argentina/Buenos_Aires", "Etc/GMT+9"})
    EXPECT_TRUE(CheckCalendar(EngineIn(zone), "engine").ok()) << zone;
  for (const char* zone : {"", "Seoul", "asia/seoul", "localtime", "Fixed/UTC+09:00:00", "/etc/localtime",
                           "../../etc/localtime", "Asia/../Asia/Seoul", "KST-9"}) {
    EXPECT_EQ(testing::Summary(CheckCalendar(EngineIn(zone), "engine")),
              "INVALID_ARGUMENT INVALID_FIELD engine.time_zone")
        << zone;
  }
}

TEST(CheckCalendar, RefusesAWeekWithoutAnOpenDayAndHolidaysThatAreNoDays) {
  v1::Engine engine = EngineIn("UTC");
  engine.add_holidays("2026-02-29");
  EXPECT_EQ(testing::Summary(CheckCalendar(engine, "engine")), "INVALID_ARGUMENT INVALID_FIELD engine.holidays[0]");
  engine.clear_holidays();
  for (int weekday = v1::MONDAY; weekday <= v1::SUNDAY; ++weekday)
    engine.add_closed_weekdays(static_cast<v1::Weekday>(weekday));
  EXPECT_EQ(testing::Summary(CheckCalendar(engine, "engine")), "INVALID_ARGUMENT INVALID_FIELD engine.closed_weekdays");
}

TEST(MinutesIn, TakesATimeOfDay) {
  EXPECT_EQ(MinutesIn("f", "00:00").value(), 0);
  EXPECT_EQ(MinutesIn("f", "23:59").value(), 23 * 60 + 59);
  for (const char* wrong : {"", "24:00", "12:60", "1:00", "12.00", "12:0a", "-1:00", "12:000"})
    EXPECT_EQ(testing::Summary(MinutesIn("f", wrong).status()), "INVALID_ARGUMENT INVALID_FIELD f") << wrong;
}

}  // namespace
}  // namespace dangol::metrics
