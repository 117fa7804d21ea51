// Public holidays of countries, as dated tables: those that follow the moon, and the days that stand in for others,
// follow no rule that is shorter.
#pragma once

#include <set>

#include "absl/time/civil_time.h"

#include "dangol/tickets/v1/policy.pb.h"

namespace dangol::tickets {

// The last day that the tables know; behind it no day is a holiday.
inline constexpr absl::CivilDay kHolidaysEnd(2028, 12, 31);

std::set<absl::CivilDay> HolidaysOf(v1::HolidayCalendar calendar);

}  // namespace dangol::tickets
