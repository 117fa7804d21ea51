// The values of a KPI over time, from days and from the sums that are kept of weeks and months.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/storage/database.h"
#include "dangol/metrics/v1/kpi.pb.h"
#include "services/metrics/calendar/work_calendar.h"

namespace dangol::metrics {

// One point for each period from that of `range.first` to that of `range.last`, without `missing`.
absl::StatusOr<std::vector<v1::Point>> ReadPoints(storage::Snapshot& snapshot, const v1::Kpi& kpi,
                                                  const WorkCalendar& calendar, v1::Granularity granularity,
                                                  Period range, absl::Time now);

}  // namespace dangol::metrics
