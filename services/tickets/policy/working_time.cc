#include "services/tickets/policy/working_time.h"

#include <algorithm>

#include "common/base/civil.h"
#include "services/tickets/policy/holidays.h"
#include "services/tickets/policy/policy_rules.h"

namespace dangol::tickets {
namespace {

constexpr int kDaysMost = 3650;

size_t IndexOf(absl::Weekday weekday) { return static_cast<size_t>(weekday); }

// Both begin with Monday.
static_assert(static_cast<int>(absl::Weekday::monday) == v1::MONDAY - 1 &&
              static_cast<int>(absl::Weekday::sunday) == v1::SUNDAY - 1);

}  // namespace

WorkingTime::WorkingTime(const v1::TriagePolicy& policy) {
  absl::LoadTimeZone(policy.time_zone(), &zone_);
  for (const v1::OpeningHours& hours : policy.opening_hours()) {
    spans_[static_cast<size_t>(hours.weekday() - 1)].push_back(
        {MinutesIn("", hours.open_time()).value_or(0), CloseMinutesIn("", hours.close_time()).value_or(0)});
  }
  for (std::vector<Span>& spans : spans_) std::ranges::sort(spans, {}, &Span::open);
  for (const int calendar : policy.holiday_calendars())
    calendars_.push_back(static_cast<v1::HolidayCalendar>(calendar));
  for (const std::string& text : policy.extra_holidays()) {
    if (const auto day = ParseCivilDay(text)) extra_holidays_.insert(*day);
  }
}

bool WorkingTime::IsWorkday(absl::CivilDay day) const {
  return !extra_holidays_.contains(day) &&
         std::ranges::none_of(calendars_, [&](v1::HolidayCalendar calendar) { return IsHoliday(calendar, day); });
}

WorkingTime::Days WorkingTime::DaysFrom(absl::Time start) const {
  Days days;
  days.first = days.next = absl::ToCivilDay(start, zone_);
  days.begin = absl::FromCivil(days.first, zone_);
  days.end = absl::FromCivil(days.first + 1, zone_);
  return days;
}

void WorkingTime::AddNext(Days& days) const {
  const absl::CivilDay day = days.next++;
  if (!IsWorkday(day)) return;
  for (const Span& span : spans_[IndexOf(absl::GetWeekday(day))]) {
    days.open.emplace_back(absl::FromCivil(absl::CivilMinute(day) + span.open, zone_),
                           absl::FromCivil(absl::CivilMinute(day) + span.close, zone_));
  }
}

absl::Time WorkingTime::After(absl::Time start, absl::Duration work) const {
  if (start < days_.begin || start >= days_.end) days_ = DaysFrom(start);
  const absl::CivilDay end = days_.first + kDaysMost;
  for (size_t i = 0;; ++i) {
    while (i == days_.open.size() && days_.next < end) AddNext(days_);
    if (i == days_.open.size()) return absl::FromCivil(end, zone_);
    const auto& [opened, close] = days_.open[i];
    const absl::Time open = std::max(start, opened);
    if (close <= open) continue;
    if (work <= close - open) return open + work;
    work -= close - open;
  }
}

absl::Time WorkingTime::EndOfDay(absl::Time time) const {
  return absl::FromCivil(absl::ToCivilDay(time, zone_) + 1, zone_);
}

}  // namespace dangol::tickets
