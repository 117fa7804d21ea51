// By when something is to be done about a ticket: clocks that begin with what happens to it, and end by the triage
// policy of then. Pure, without SQL, clock or identity.
#pragma once

#include <optional>

#include "absl/time/time.h"

#include "dangol/tickets/v1/ticket.pb.h"
#include "services/tickets/policy/policy_rules.h"
#include "services/tickets/ticket/ticket_row.h"

namespace dangol::tickets {

// What a ticket waits for next. Stored by these numbers.
enum class Agenda {
  kNothing = 0,
  kDue = 1,      // a reply or a decision, at `due_time`
  kClose = 2,    // its end, at `close_due_time`
  kRevisit = 3,  // NOT_YET: another look, at `revisit_time`
};

// Whether a reply, a decision, or its end runs up to a due time.
bool RunsReplyClock(const v1::Ticket& ticket);
bool RunsDecideClock(const v1::Ticket& ticket);
bool RunsCloseClock(const v1::Ticket& ticket);

// Takes away the due times of clocks that do not run. True: another runs and has none, see StartClocks.
bool StopClocks(v1::Ticket& ticket);
// Gives a due time to clocks that run and have none; one that is set stays, whatever the policy says by now.
void StartClocks(v1::Ticket& ticket, const Triage& triage, absl::Time now);

// The earlier of reply and decision. Nothing: neither is due, or the customer has to say something first.
std::optional<absl::Time> DueTimeOf(const v1::Ticket& ticket);

// Sets what comes next, and `due_time`. After every change of the ticket, behind the clocks.
void SetAgenda(TicketRow& row);

}  // namespace dangol::tickets
