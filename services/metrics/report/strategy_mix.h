// Which strategies an engine's work follows, and which generation of marketing that amounts to.
#pragma once

#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/metrics/v1/strategy.pb.h"

namespace dangol::metrics {

absl::StatusOr<v1::StrategyMix> GetStrategyMix(storage::Snapshot& snapshot, const rpc::Call& call,
                                               const v1::GetStrategyMixRequest& request);

}  // namespace dangol::metrics
