// One function an RPC of the triage policy.
#pragma once

#include <string_view>

#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/tickets/v1/policy_service.pb.h"

namespace dangol::tickets {

// As it is now; there is one, whatever the name.
absl::StatusOr<v1::TriagePolicy> ReadPolicy(storage::Snapshot& snapshot, std::string_view name);

absl::StatusOr<v1::TriagePolicy> GetTriagePolicy(storage::Snapshot& snapshot, const rpc::Call& call,
                                                 const v1::GetTriagePolicyRequest& request);
absl::StatusOr<v1::TriagePolicy> UpdateTriagePolicy(storage::Transaction& transaction, const rpc::Call& call,
                                                    const v1::UpdateTriagePolicyRequest& request);

}  // namespace dangol::tickets
