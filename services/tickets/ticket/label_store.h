// Which tickets have a label.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/resource/page.h"
#include "common/storage/database.h"
#include "dangol/tickets/v1/ticket.pb.h"

namespace dangol::tickets {

// Those that the ticket has, or had until now.
absl::Status AddLabels(storage::Transaction& transaction, const v1::Ticket& ticket);
absl::Status RemoveLabels(storage::Transaction& transaction, const v1::Ticket& ticket);

// `key` is the ticket's receive time and id.
absl::StatusOr<bool> HasLabel(storage::Snapshot& snapshot, std::string_view label, const resource::TimeKey& key);
// Behind `after`, the newest first.
absl::StatusOr<std::vector<resource::TimeKey>> ListLabelKeys(storage::Snapshot& snapshot, std::string_view label,
                                                             const resource::TimeKey& after, int64_t most);

}  // namespace dangol::tickets
