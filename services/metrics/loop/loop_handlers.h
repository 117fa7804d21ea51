// The RPCs of the loop ledger: all of them read.
#pragma once

#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/metrics/v1/loop_service.pb.h"

namespace dangol::metrics {

absl::StatusOr<v1::Loop> GetLoop(storage::Snapshot& snapshot, const rpc::Call& call, const v1::GetLoopRequest& request);
absl::StatusOr<v1::LoopSummary> SummarizeLoop(storage::Snapshot& snapshot, const rpc::Call& call,
                                              const v1::SummarizeLoopRequest& request);
absl::StatusOr<v1::ListStateCountsResponse> ListStateCounts(storage::Snapshot& snapshot, const rpc::Call& call,
                                                            const v1::ListStateCountsRequest& request);

}  // namespace dangol::metrics
