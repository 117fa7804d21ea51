// Whether shipped changes did what was expected: what the metrics service says is noted as it comes, and looked at when
// a check is due.
#pragma once

#include <string_view>

#include "absl/status/status.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "common/storage/timers.h"
#include "dangol/backlog/v1/change.pb.h"
#include "dangol/metrics/v1/metrics_feed.pb.h"

namespace dangol::backlog {

inline constexpr std::string_view kCheckTimer = "check-effects";

// Notes what is said of a change's effect, and decides nothing: the feeds of the two services follow each other, and
// nothing that is heard here is told again.
absl::Status OnMetricsEvent(storage::Transaction& transaction, const rpc::Call& call,
                            const metrics::v1::MetricsEvent& event);

// After a change got a time for its next check.
absl::Status SetCheckTimer(storage::Transaction& transaction, const v1::Change& change);
// A firing of kCheckTimer: the checks that are due.
absl::Status CheckEffects(storage::Transaction& transaction, const rpc::Call& call, const storage::Timer& timer);

}  // namespace dangol::backlog
