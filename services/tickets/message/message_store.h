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
#include "services/tickets/ticket/word_rules.h"

namespace dangol::tickets {

// NOT_FOUND where there is none.
absl::StatusOr<v1::Message> ReadMessage(storage::Snapshot& snapshot, std::string_view name);
// ALREADY_EXISTS where the name is taken. The ticket must exist.
absl::Status InsertMessage(storage::Transaction& transaction, const v1::Message& message);
// One that was changed.
absl::Status StoreMessage(storage::Transaction& transaction, const v1::Message& before, const v1::Message& message);
// The send_time of the ticket's newest message.
absl::StatusOr<std::optional<absl::Time>> NewestMessageTime(storage::Snapshot& snapshot, std::string_view ticket_id);
// What the messages of a ticket say; behind `dismiss_time` as far as the customer's are concerned.
absl::StatusOr<Words> ReadWords(storage::Snapshot& snapshot, std::string_view ticket_id,
                                std::optional<absl::Time> dismiss_time);
// Keys of a ticket's messages behind `after`, in the order in which they were said.
absl::StatusOr<std::vector<resource::TimeKey>> ListMessageKeys(storage::Snapshot& snapshot, std::string_view ticket_id,
                                                               const std::optional<resource::TimeKey>& after,
                                                               int64_t most);

}  // namespace dangol::tickets
