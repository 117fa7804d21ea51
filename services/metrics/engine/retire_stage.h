// How a company moves from one engine to another.
#pragma once

#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/metrics/v1/engine_service.pb.h"

namespace dangol::metrics {

absl::StatusOr<v1::Engine> RetireStage(storage::Transaction& transaction, const rpc::Call& call,
                                       const v1::RetireStageRequest& request);

}  // namespace dangol::metrics
