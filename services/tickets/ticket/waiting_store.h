// Whose customers wait for a word, of tickets that somebody has read, by how long they have. What nobody has read is
// found by its state.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/resource/page.h"
#include "common/storage/database.h"
#include "dangol/tickets/v1/ticket.pb.h"

namespace dangol::tickets {

// Since when a ticket stands there; nothing: it does not.
std::optional<absl::Time> ListedWaitOf(const v1::Ticket& ticket);

absl::Status MoveWait(storage::Transaction& transaction, std::string_view ticket_id, std::optional<absl::Time> before,
                      std::optional<absl::Time> now);

// Keys behind `after`: who waits longest first.
absl::StatusOr<std::vector<resource::TimeKey>> ListWaitKeys(storage::Snapshot& snapshot, const resource::TimeKey& after,
                                                            int64_t most);

}  // namespace dangol::tickets
