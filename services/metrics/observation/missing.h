// What is to be entered and is not there.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/storage/database.h"
#include "dangol/metrics/v1/engine.pb.h"
#include "dangol/metrics/v1/kpi.pb.h"
#include "services/metrics/calendar/work_calendar.h"

namespace dangol::metrics {

// Of days further back nobody is reminded.
inline constexpr int64_t kMissingDays = 35;

// Of the days of `period` that are before today, by day, then KPI. `kpis` are those of the engine.
absl::StatusOr<std::vector<v1::MissingEntry>> FindMissing(storage::Snapshot& snapshot, const v1::Engine& engine,
                                                          const WorkCalendar& calendar,
                                                          const std::vector<v1::Kpi>& kpis, Period period,
                                                          absl::Time now);

// Days of the period that were due by now and of which nothing is known, in order.
absl::StatusOr<std::vector<int64_t>> OverdueDays(storage::Snapshot& snapshot, const v1::Kpi& kpi,
                                                 const WorkCalendar& calendar, Period period, absl::Time now);

}  // namespace dangol::metrics
