// The calendar of an engine: which day it is there, when a day begins and ends, which days are closed, and which days a
// week or a month has. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <set>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "dangol/metrics/v1/engine.pb.h"
#include "dangol/metrics/v1/kpi.pb.h"

namespace dangol::metrics {

struct Period {
  int64_t first = 0;  // days
  int64_t last = 0;

  friend bool operator==(const Period&, const Period&) = default;
};

class Calendar {
 public:
  // Of an engine that CheckCalendar found well.
  explicit Calendar(const v1::Engine& engine);

  // The day that it is there.
  int64_t DayAt(absl::Time time) const;
  // When the day begins: its midnight, or the first moment after it where clocks skip that.
  absl::Time StartOf(int64_t day) const;

  // Somebody works on it.
  bool IsOpen(int64_t day) const;
  // Until when a day's number is to be entered: so many minutes after midnight, as clocks show it, of the next open
  // day.
  absl::Time DueTime(int64_t day, int minutes) const;

  Period PeriodOf(int64_t day, v1::Granularity granularity) const;
  Period Before(Period period, v1::Granularity granularity) const;
  Period After(Period period, v1::Granularity granularity) const;
  // The same month a year before; of days and weeks 52 weeks before, so that the days of the week are the same.
  Period YearBefore(Period period, v1::Granularity granularity) const;

 private:
  absl::TimeZone zone_;
  int week_start_ = 0;  // 0: Monday
  std::array<bool, 7> closed_{};
  std::set<int64_t> holidays_;
};

// The parts of an engine that make its calendar. INVALID_ARGUMENT that names a field below `path`.
absl::Status CheckCalendar(const v1::Engine& engine, std::string_view path);

}  // namespace dangol::metrics
