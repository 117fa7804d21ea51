// Days as they are stored and shown: a number that counts from 1970-01-01, whatever the zone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace dangol::metrics {

// In UTC.
int64_t DayOf(absl::Time time);
int64_t DayOf(absl::CivilDay day);
absl::CivilDay CivilDayOf(int64_t day);
// Such as `2026-11-24`.
std::string ShownDay(int64_t day);
// Of exactly that form; nothing where there is no such day.
std::optional<int64_t> ParseDay(std::string_view text);
// The same of a field of a request: INVALID_ARGUMENT that names it.
absl::StatusOr<int64_t> DayIn(std::string_view field, std::string_view text);

}  // namespace dangol::metrics
