#include "services/tickets/policy/holidays.h"

#include <array>
#include <cstdint>
#include <span>

namespace dangol::tickets {
namespace {

// Year, month, day, such as 20260101; in order.
using Days = std::span<const int32_t>;

// clang-format off
// The Act on Public Holidays with its substitute days (대체공휴일): of Seollal and Chuseok where one falls on a Sunday or
// another holiday, of the others but New Year's Day and Memorial Day also where it falls on a Saturday. Constitution Day
// (17 July) is one from 2026 on. With the days of elections for a whole term, and those that were declared by decree.
constexpr auto kKorea = std::to_array<int32_t>({
    20240101, 20240209, 20240210, 20240211, 20240212, 20240301, 20240410, 20240505, 20240506, 20240515, 20240606,
    20240815, 20240916, 20240917, 20240918, 20241001, 20241003, 20241009, 20241225,
    20250101, 20250127, 20250128, 20250129, 20250130, 20250301, 20250303, 20250505, 20250506, 20250603, 20250606,
    20250815, 20251003, 20251005, 20251006, 20251007, 20251008, 20251009, 20251225,
    20260101, 20260216, 20260217, 20260218, 20260301, 20260302, 20260505, 20260524, 20260525, 20260603, 20260606,
    20260717, 20260815, 20260817, 20260924, 20260925, 20260926, 20261003, 20261005, 20261009, 20261225,
    20270101, 20270206, 20270207, 20270208, 20270209, 20270301, 20270505, 20270513, 20270606, 20270717, 20270719,
    20270815, 20270816, 20270914, 20270915, 20270916, 20271003, 20271004, 20271009, 20271011, 20271225, 20271227,
    20280101, 20280126, 20280127, 20280128, 20280301, 20280412, 20280502, 20280505, 20280606, 20280717, 20280815,
    20281002, 20281003, 20281004, 20281005, 20281009, 20281225,
});

// 5 U.S.C. 6103, on the days on which they are observed: of a Saturday the Friday before, of a Sunday the Monday after.
constexpr auto kUnitedStates = std::to_array<int32_t>({
    20240101, 20240115, 20240219, 20240527, 20240619, 20240704, 20240902, 20241014, 20241111, 20241128, 20241225,
    20250101, 20250120, 20250217, 20250526, 20250619, 20250704, 20250901, 20251013, 20251111, 20251127, 20251225,
    20260101, 20260119, 20260216, 20260525, 20260619, 20260703, 20260907, 20261012, 20261111, 20261126, 20261225,
    20270101, 20270118, 20270215, 20270531, 20270618, 20270705, 20270906, 20271011, 20271111, 20271125, 20271224, 20271231,
    20280117, 20280221, 20280529, 20280619, 20280704, 20280904, 20281009, 20281110, 20281123, 20281225,
});
// clang-format on

Days DaysOf(v1::HolidayCalendar calendar) {
  switch (calendar) {
    case v1::KR:
      return kKorea;
    case v1::US:
      return kUnitedStates;
    default:
      return {};
  }
}

}  // namespace

std::set<absl::CivilDay> HolidaysOf(v1::HolidayCalendar calendar) {
  std::set<absl::CivilDay> days;
  for (const int32_t number : DaysOf(calendar))
    days.emplace_hint(days.end(), number / 10'000, number / 100 % 100, number % 100);
  return days;
}

}  // namespace dangol::tickets
