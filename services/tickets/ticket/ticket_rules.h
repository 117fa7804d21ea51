// What may happen to a ticket: pure transitions, without SQL, clock or identity. Each changes the ticket in place, or
// returns why not and leaves it as it was.
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "dangol/tickets/v1/ticket.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "services/tickets/ticket/ticket_row.h"

namespace dangol::tickets {

// Makes a caller's ticket a new one: RECEIVED, with what is not said filled in. `path` is the ticket's field path in
// the request. Output-only fields are expected to be clear.
absl::Status Receive(v1::Ticket& ticket, absl::Time now, std::string_view path);

// Makes a ticket that was received history of another system: CLOSED, IMPORTED. `path` is that of the history in the
// request.
absl::Status MakeHistory(v1::Ticket& ticket, const v1::History& history, std::string_view path);

// RECEIVED → HEARD.
absl::Status Acknowledge(v1::Ticket& ticket, std::string_view heard_summary, absl::Time now);

// RECEIVED, HEARD → NOT_YET. The reply is a message of its own: see TakeMessage.
absl::Status Decline(v1::Ticket& ticket, const v1::DeclineTicketRequest& request, absl::Time now);

// RECEIVED, HEARD, NOT_YET, ANSWERED by Resolve → ACCEPTED, as the next link. `change` is a name.
absl::Status Accept(TicketRow& row, std::string_view change, absl::Time now);

// RECEIVED, HEARD → ANSWERED, and nothing changed. The reply is a message of its own.
absl::Status Resolve(v1::Ticket& ticket, const v1::ResolveTicketRequest& request, absl::Time now);

// The customer came back. NOT_FIXED: ANSWERED, CLOSED by a change → ACCEPTED into it, as the next link; NOT_SATISFIED:
// ANSWERED, CLOSED by Resolve → HEARD; APPEAL: NOT_YET → HEARD. The words are a message of their own.
absl::Status Reopen(TicketRow& row, v1::ReopenTicketRequest::Cause cause);

// ACCEPTED → HEARD; what it was linked to is no longer.
absl::Status Unlink(TicketRow& row);

// What a message does to its ticket; never changes its state. False: nothing.
bool TakeMessage(v1::Ticket& ticket, v1::Message::Kind kind, absl::Time now);

}  // namespace dangol::tickets
