// Which tickets stand for which.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/storage/database.h"
#include "dangol/tickets/v1/ticket.pb.h"

namespace dangol::tickets {

// The ticket is a DUPLICATE of its canonical, or was until now.
absl::Status AddDuplicate(storage::Transaction& transaction, const v1::Ticket& ticket);
absl::Status RemoveDuplicate(storage::Transaction& transaction, const v1::Ticket& ticket);
// Names of those that the ticket stands for, the oldest first.
absl::StatusOr<std::vector<std::string>> ListDuplicates(storage::Snapshot& snapshot, std::string_view canonical);

}  // namespace dangol::tickets
