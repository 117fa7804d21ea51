#include "services/metrics/day.h"

#include "absl/time/civil_time.h"
#include "fmt/format.h"

namespace dangol::metrics {
namespace {

constexpr absl::CivilDay kFirst(1970, 1, 1);

}  // namespace

int64_t DayOf(absl::Time time) { return absl::ToCivilDay(time, absl::UTCTimeZone()) - kFirst; }

std::string ShownDay(int64_t day) {
  const absl::CivilDay shown = kFirst + day;
  return fmt::format("{:04}-{:02}-{:02}", shown.year(), shown.month(), shown.day());
}

std::optional<int64_t> ParseDay(std::string_view text) {
  absl::CivilDay day;
  if (!absl::ParseCivilTime(std::string(text), &day)) return std::nullopt;
  // The parser takes more forms than one.
  const int64_t number = day - kFirst;
  return ShownDay(number) == text && text.size() == 10 && text[0] != '-' ? std::optional(number) : std::nullopt;
}

}  // namespace dangol::metrics
