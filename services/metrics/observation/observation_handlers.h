// The RPCs that read numbers, and that say which are missing.
#pragma once

#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/metrics/v1/kpi_service.pb.h"

namespace dangol::metrics {

absl::StatusOr<v1::ListObservationRevisionsResponse> ListObservationRevisions(
    storage::Snapshot& snapshot, const rpc::Call& call, const v1::ListObservationRevisionsRequest& request);
absl::StatusOr<v1::QuerySeriesResponse> QuerySeries(storage::Snapshot& snapshot, const rpc::Call& call,
                                                    const v1::QuerySeriesRequest& request);
absl::StatusOr<v1::ListMissingEntriesResponse> ListMissingEntries(storage::Snapshot& snapshot, const rpc::Call& call,
                                                                  const v1::ListMissingEntriesRequest& request);

}  // namespace dangol::metrics
