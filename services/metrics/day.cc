#include "services/metrics/day.h"

#include "fmt/format.h"

#include "common/base/error.h"

namespace dangol::metrics {
namespace {

constexpr absl::CivilDay kFirst(1970, 1, 1);

}  // namespace

int64_t DayOf(absl::Time time) { return DayOf(absl::ToCivilDay(time, absl::UTCTimeZone())); }

int64_t DayOf(absl::CivilDay day) { return day - kFirst; }

absl::CivilDay CivilDayOf(int64_t day) { return kFirst + day; }

std::string ShownDay(int64_t day) {
  const absl::CivilDay shown = CivilDayOf(day);
  return fmt::format("{:04}-{:02}-{:02}", shown.year(), shown.month(), shown.day());
}

std::optional<int64_t> ParseDay(std::string_view text) {
  absl::CivilDay day;
  if (!absl::ParseCivilTime(std::string(text), &day)) return std::nullopt;
  // The parser takes more forms than one.
  const int64_t number = DayOf(day);
  return ShownDay(number) == text && text.size() == 10 && text[0] != '-' ? std::optional(number) : std::nullopt;
}

absl::StatusOr<int64_t> DayIn(std::string_view field, std::string_view text) {
  if (const std::optional<int64_t> day = ParseDay(text)) return *day;
  return InvalidField(field,
                      fmt::format("{} is no day. Send one as YYYY-MM-DD, such as 2026-11-24.", ShownValue(text)));
}

}  // namespace dangol::metrics
