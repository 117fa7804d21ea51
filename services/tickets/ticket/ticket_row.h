// A ticket as it is stored: what callers see, and what the service keeps for itself.
#pragma once

#include <cstdint>
#include <string>

#include "dangol/tickets/v1/ticket.pb.h"

namespace dangol::tickets {

struct TicketRow {
  v1::Ticket ticket;
  int64_t demand_revision = 0;        // the last statement of the backlog about it that was applied
  int64_t recurrence_acceptance = 0;  // the last link whose recurrence was counted: each counts once
  // What the last acceptance changed, as it was: a serialised Ticket. Kept until the backlog has confirmed; empty:
  // nothing.
  std::string before_acceptance;
};

}  // namespace dangol::tickets
