// Tickets and messages as rows. What the backlog's decisions do to rows stands in demand_store.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/rpc/paging.h"
#include "common/storage/database.h"
#include "dangol/tickets/v1/ticket.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"

namespace dangol::tickets {

std::string TicketName(std::string_view ticket_id);
std::string ChangeName(std::string_view change_id);
// The id in a name of the form `changes/{change}`, which has been validated.
std::string_view ChangeId(std::string_view name);
std::string MessageName(std::string_view ticket_id, std::string_view message_id);
// The id in a name of the form `tickets/{ticket}`, which has been validated.
std::string_view TicketId(std::string_view name);

// The version that an etag of ours stands for.
int64_t Version(const v1::Ticket& ticket);

// NOT_FOUND where there is none.
absl::StatusOr<v1::Ticket> ReadTicket(storage::Snapshot& snapshot, std::string_view name);
// Without subject, body and whatever else stands in `details`: for decisions, which need none of it and may be many.
absl::StatusOr<v1::Ticket> ReadTicketHead(storage::Snapshot& snapshot, std::string_view name);
// Where a ticket stands now, as the answer to a batch says it. One that does not exist has no state.
absl::StatusOr<v1::TicketResult> ReadTicketResult(storage::Snapshot& snapshot, std::string_view name);
absl::StatusOr<v1::Message> ReadMessage(storage::Snapshot& snapshot, std::string_view name);

// Gives the ticket its etag. ALREADY_EXISTS where the name is taken; a name of our own making is not looked up
// (`is_new_name`).
absl::Status InsertTicket(storage::Transaction& transaction, v1::Ticket& ticket, bool is_new_name);
// Stores what a transition can change, and gives the ticket its next version. The ticket may be a head.
absl::Status UpdateTicket(storage::Transaction& transaction, v1::Ticket& ticket, absl::Time now);
// As UpdateTicket, and what stands in `details`, too: heard_summary and remedy_given. The ticket must be whole.
absl::Status UpdateTicketAndTexts(storage::Transaction& transaction, v1::Ticket& ticket, absl::Time now);
// `now`, or a moment behind the ticket's newest message where the clock has stepped back: times tell the order of
// messages.
absl::StatusOr<absl::Time> NextMessageTime(storage::Snapshot& snapshot, std::string_view ticket_id, absl::Time now);
// ALREADY_EXISTS where the name is taken. The ticket must exist.
absl::Status InsertMessage(storage::Transaction& transaction, const v1::Message& message);

// Names of tickets in one state behind `after`, newest first.
absl::StatusOr<std::vector<rpc::PageKey>> ListTicketKeys(storage::Snapshot& snapshot, v1::Ticket::State state,
                                                         const std::optional<rpc::PageKey>& after, int64_t most);
// Names of a ticket's messages behind `after`, oldest first.
absl::StatusOr<std::vector<rpc::PageKey>> ListMessageKeys(storage::Snapshot& snapshot, std::string_view ticket_id,
                                                          const std::optional<rpc::PageKey>& after, int64_t most);

}  // namespace dangol::tickets
