// What people write of the calendar: zones, days and times of day.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace dangol {

// Such as `2026-11-24`.
std::string ShownCivilDay(absl::CivilDay day);
// Of exactly that form; nothing where there is no such day.
std::optional<absl::CivilDay> ParseCivilDay(std::string_view text);

// Of a field of a request: INVALID_ARGUMENT that names it where the text is none.

// An IANA name such as `Asia/Seoul`.
absl::StatusOr<absl::TimeZone> ZoneIn(std::string_view field, std::string_view text);
absl::StatusOr<absl::CivilDay> CivilDayIn(std::string_view field, std::string_view text);
// `12:00` as minutes since midnight.
absl::StatusOr<int> MinutesIn(std::string_view field, std::string_view text);

}  // namespace dangol
