// What may happen to a ticket: pure transitions, without SQL, clock or identity. Each changes the ticket in place, or
// returns why not and leaves it as it was.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "dangol/tickets/v1/ticket.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "services/tickets/ticket/ticket_row.h"

namespace dangol::tickets {

// Who does what, and when.
struct Act {
  absl::Time time;
  std::string by;        // `members/{member}`; empty: nobody that is known
  bool in_bulk = false;  // in one call with others
};

// Makes a caller's ticket a new one: RECEIVED, with what is not said filled in. `path` is the ticket's field path in
// the request. Output-only fields are expected to be clear.
absl::Status Receive(v1::Ticket& ticket, absl::Time now, std::string_view path);

// Makes a ticket that was received history of another system: CLOSED, IMPORTED. `path` is that of the history in the
// request.
absl::Status MakeHistory(v1::Ticket& ticket, const v1::History& history, std::string_view path);

// FAILED_PRECONDITION, reason TICKET_ERASED, where nothing can be said about the ticket any more.
absl::Status RequireWords(const v1::Ticket& ticket);

// RECEIVED → HEARD.
absl::Status Acknowledge(v1::Ticket& ticket, std::string_view heard_summary, const Act& act);

// What was first decided does not hold: no decision was made yet.
void ClearFirstDecision(v1::Ticket& ticket);

// RECEIVED, HEARD → NOT_YET. The reply is a message of its own: see TakeMessage.
absl::Status Decline(v1::Ticket& ticket, const v1::DeclineTicketRequest& request, const Act& act);

// RECEIVED, HEARD, NOT_YET, ANSWERED or CLOSED by Resolve, CLOSED as IMPORTED → ACCEPTED, as the next link. `change` is
// a name.
absl::Status Accept(TicketRow& row, std::string_view change, const Act& act);

// RECEIVED, HEARD → ANSWERED, and nothing changed. The reply is a message of its own.
absl::Status Resolve(v1::Ticket& ticket, const v1::ResolveTicketRequest& request, const Act& act);

// The customer came back. NOT_FIXED: ANSWERED, CLOSED by a change → ACCEPTED into it, as the next link; NOT_SATISFIED:
// ANSWERED, CLOSED by Resolve → HEARD; APPEAL: NOT_YET → HEARD. MISTAKE, which is ours and counts nowhere: NOT_YET,
// ANSWERED by Resolve → HEARD. The words are a message of their own.
absl::Status Reopen(TicketRow& row, v1::ReopenTicketRequest::Cause cause);
// It is our turn in what is HEARD again after an answer or a change, also where no words came with it: else it would
// seem to wait for the customer, and be due never.
void OweWord(v1::Ticket& ticket);

// ACCEPTED → HEARD, and our turn; what it was linked to is no longer.
absl::Status Unlink(TicketRow& row);

// RECEIVED, HEARD → DUPLICATE. `canonical` is the name of the ticket that stands for it.
absl::Status MarkDuplicate(v1::Ticket& ticket, std::string_view canonical, const Act& act);

// RECEIVED, HEARD → SPAM.
absl::Status MarkSpam(v1::Ticket& ticket, const Act& act);

// DUPLICATE, SPAM → HEARD; what was withdrawn → what it was.
absl::Status Restore(v1::Ticket& ticket);

// Nobody has read it: RECEIVED, CLOSED as IMPORTED, not rated, and no acceptance of it was refused.
bool CanWithdraw(const v1::Ticket& ticket);
// Such a ticket → SPAM, and still nobody has read it: the import that brought it is undone.
void Withdraw(v1::Ticket& ticket);
bool IsWithdrawn(const v1::Ticket& ticket);

// Most tickets that are split from one.
inline constexpr int kSplitsMost = 32;
// RECEIVED, HEARD stay so, and what else they say becomes a ticket of its own. That one, as a sender would send it,
// once more by its customer.
absl::StatusOr<v1::CreateTicketRequest> Split(const v1::Ticket& ticket, const v1::SplitTicketRequest& request);

// ACCEPTED into that change stays so.
absl::Status AnswerPreview(const v1::Ticket& ticket, std::string_view change);

// ANSWERED, CLOSED, NOT_YET stay so. A rating of 0 says nothing.
absl::Status Rate(v1::Ticket& ticket, int32_t outcome, int32_t handling);

// ANSWERED → CLOSED, unless a word is owed. The customer has confirmed it, or was told and did not write.
absl::Status Close(v1::Ticket& ticket, absl::Time now);

// The customer needs no reply: a word was owed, and is not any more. The state stays; not for RECEIVED. `newest` is
// when the newest message was said, if there is one.
absl::Status Dismiss(TicketRow& row, std::optional<absl::Time> newest);

}  // namespace dangol::tickets
