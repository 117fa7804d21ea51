// Messages as rows.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/resource/page.h"
#include "common/storage/database.h"
#include "dangol/tickets/v1/ticket.pb.h"

namespace dangol::tickets {

// NOT_FOUND where there is none.
absl::StatusOr<v1::Message> ReadMessage(storage::Snapshot& snapshot, std::string_view name);
// ALREADY_EXISTS where the name is taken. The ticket must exist.
absl::Status InsertMessage(storage::Transaction& transaction, const v1::Message& message);
// `now`, or a moment behind the ticket's newest message where the clock has stepped back: times tell the order of
// messages.
absl::StatusOr<absl::Time> NextMessageTime(storage::Snapshot& snapshot, std::string_view ticket_id, absl::Time now);
// Keys of a ticket's messages behind `after`, oldest first.
absl::StatusOr<std::vector<resource::TimeKey>> ListMessageKeys(storage::Snapshot& snapshot, std::string_view ticket_id,
                                                               const std::optional<resource::TimeKey>& after,
                                                               int64_t most);

}  // namespace dangol::tickets
