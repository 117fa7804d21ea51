// The triage policy as rows: each that held is kept, so that it can be said by which a due time was set.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/tickets/v1/policy.pb.h"
#include "services/tickets/policy/policy_rules.h"

namespace dangol::tickets {

// The one that holds.
absl::StatusOr<std::shared_ptr<const Triage>> ReadTriage(storage::Snapshot& snapshot);
// The same, read once for all writes of the transaction.
absl::StatusOr<std::shared_ptr<const Triage>> ReadTriage(storage::Transaction& transaction);
// The newest of those that ever held, that one first.
absl::StatusOr<std::vector<v1::TriagePolicy>> ReadPolicies(storage::Snapshot& snapshot, int64_t most);
// It holds from now on.
absl::Status StorePolicy(storage::Transaction& transaction, const rpc::Call& call, v1::TriagePolicy& policy);

}  // namespace dangol::tickets
