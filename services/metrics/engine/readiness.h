// What an engine still lacks before it can be run by its numbers.
#pragma once

#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/metrics/v1/engine_service.pb.h"

namespace dangol::metrics {

absl::StatusOr<v1::EngineReadiness> GetEngineReadiness(storage::Snapshot& snapshot, const rpc::Call& call,
                                                       const v1::GetEngineReadinessRequest& request);

}  // namespace dangol::metrics
