// What may happen to a ticket: pure transitions, without SQL, clock or identity. Each changes the ticket in place, or returns why
// not and leaves it as it was.
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "dangol/tickets/v1/ticket.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"

namespace dangol::tickets {

// Makes a caller's ticket a new one: RECEIVED, with what is not said filled in. `path` is the ticket's field path in the request.
// Output-only fields are expected to be clear.
absl::Status Receive(v1::Ticket& ticket, absl::Time now, std::string_view path);

// RECEIVED → HEARD.
absl::Status Acknowledge(v1::Ticket& ticket, std::string_view heard_summary, absl::Time now);

// RECEIVED, HEARD → NOT_YET. The reply is a message of its own: see TakeMessage.
absl::Status Decline(v1::Ticket& ticket, const v1::DeclineTicketRequest& request, absl::Time now);

// What a message does to its ticket; never changes its state. False: nothing.
bool TakeMessage(v1::Ticket& ticket, v1::Message::Kind kind, absl::Time now);

// ABORTED unless `etag` is empty or the ticket's.
absl::Status CheckEtag(const v1::Ticket& ticket, std::string_view etag);

}  // namespace dangol::tickets
