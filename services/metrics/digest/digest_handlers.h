// The RPCs of the daily digest.
#pragma once

#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/metrics/v1/digest_service.pb.h"

namespace dangol::metrics {

absl::StatusOr<v1::Due> GetDue(storage::Snapshot& snapshot, const rpc::Call& call, const v1::GetDueRequest& request);
absl::StatusOr<v1::Digest> ClaimDigest(storage::Transaction& transaction, const rpc::Call& call,
                                       const v1::ClaimDigestRequest& request);
absl::StatusOr<v1::Digest> ReportDigest(storage::Transaction& transaction, const rpc::Call& call,
                                        const v1::ReportDigestRequest& request);

}  // namespace dangol::metrics
