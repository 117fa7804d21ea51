// Which tickets a list is of: the ranges of indexes that hold them, and what else they must be. Pure, without SQL,
// clock or identity.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

#include "dangol/tickets/v1/ticket_query.pb.h"
#include "services/tickets/ticket/ticket_store.h"
#include "services/tickets/ticket/topic_store.h"
#include "services/tickets/ticket/word_rules.h"

namespace dangol::tickets {

// What a list depends on beside its request.
struct ListTerms {
  absl::Time now;
  absl::Time end_of_day;            // where the triage policy is
  std::set<std::string> customers;  // all names of the customer that is asked for; empty: of anybody
};

// Views that the clock changes: nothing is kept of them, and IsInView does not know them.
bool IsOfClock(v1::View view);
// Whether a view shows a ticket that stands so. MINE shows what this says of those that are assigned to the caller.
bool IsInView(v1::View view, int state, Turn turn, std::string_view assignee);
// When something is to be done about what is in a view of the clock: from the one time to before the other.
struct AgendaSpan {
  Agenda agenda = Agenda::kDue;
  absl::Time from;
  absl::Time before;
};
AgendaSpan SpanOf(v1::View view, absl::Time now, absl::Time end_of_day);

// The order of a list, chosen or by its view.
v1::Order OrderOf(const v1::ListTicketsRequest& request);
bool IsOldestFirst(v1::Order order);
// Where a ticket stands in a list of this order.
resource::TimeKey KeyOf(v1::Order order, const TicketRow& row);
// Where it begins, for what is behind that.
resource::TimeKey StartOf(const v1::ListTicketsRequest& request, const ListTerms& terms);
// Ranges that hold every ticket of the list once, all in its order. MINE has its assignee in the request.
std::vector<TicketRange> RangesOf(const v1::ListTicketsRequest& request);
// Whether it is rather read from the tickets of its topic, of which some may not be in the list.
bool IsReadByTopic(const v1::ListTicketsRequest& request, const Topic& topic);
// Up to where the ranges are read.
absl::Time BoundOf(const v1::ListTicketsRequest& request, const ListTerms& terms);

// Whether the ticket is one of the list, but for its labels and its import. It may be a head.
bool Matches(const v1::ListTicketsRequest& request, const ListTerms& terms, const TicketRow& row);

}  // namespace dangol::tickets
