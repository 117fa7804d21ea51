// What must hold of the lists that stand beside the table of tickets.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"

#include "common/service/integrity.h"
#include "common/storage/database.h"

namespace dangol::tickets {

// How many tickets there are to be compared with what is kept of them; nothing: too many, and they are left out.
absl::StatusOr<std::optional<int64_t>> CountToRecount(storage::Snapshot& snapshot, service::Findings& findings);

// Who waits for a word stands in the list of who waits, with the right time and nobody else; imports have the tickets
// that they count, attachments the bytes, and duplicates a ticket of the same person that stands for them.
absl::StatusOr<std::string> ListsAreTrue(storage::Snapshot& snapshot, const std::string& position,
                                         service::Findings& findings);

}  // namespace dangol::tickets
