#include "services/metrics/day.h"

#include "common/base/civil.h"
#include "common/base/status_macros.h"

namespace dangol::metrics {
namespace {

constexpr absl::CivilDay kFirst(1970, 1, 1);

}  // namespace

int64_t DayOf(absl::Time time) { return DayOf(absl::ToCivilDay(time, absl::UTCTimeZone())); }

int64_t DayOf(absl::CivilDay day) { return day - kFirst; }

absl::CivilDay CivilDayOf(int64_t day) { return kFirst + day; }

std::string ShownDay(int64_t day) { return ShownCivilDay(CivilDayOf(day)); }

std::optional<int64_t> ParseDay(std::string_view text) {
  const std::optional<absl::CivilDay> day = ParseCivilDay(text);
  return day ? std::optional(DayOf(*day)) : std::nullopt;
}

absl::StatusOr<int64_t> DayIn(std::string_view field, std::string_view text) {
  ASSIGN_OR_RETURN(const absl::CivilDay day, CivilDayIn(field, text));
  return DayOf(day);
}

}  // namespace dangol::metrics
