// The RPCs on KPIs themselves; those on their numbers are in observation/.
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/metrics/v1/kpi_service.pb.h"

namespace dangol::metrics {

absl::StatusOr<v1::Kpi> CreateKpi(storage::Transaction& transaction, const rpc::Call& call,
                                  const v1::CreateKpiRequest& request);
absl::StatusOr<v1::Kpi> GetKpi(storage::Snapshot& snapshot, const rpc::Call& call, const v1::GetKpiRequest& request);
absl::StatusOr<v1::ListKpisResponse> ListKpis(storage::Snapshot& snapshot, const rpc::Call& call,
                                              const v1::ListKpisRequest& request);
absl::StatusOr<v1::Kpi> UpdateKpi(storage::Transaction& transaction, const rpc::Call& call,
                                  const v1::UpdateKpiRequest& request);

// The engine may have one more. FAILED_PRECONDITION, reason TOO_MANY_KPIS.
absl::Status CheckRoom(storage::Snapshot& snapshot, std::string_view engine);

}  // namespace dangol::metrics
