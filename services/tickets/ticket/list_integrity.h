// What must hold of the lists that stand beside the table of tickets.
#pragma once

#include <string>

#include "absl/status/statusor.h"

#include "common/service/integrity.h"
#include "common/storage/database.h"

namespace dangol::tickets {

// Tickets that are compared with what is kept of them; of more, a run would hold its snapshot too long.
inline constexpr int64_t kRecountMost = 20'000;
// How many there are; where they are more than that, kRecountMost + 1.
absl::StatusOr<int64_t> CountToRecount(storage::Snapshot& snapshot);

// Who waits for a word stands in the list of who waits, with the right time and nobody else; imports have the tickets
// that they count, attachments the bytes, and duplicates a ticket of the same person that stands for them.
absl::StatusOr<std::string> ListsAreTrue(storage::Snapshot& snapshot, const std::string& position,
                                         service::Findings& findings);

}  // namespace dangol::tickets
