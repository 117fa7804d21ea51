#include "services/tickets/policy/opening_hours.h"

#include "common/base/civil.h"
#include "services/tickets/policy/holidays.h"
#include "services/tickets/policy/policy_rules.h"

namespace dangol::tickets {
namespace {

// Both begin with Monday.
static_assert(static_cast<int>(absl::Weekday::monday) == v1::MONDAY - 1 &&
              static_cast<int>(absl::Weekday::sunday) == v1::SUNDAY - 1);

}  // namespace

OpeningHours HoursOf(const v1::TriagePolicy& policy) {
  OpeningHours hours;
  absl::LoadTimeZone(policy.time_zone(), &hours.zone);
  for (const v1::OpeningHours& each : policy.opening_hours()) {
    hours.spans[static_cast<size_t>(each.weekday() - 1)].push_back(
        {MinutesIn("", each.open_time()).value_or(0), CloseMinutesIn("", each.close_time()).value_or(0)});
  }
  for (const int calendar : policy.holiday_calendars())
    hours.closed_days.merge(HolidaysOf(static_cast<v1::HolidayCalendar>(calendar)));
  for (const std::string& text : policy.extra_holidays()) {
    if (const auto day = ParseCivilDay(text)) hours.closed_days.insert(*day);
  }
  return hours;
}

v1::WorkingHours FactsOf(const OpeningHours& hours) {
  v1::WorkingHours facts;
  facts.set_time_zone(hours.zone.name());
  for (size_t i = 0; i < hours.spans.size(); ++i) {
    for (const OpeningHours::Span& span : hours.spans[i]) {
      v1::WorkingHours::Span& told = *facts.add_spans();
      told.set_weekday(static_cast<v1::Weekday>(i + 1));
      told.set_open_minutes(span.open);
      told.set_close_minutes(span.close);
    }
  }
  for (const absl::CivilDay day : hours.closed_days) facts.add_closed_days(ShownCivilDay(day));
  return facts;
}

}  // namespace dangol::tickets
