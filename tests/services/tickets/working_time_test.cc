// Working time over changes of the clock, holidays and days that there are seldom.
#include "common/base/working_time.h"

#include <random>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "services/tickets/policy/holidays.h"
#include "services/tickets/policy/opening_hours.h"
#include "services/tickets/policy/policy_rules.h"

namespace dangol::tickets {
namespace {

constexpr absl::Duration kWorkday = absl::Hours(9);

absl::Time At(const std::string& text) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M %Ez", text, &time, &error)) << text << ": " << error;
  return time;
}

// Monday to Friday, 09:00 to 18:00.
v1::TriagePolicy In(const std::string& zone, std::vector<v1::HolidayCalendar> calendars = {}) {
  v1::TriagePolicy policy = DefaultPolicy();
  policy.set_time_zone(zone);
  for (const v1::HolidayCalendar calendar : calendars) policy.add_holiday_calendars(calendar);
  EXPECT_TRUE(AgreeOn(policy).ok());
  return policy;
}

v1::TriagePolicy AlwaysOpenIn(const std::string& zone) {
  v1::TriagePolicy policy = In(zone);
  policy.clear_opening_hours();
  for (int weekday = v1::MONDAY; weekday <= v1::SUNDAY; ++weekday) {
    v1::OpeningHours& hours = *policy.add_opening_hours();
    hours.set_weekday(static_cast<v1::Weekday>(weekday));
    hours.set_open_time("00:00");
    hours.set_close_time("24:00");
  }
  EXPECT_TRUE(AgreeOn(policy).ok());
  return policy;
}

TEST(WorkingTime, RunsWithinOpeningHoursOnly) {
  const WorkingTime time(HoursOf(In("UTC")));
  // 2026-11-27 is a Friday.
  EXPECT_EQ(time.After(At("2026-11-27 10:00 +00:00"), absl::Hours(2)), At("2026-11-27 12:00 +00:00"));
  EXPECT_EQ(time.After(At("2026-11-27 17:00 +00:00"), absl::Hours(2)), At("2026-11-30 10:00 +00:00"));
  EXPECT_EQ(time.After(At("2026-11-28 03:00 +00:00"), kWorkday), At("2026-11-30 18:00 +00:00"));
  EXPECT_EQ(time.After(At("2026-11-27 06:00 +00:00"), absl::Minutes(1)), At("2026-11-27 09:01 +00:00"));
  EXPECT_EQ(time.After(At("2026-11-27 09:00 +00:00"), 5 * kWorkday), At("2026-12-03 18:00 +00:00"));
}

TEST(WorkingTime, LeavesOutTheLunchBreak) {
  v1::TriagePolicy policy = In("UTC");
  policy.clear_opening_hours();
  for (const auto& [open, close] : {std::pair("13:00", "18:00"), {"09:00", "12:00"}}) {
    v1::OpeningHours& hours = *policy.add_opening_hours();
    hours.set_weekday(v1::MONDAY);
    hours.set_open_time(open);
    hours.set_close_time(close);
  }
  ASSERT_TRUE(AgreeOn(policy).ok());
  EXPECT_EQ(WorkingTime(HoursOf(policy)).After(At("2026-11-30 11:00 +00:00"), absl::Hours(2)),
            At("2026-11-30 14:00 +00:00"));
}

TEST(WorkingTime, IsOfTheClockOfItsZone) {
  // 15:30 UTC on Sunday is Monday, half past midnight, in Seoul.
  const WorkingTime time(HoursOf(In("Asia/Seoul")));
  EXPECT_EQ(time.After(At("2026-11-29 15:30 +00:00"), kWorkday), At("2026-11-30 18:00 +09:00"));
  EXPECT_EQ(time.EndOfDay(At("2026-11-29 15:30 +00:00")), At("2026-12-01 00:00 +09:00"));
  EXPECT_EQ(time.EndOfDay(At("2026-11-29 14:59 +00:00")), At("2026-11-30 00:00 +09:00"));
}

TEST(WorkingTime, OfADayOfTwentyThreeAndOfTwentyFiveHours) {
  const WorkingTime time(HoursOf(AlwaysOpenIn("America/New_York")));
  // Clocks go forward on 2026-03-08 and back on 2026-11-01.
  EXPECT_EQ(time.After(At("2026-03-07 12:00 -05:00"), absl::Hours(24)), At("2026-03-08 13:00 -04:00"));
  EXPECT_EQ(time.After(At("2026-10-31 12:00 -04:00"), absl::Hours(24)), At("2026-11-01 11:00 -05:00"));
  EXPECT_EQ(time.EndOfDay(At("2026-03-08 00:30 -05:00")) - At("2026-03-08 00:00 -05:00"), absl::Hours(23));
  EXPECT_EQ(time.EndOfDay(At("2026-11-01 00:30 -04:00")) - At("2026-11-01 00:00 -04:00"), absl::Hours(25));
  // Office hours stay what clocks show.
  const WorkingTime office(HoursOf(In("America/New_York")));
  EXPECT_EQ(office.After(At("2026-03-06 17:00 -05:00"), absl::Hours(2)), At("2026-03-09 10:00 -04:00"));
  EXPECT_EQ(office.After(At("2026-10-30 17:00 -04:00"), absl::Hours(2)), At("2026-11-02 10:00 -05:00"));
}

TEST(WorkingTime, RestsOverSeollalWithItsSubstituteDay) {
  // Seollal 2027 is Saturday to Monday, and Sunday's stand-in the Tuesday.
  const WorkingTime time(HoursOf(In("Asia/Seoul", {v1::KR})));
  EXPECT_EQ(time.After(At("2027-02-05 17:00 +09:00"), absl::Hours(2)), At("2027-02-10 10:00 +09:00"));
  EXPECT_EQ(WorkingTime(HoursOf(In("Asia/Seoul"))).After(At("2027-02-05 17:00 +09:00"), absl::Hours(2)),
            At("2027-02-08 10:00 +09:00"));
}

TEST(WorkingTime, RestsOnObservedDaysOfTheUnitedStates) {
  // 4 July 2026 is a Saturday.
  const WorkingTime time(HoursOf(In("America/New_York", {v1::US})));
  EXPECT_EQ(time.After(At("2026-07-02 17:00 -04:00"), absl::Hours(2)), At("2026-07-06 10:00 -04:00"));
}

TEST(WorkingTime, KnowsTheTwentyNinthOfFebruary) {
  // 2028-02-29 is a Tuesday.
  const WorkingTime time(HoursOf(In("Asia/Seoul")));
  EXPECT_EQ(time.After(At("2028-02-28 17:00 +09:00"), absl::Hours(2)), At("2028-02-29 10:00 +09:00"));
  EXPECT_EQ(time.After(At("2028-02-29 17:00 +09:00"), absl::Hours(2)), At("2028-03-01 10:00 +09:00"));
  v1::TriagePolicy policy = In("Asia/Seoul");
  policy.add_extra_holidays("2028-02-29");
  ASSERT_TRUE(AgreeOn(policy).ok());
  EXPECT_EQ(WorkingTime(HoursOf(policy)).After(At("2028-02-28 17:00 +09:00"), absl::Hours(2)),
            At("2028-03-01 10:00 +09:00"));
}

TEST(WorkingTime, IsTheSameWhateverItWasAskedBefore) {
  // Clocks of Havana move at midnight, those of St. John's did a minute after it, those of Lord Howe by half an hour.
  for (const char* zone :
       {"Asia/Seoul", "America/New_York", "America/Havana", "America/St_Johns", "Australia/Lord_Howe"}) {
    const OpeningHours hours = HoursOf(AlwaysOpenIn(zone));
    const WorkingTime asked(hours);
    std::mt19937_64 random(7);
    for (const char* around :
         {"2026-03-08 05:00 +00:00", "2026-11-01 05:00 +00:00", "2005-10-30 02:31 +00:00", "2026-04-04 15:00 +00:00"}) {
      for (int i = 0; i < 500; ++i) {
        const absl::Time start = At(around) + absl::Minutes(static_cast<int64_t>(random() % 4320) - 2160);
        const absl::Duration work = absl::Minutes(static_cast<int64_t>(random() % 6000));
        ASSERT_EQ(asked.After(start, work), WorkingTime(hours).After(start, work)) << zone << " " << start;
      }
    }
  }
}

TEST(WorkingTime, EndsWhereNobodyWorksForYears) {
  v1::TriagePolicy policy = In("UTC");
  policy.clear_opening_hours();
  v1::OpeningHours& hours = *policy.add_opening_hours();
  hours.set_weekday(v1::MONDAY);
  hours.set_open_time("09:00");
  hours.set_close_time("09:01");
  ASSERT_TRUE(AgreeOn(policy).ok());
  EXPECT_EQ(WorkingTime(HoursOf(policy)).After(At("2026-01-01 00:00 +00:00"), absl::Minutes(525'600)),
            At("2035-12-30 00:00 +00:00"));
}

TEST(WorkingTime, BetweenTwoTimesIsWhatIsWithinOpeningHours) {
  const WorkingTime time(HoursOf(In("Asia/Seoul", {v1::KR})));
  const auto between = [&](const char* start, const char* end) { return time.Between(At(start), At(end)); };
  // 2026-11-27 is a Friday.
  EXPECT_EQ(between("2026-11-27 10:00 +09:00", "2026-11-27 11:30 +09:00"), absl::Minutes(90));
  EXPECT_EQ(between("2026-11-27 17:00 +09:00", "2026-11-30 10:00 +09:00"), absl::Hours(2));
  EXPECT_EQ(between("2026-11-27 18:00 +09:00", "2026-11-30 09:00 +09:00"), absl::ZeroDuration());
  EXPECT_EQ(between("2026-11-28 03:00 +09:00", "2026-11-29 23:00 +09:00"), absl::ZeroDuration());
  EXPECT_EQ(between("2026-11-23 00:00 +09:00", "2026-11-30 00:00 +09:00"), 5 * kWorkday);
  EXPECT_EQ(between("2027-02-05 17:00 +09:00", "2027-02-10 10:00 +09:00"), absl::Hours(2)) << "Seollal is between";
  EXPECT_EQ(between("2026-11-27 11:00 +09:00", "2026-11-27 10:00 +09:00"), absl::ZeroDuration()) << "it ended before";
  EXPECT_EQ(between("2026-11-20 11:00 +09:00", "2026-11-19 10:00 +09:00"), absl::ZeroDuration());
}

TEST(WorkingTime, BetweenTwoTimesCountsDaysThatClocksMove) {
  const WorkingTime time(HoursOf(AlwaysOpenIn("America/New_York")));
  EXPECT_EQ(time.Between(At("2026-03-08 00:00 -05:00"), At("2026-03-09 00:00 -04:00")), absl::Hours(23));
  EXPECT_EQ(time.Between(At("2026-11-01 00:00 -04:00"), At("2026-11-02 00:00 -05:00")), absl::Hours(25));
}

// What is due after some work, and how much work there is until then, are the same rule.
TEST(WorkingTime, BetweenIsTheReverseOfAfter) {
  for (const auto& hours : {HoursOf(In("Asia/Seoul", {v1::KR})), HoursOf(AlwaysOpenIn("America/New_York")),
                            HoursOf(In("Australia/Lord_Howe"))}) {
    const WorkingTime time(hours);
    for (int i = 0; i < 400; ++i) {
      const absl::Time start = At("2026-01-01 00:00 +00:00") + absl::Hours(23) * i;
      const absl::Duration work = absl::Minutes(37 * i + 1);
      ASSERT_EQ(time.Between(start, time.After(start, work)), work) << absl::FormatTime(start);
    }
  }
}

TEST(Holidays, AreKnownUntilTheirEnd) {
  for (const v1::HolidayCalendar calendar : {v1::KR, v1::US}) {
    const std::set<absl::CivilDay> days = HolidaysOf(calendar);
    EXPECT_EQ(days.size(), calendar == v1::KR ? 98u : 55u);
    EXPECT_EQ(*days.begin(), absl::CivilDay(2024, 1, 1));
    EXPECT_EQ(*days.rbegin(), absl::CivilDay(2028, 12, 25));
    EXPECT_LE(*days.rbegin(), kHolidaysEnd);
  }
}

}  // namespace
}  // namespace dangol::tickets
