#include "common/base/working_time.h"

#include <algorithm>
#include <utility>

namespace dangol {
namespace {

constexpr int kDaysMost = 3650;

}  // namespace

WorkingTime::WorkingTime(OpeningHours hours) : hours_(std::move(hours)) {
  for (std::vector<OpeningHours::Span>& spans : hours_.spans) std::ranges::sort(spans, {}, &OpeningHours::Span::open);
}

WorkingTime::Days WorkingTime::DaysFrom(absl::Time start) const {
  Days days;
  days.first = days.next = absl::ToCivilDay(start, hours_.zone);
  days.begin = absl::FromCivil(days.first, hours_.zone);
  days.end = absl::FromCivil(days.first + 1, hours_.zone);
  return days;
}

void WorkingTime::AddHours(absl::CivilDay day, std::vector<Open>& open) const {
  if (hours_.closed_days.contains(day)) return;
  for (const OpeningHours::Span& span : hours_.spans[static_cast<size_t>(absl::GetWeekday(day))]) {
    open.push_back({absl::FromCivil(absl::CivilMinute(day) + span.open, hours_.zone),
                    absl::FromCivil(absl::CivilMinute(day) + span.close, hours_.zone)});
  }
}

absl::Time WorkingTime::After(absl::Time start, absl::Duration work) const {
  if (start < days_.begin || start >= days_.end) days_ = DaysFrom(start);
  const absl::CivilDay end = days_.first + kDaysMost;
  for (size_t i = 0;; ++i) {
    while (i == days_.open.size() && days_.next < end) AddHours(days_.next++, days_.open);
    if (i == days_.open.size()) return absl::FromCivil(end, hours_.zone);
    const absl::Time open = std::max(start, days_.open[i].start);
    const absl::Time close = days_.open[i].end;
    if (close <= open) continue;
    if (work <= close - open) return open + work;
    work -= close - open;
  }
}

absl::Duration WorkingTime::Between(absl::Time start, absl::Time end) const {
  absl::Duration work;
  std::vector<Open> open;
  const absl::CivilDay first = absl::ToCivilDay(start, hours_.zone);
  const absl::CivilDay last = std::min(absl::ToCivilDay(end, hours_.zone), first + kDaysMost);
  for (absl::CivilDay day = first; day <= last; ++day) {
    open.clear();
    AddHours(day, open);
    for (const Open& one : open)
      work += std::max(std::min(one.end, end) - std::max(one.start, start), absl::ZeroDuration());
  }
  return work;
}

absl::Time WorkingTime::EndOfDay(absl::Time time) const {
  return absl::FromCivil(absl::ToCivilDay(time, hours_.zone) + 1, hours_.zone);
}

}  // namespace dangol
