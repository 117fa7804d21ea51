// A KPI that is computed counts what was there before it, some hundred at a time; and tickets are counted anew once
// something that is copied to them became known: when their change was decided, or who makes the product.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "common/storage/timers.h"
#include "services/metrics/system/system_counts.h"

namespace dangol::metrics {

inline constexpr std::string_view kBackfillTimer = "count-kpi";
inline constexpr std::string_view kDecidedTimer = "count-decided";
inline constexpr std::string_view kHeardTimer = "count-heard";

// Adds what the KPI counts behind a ticket, or a change, up to `most` of them in order of their ids. Returns the last
// of them; nothing: that was all.
absl::StatusOr<std::optional<std::string>> CountBehind(storage::Snapshot& snapshot, const SystemEngine& engine,
                                                       const SystemKpiRow& kpi, std::string_view after, int64_t most,
                                                       SystemCounts& counts);

// Of each ticket takes back what it added, and adds what it does after `copy` has set what is copied to it; that is
// stored, too. Of what `copy` leaves as it is nothing happens.
absl::Status CountAnew(storage::Transaction& transaction, absl::Time now, std::span<Chain> chains,
                       absl::FunctionRef<absl::Status(Chain& chain)> copy);

// A firing of kBackfillTimer, whose resource is the KPI.
absl::Status CountKpi(storage::Transaction& transaction, const rpc::Call& call, const storage::Timer& timer);
// A firing of kDecidedTimer, whose resource is the change.
absl::Status CountDecided(storage::Transaction& transaction, const rpc::Call& call, const storage::Timer& timer);
// A firing of kHeardTimer, whose resource is the member.
absl::Status CountHeard(storage::Transaction& transaction, const rpc::Call& call, const storage::Timer& timer);

}  // namespace dangol::metrics
