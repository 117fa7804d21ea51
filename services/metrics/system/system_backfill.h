// A KPI that is computed counts what was there before it, some hundred at a time; and tickets are counted anew once
// their change was decided.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "common/storage/timers.h"
#include "services/metrics/system/system_counts.h"

namespace dangol::metrics {

inline constexpr std::string_view kBackfillTimer = "count-kpi";
inline constexpr std::string_view kDecidedTimer = "count-decided";

// Adds what the KPI counts behind a ticket, or a change, up to `most` of them in order of their ids. Returns the last
// of them; nothing: that was all.
absl::StatusOr<std::optional<std::string>> CountBehind(storage::Snapshot& snapshot, const SystemEngine& engine,
                                                       const SystemKpiRow& kpi, std::string_view after, int64_t most,
                                                       SystemCounts& counts);

// A firing of kBackfillTimer, whose resource is the KPI.
absl::Status CountKpi(storage::Transaction& transaction, const rpc::Call& call, const storage::Timer& timer);
// A firing of kDecidedTimer, whose resource is the change.
absl::Status CountDecided(storage::Transaction& transaction, const rpc::Call& call, const storage::Timer& timer);

}  // namespace dangol::metrics
