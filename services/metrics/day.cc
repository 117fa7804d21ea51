#include "services/metrics/day.h"

#include "absl/time/civil_time.h"

namespace dangol::metrics {
namespace {

constexpr absl::CivilDay kFirst(1970, 1, 1);

}  // namespace

int64_t DayOf(absl::Time time) { return absl::ToCivilDay(time, absl::UTCTimeZone()) - kFirst; }

std::string ShownDay(int64_t day) { return absl::FormatCivilTime(kFirst + day); }

std::optional<int64_t> ParseDay(std::string_view text) {
  absl::CivilDay day;
  // The parser takes more forms than one.
  if (!absl::ParseCivilTime(std::string(text), &day) || absl::FormatCivilTime(day) != text || text.size() != 10)
    return std::nullopt;
  return day - kFirst;
}

}  // namespace dangol::metrics
