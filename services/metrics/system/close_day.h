// The KPIs that change with the clock and not with an event: each day of an engine is counted once it has ended.
#pragma once

#include <string_view>

#include "absl/status/status.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "common/storage/timers.h"
#include "dangol/metrics/v1/engine.pb.h"

namespace dangol::metrics {

inline constexpr std::string_view kCloseTimer = "close-day";

// A new engine's days are counted from the one on which it is made.
absl::Status BeginDays(storage::Transaction& transaction, const rpc::Call& call, const v1::Engine& engine);

// A firing of kCloseTimer: counts the days that have ended, of each engine in its zone.
absl::Status CloseDays(storage::Transaction& transaction, const rpc::Call& call, const storage::Timer& timer);

}  // namespace dangol::metrics
