// What must hold of the evidence of changes at any time.
#pragma once

#include <string>

#include "absl/status/statusor.h"

#include "common/service/integrity.h"
#include "common/storage/database.h"

namespace dangol::backlog {

// As checks of CheckIntegrity: a slice behind a position, and the position behind that; empty: there is no more.

// Evidence and shipments count what is there (invariants 4, 5 and 11).
absl::StatusOr<std::string> EvidenceIsTrue(storage::Snapshot& snapshot, const std::string& position,
                                           service::Findings& findings);
// What lists go by is what the change says, and the score what its terms and its demands make.
absl::StatusOr<std::string> ListsAreTrue(storage::Snapshot& snapshot, const std::string& position,
                                         service::Findings& findings);

}  // namespace dangol::backlog
