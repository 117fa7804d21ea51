// What an engine's people do and nothing speaks for.
#pragma once

#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/metrics/v1/strategy.pb.h"

namespace dangol::metrics {

absl::StatusOr<v1::GetStopCandidatesResponse> GetStopCandidates(storage::Snapshot& snapshot, const rpc::Call& call,
                                                                const v1::GetStopCandidatesRequest& request);

}  // namespace dangol::metrics
