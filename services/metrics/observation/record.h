// Entering numbers: a block, all or none.
#pragma once

#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/metrics/v1/kpi_service.pb.h"

namespace dangol::metrics {

absl::StatusOr<v1::RecordObservationsResponse> RecordObservations(storage::Transaction& transaction,
                                                                  const rpc::Call& call,
                                                                  const v1::RecordObservationsRequest& request);

}  // namespace dangol::metrics
