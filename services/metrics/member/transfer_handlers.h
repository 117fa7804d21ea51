// What a member does is given to another.
#pragma once

#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/metrics/v1/member_service.pb.h"

namespace dangol::metrics {

absl::StatusOr<v1::Member> TransferWork(storage::Transaction& transaction, const rpc::Call& call,
                                        const v1::TransferWorkRequest& request);

}  // namespace dangol::metrics
