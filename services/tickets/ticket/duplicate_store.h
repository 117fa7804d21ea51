// Which tickets stand for which.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/resource/page.h"
#include "common/storage/database.h"
#include "dangol/tickets/v1/ticket.pb.h"

namespace dangol::tickets {

// The ticket is a DUPLICATE of its canonical, or was until now.
absl::Status AddDuplicate(storage::Transaction& transaction, const v1::Ticket& ticket);
absl::Status RemoveDuplicate(storage::Transaction& transaction, const v1::Ticket& ticket);
// Names of those that the ticket stands for, the oldest first.
absl::StatusOr<std::vector<std::string>> ListDuplicates(storage::Snapshot& snapshot, std::string_view canonical);

// The same as keys behind `after`, the newest first.
absl::StatusOr<std::vector<resource::TimeKey>> ListDuplicateKeys(storage::Snapshot& snapshot,
                                                                 std::string_view canonical,
                                                                 const resource::TimeKey& after, int64_t most);

}  // namespace dangol::tickets
