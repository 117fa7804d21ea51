// What is to be entered and is not there.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/storage/database.h"
#include "dangol/metrics/v1/engine.pb.h"
#include "dangol/metrics/v1/kpi.pb.h"
#include "services/metrics/calendar/calendar.h"

namespace dangol::metrics {

// Of the days of `period` that are before today, by day, then KPI.
absl::StatusOr<std::vector<v1::MissingEntry>> FindMissing(storage::Snapshot& snapshot, const v1::Engine& engine,
                                                          Period period, absl::Time now);

}  // namespace dangol::metrics
