// Which tickets a list is of: the ranges of indexes that hold them, and what else they must be. Pure, without SQL,
// clock or identity.
#pragma once

#include <string_view>
#include <vector>

#include "dangol/tickets/v1/ticket_query.pb.h"
#include "services/tickets/ticket/ticket_store.h"
#include "services/tickets/ticket/word_rules.h"

namespace dangol::tickets {

// Whether a view shows a ticket that stands so. MINE shows what this says of those that are assigned to the caller.
bool IsInView(v1::View view, int state, Turn turn, std::string_view assignee);

// Ranges that hold every ticket of the list once. MINE has its assignee in the request.
std::vector<TicketRange> RangesOf(const v1::ListTicketsRequest& request);

// Whether the ticket is one of the list. It may be a head.
bool Matches(const v1::ListTicketsRequest& request, const TicketRow& row);

}  // namespace dangol::tickets
