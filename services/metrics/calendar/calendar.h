// The calendar of an engine: which day it is there, when a day begins and ends, and which days a week or a month has.
// Pure.
#pragma once

#include <cstdint>
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

  // So many minutes after the midnight of the day, as clocks show it.
  absl::Time TimeOn(int64_t day, int minutes) const;

  Period PeriodOf(int64_t day, v1::Granularity granularity) const;
  Period Before(Period period, v1::Granularity granularity) const;
  Period After(Period period, v1::Granularity granularity) const;
  // The same month a year before; of days and weeks 52 weeks before, so that the days of the week are the same.
  Period YearBefore(Period period, v1::Granularity granularity) const;

 private:
  absl::TimeZone zone_;
  int week_start_ = 0;  // 0: Monday
};

// 0: Monday.
int WeekdayOf(int64_t day);
int IndexOf(v1::Weekday weekday);

// The parts of an engine that make its calendar. INVALID_ARGUMENT that names a field below `path`.
absl::Status CheckCalendar(const v1::Engine& engine, std::string_view path);

}  // namespace dangol::metrics
