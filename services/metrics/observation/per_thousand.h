// Complaints beside what there was to complain about.
#pragma once

#include <span>

#include "absl/status/status.h"

#include "common/storage/database.h"
#include "dangol/metrics/v1/engine.pb.h"
#include "dangol/metrics/v1/kpi.pb.h"
#include "services/metrics/calendar/calendar.h"

namespace dangol::metrics {

// Sets `per_thousand` of points of one granularity, in order; of a KPI that does not count complaints, and without an
// exposure, nothing happens.
absl::Status SetPerThousand(storage::Snapshot& snapshot, const v1::Engine& engine, const Calendar& calendar,
                            const v1::Kpi& kpi, std::span<v1::Point> points);

}  // namespace dangol::metrics
