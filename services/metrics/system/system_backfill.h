// A KPI that is computed counts what was there before it, some hundred at a time; and tickets are counted anew once
// their change was decided.
#pragma once

#include <string_view>

#include "absl/status/status.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "common/storage/timers.h"

namespace dangol::metrics {

inline constexpr std::string_view kBackfillTimer = "count-kpi";
inline constexpr std::string_view kDecidedTimer = "count-decided";

// A firing of kBackfillTimer, whose resource is the KPI.
absl::Status CountKpi(storage::Transaction& transaction, const rpc::Call& call, const storage::Timer& timer);
// A firing of kDecidedTimer, whose resource is the change.
absl::Status CountDecided(storage::Transaction& transaction, const rpc::Call& call, const storage::Timer& timer);

}  // namespace dangol::metrics
