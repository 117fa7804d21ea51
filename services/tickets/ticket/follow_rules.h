// What a decision of the backlog does to a ticket: pure, without SQL, clock or identity.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "dangol/backlog/v1/change_feed.pb.h"
#include "dangol/tickets/v1/ticket_feed.pb.h"
#include "services/tickets/ticket/ticket_row.h"

namespace dangol::tickets {

// What a decision is called on our feed, with the change, the shipment and the reason that it is about. UNIMPLEMENTED
// for one that is newer than this program, so that it is not lost.
absl::StatusOr<v1::TicketsFollowed> FollowedBy(const backlog::v1::DemandsUpdated& decided);

// Whether a decision concerns the ticket: it is ACCEPTED by this very link (or answered by it, where the answer is
// taken back), and has not been told anything as new. Only then may it follow; otherwise the decision is of the past,
// or was applied before.
bool Concerns(const TicketRow& row, v1::TicketsFollowed::Effect effect, int64_t acceptance, int64_t revision);

// Does to the ticket what was decided. `followed` is FollowedBy of it; its effect is known.
void Follow(TicketRow& row, const v1::TicketsFollowed& followed, int64_t revision, absl::Time now);

// What is true of each ticket that has followed so, of what Follow can change. Not for REFUSED, which gives each back
// what it was.
v1::FollowedFacts FollowedFactsOf(const v1::TicketsFollowed& followed, const v1::Ticket& ticket);

}  // namespace dangol::tickets
