// The RPCs on messages.
#pragma once

#include <string_view>

#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "services/tickets/ticket/ticket_store.h"

namespace dangol::tickets {

absl::StatusOr<v1::Message> CreateMessage(storage::Transaction& transaction, const rpc::Call& call,
                                          const v1::CreateMessageRequest& request);
absl::StatusOr<v1::Message> RedactMessage(storage::Transaction& transaction, const rpc::Call& call,
                                          const v1::RedactMessageRequest& request);
absl::StatusOr<v1::ListMessagesResponse> ListMessages(storage::Snapshot& snapshot, const rpc::Call& call,
                                                      const v1::ListMessagesRequest& request);

// Stores a message of its own, with its name set, does what it does to the ticket, and tells of it.
absl::Status AddMessage(storage::Transaction& transaction, const rpc::Call& call, LoadedTicket& ticket,
                        v1::Message& message);

// Stores the message that comes with an action on a ticket, unless it is empty, and tells of it. What it does to the
// ticket is done to `ticket`, which the caller stores and tells of.
absl::Status AddMessageOfAction(storage::Transaction& transaction, const rpc::Call& call, v1::Ticket& ticket,
                                v1::Message::Kind kind, std::string_view author, std::string_view body);

}  // namespace dangol::tickets
