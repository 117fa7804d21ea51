#include "services/metrics/calendar/calendar.h"

#include <set>
#include <string>

#include "absl/time/civil_time.h"
#include "fmt/format.h"

#include "common/base/civil.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/metrics/day.h"

namespace dangol::metrics {
namespace {

constexpr int64_t kDaysInFiftyTwoWeeks = 364;

Period MonthOf(absl::CivilMonth month) { return {DayOf(absl::CivilDay(month)), DayOf(absl::CivilDay(month + 1)) - 1}; }

}  // namespace

int WeekdayOf(int64_t day) {
  constexpr int kThursday = 3;  // 1970-01-01 was one
  return static_cast<int>(((day + kThursday) % 7 + 7) % 7);
}

int IndexOf(v1::Weekday weekday) { return weekday == v1::WEEKDAY_UNSPECIFIED ? 0 : weekday - v1::MONDAY; }

Calendar::Calendar(const v1::Engine& engine) : week_start_(IndexOf(engine.week_start())) {
  absl::LoadTimeZone(engine.time_zone(), &zone_);
}

int64_t Calendar::DayAt(absl::Time time) const { return DayOf(absl::ToCivilDay(time, zone_)); }

absl::Time Calendar::StartOf(int64_t day) const { return absl::FromCivil(CivilDayOf(day), zone_); }

absl::Time Calendar::TimeOn(int64_t day, int minutes) const {
  return absl::FromCivil(absl::CivilMinute(CivilDayOf(day)) + minutes, zone_);
}

Period Calendar::PeriodOf(int64_t day, v1::Granularity granularity) const {
  if (granularity == v1::MONTH) return MonthOf(absl::CivilMonth(CivilDayOf(day)));
  if (granularity != v1::WEEK) return {day, day};
  const int64_t first = day - (WeekdayOf(day) - week_start_ + 7) % 7;
  return {first, first + 6};
}

Period Calendar::Before(Period period, v1::Granularity granularity) const {
  return PeriodOf(period.first - 1, granularity);
}

Period Calendar::After(Period period, v1::Granularity granularity) const {
  return PeriodOf(period.last + 1, granularity);
}

Period Calendar::YearBefore(Period period, v1::Granularity granularity) const {
  if (granularity == v1::MONTH) return MonthOf(absl::CivilMonth(CivilDayOf(period.first)) - 12);
  return PeriodOf(period.first - kDaysInFiftyTwoWeeks, granularity);
}

absl::Status CheckCalendar(const v1::Engine& engine, std::string_view path) {
  RETURN_IF_ERROR(ZoneIn(fmt::format("{}.time_zone", path), engine.time_zone()).status());
  const std::set<int> closed(engine.closed_weekdays().begin(), engine.closed_weekdays().end());
  if (closed.size() == 7) {
    return InvalidField(fmt::format("{}.closed_weekdays", path),
                        "All days of the week are closed, so nothing would ever be due. Leave one open.");
  }
  for (int i = 0; i < engine.holidays_size(); ++i)
    RETURN_IF_ERROR(DayIn(fmt::format("{}.holidays[{}]", path, i), engine.holidays(i)).status());
  return absl::OkStatus();
}

}  // namespace dangol::metrics
