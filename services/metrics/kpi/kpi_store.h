// KPIs as rows, and what the feed is told of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/resource/page.h"
#include "common/resource/table.h"
#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/metrics/v1/kpi.pb.h"

namespace dangol::metrics {

struct KpiRow {
  v1::Kpi kpi;
  // Of a SYSTEM KPI: the last ticket or change that was counted of those that were there before it; none: all are.
  std::optional<std::string> counted_until;
};
using LoadedKpi = resource::Loaded<KpiRow>;

// NOT_FOUND where there is none.
absl::StatusOr<v1::Kpi> ReadKpi(storage::Snapshot& snapshot, std::string_view name);
// All of an engine, oldest first.
absl::StatusOr<std::vector<v1::Kpi>> ReadKpis(storage::Snapshot& snapshot, std::string_view engine_id);
// To be changed. NOT_FOUND; ABORTED unless `etag` is empty or the KPI's.
absl::StatusOr<LoadedKpi> LoadKpi(storage::Snapshot& snapshot, std::string_view name, std::string_view etag);

// Stores a new KPI, gives it its etag, and tells of it. ALREADY_EXISTS where the name is taken.
absl::Status AddKpi(storage::Transaction& transaction, const rpc::Call& call, v1::Kpi& kpi);
// Stores a KPI, as its next version, and tells of it.
absl::Status StoreKpi(storage::Transaction& transaction, const rpc::Call& call, LoadedKpi& kpi);

// How far what was there before it is counted.
absl::Status StoreCountedUntil(storage::Transaction& transaction, std::string_view name,
                               const std::optional<std::string>& counted_until);

// Keys of an engine's KPIs behind `after`, oldest first.
absl::StatusOr<std::vector<resource::TimeKey>> ListKpiKeys(storage::Snapshot& snapshot, std::string_view engine_id,
                                                           const std::optional<resource::TimeKey>& after, int64_t most);

}  // namespace dangol::metrics
