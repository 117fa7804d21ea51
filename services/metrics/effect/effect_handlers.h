// The RPCs on effects.
#pragma once

#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/metrics/v1/effect_service.pb.h"

namespace dangol::metrics {

absl::StatusOr<v1::Effect> GetEffect(storage::Snapshot& snapshot, const rpc::Call& call,
                                     const v1::GetEffectRequest& request);
absl::StatusOr<v1::ListEffectsResponse> ListEffects(storage::Snapshot& snapshot, const rpc::Call& call,
                                                    const v1::ListEffectsRequest& request);

}  // namespace dangol::metrics
