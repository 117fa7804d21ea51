// Days in UTC, as they are stored and shown.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace dangol::metrics {

// Counted from 1970-01-01.
int64_t DayOf(absl::Time time);
// Such as `2026-11-24`.
std::string ShownDay(int64_t day);
// Of exactly that form; nothing where there is no such day.
std::optional<int64_t> ParseDay(std::string_view text);

}  // namespace dangol::metrics
