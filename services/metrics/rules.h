// What an event makes of a ticket's chain and of a change: pure, without SQL, clock or identity. Whether an event is
// new is the reactions' part; what is told here has happened, so nothing is refused.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "dangol/backlog/v1/change_feed.pb.h"
#include "dangol/metrics/v1/loop.pb.h"
#include "dangol/tickets/v1/ticket_feed.pb.h"

namespace dangol::metrics {

// What is known of one ticket. Of the loop, what its change is like and the steps are not set.
struct Chain {
  v1::Loop loop;
  int64_t version = 0;              // of the ticket
  bool recurred = false;            // since it was linked to its change
  bool recurrence_counted = false;  // for the link that it has, whichever change that has been moved to
};

struct ChainStep {
  v1::Step step;
  int64_t sequence = 0;  // of the event
  int64_t version = 0;   // of the ticket or change after it; 0: it did not change it
  // Where the state changed; a ticket that was made left STATE_UNSPECIFIED.
  std::optional<tickets::v1::Ticket::State> entered, left;
};
using ChainSteps = std::vector<ChainStep>;

// Each changes the chain and adds the steps that happened. `time` is the event's, for where it says no other.
void Take(Chain& chain, const tickets::v1::TicketCreated& event, absl::Time time, ChainSteps& steps);
void Take(Chain& chain, const tickets::v1::TicketAcknowledged& event, absl::Time time, ChainSteps& steps);
void Take(Chain& chain, const tickets::v1::TicketDeclined& event, absl::Time time, ChainSteps& steps);
void Take(Chain& chain, const tickets::v1::TicketAccepted& event, absl::Time time, ChainSteps& steps);
void Take(Chain& chain, const tickets::v1::TicketResolved& event, absl::Time time, ChainSteps& steps);
void Take(Chain& chain, const tickets::v1::TicketReopened& event, absl::Time time, ChainSteps& steps);
void Take(Chain& chain, const tickets::v1::TicketUnlinked& event, absl::Time time, ChainSteps& steps);
void Take(Chain& chain, const tickets::v1::TicketsFollowed& event, absl::Time time, ChainSteps& steps);
// May be given the same message again.
void Take(Chain& chain, const tickets::v1::MessageCreated& event, absl::Time time, ChainSteps& steps);

// What is known of one change from the backlog: name, title, state, times and the number of shipments.
struct KnownChange {
  v1::LoopSummary summary;
  int64_t version = 0;
};

void Take(KnownChange& change, const backlog::v1::ChangeCreated& event, absl::Time time, ChainSteps& steps);
void Take(KnownChange& change, const backlog::v1::ChangePlanned& event, absl::Time time, ChainSteps& steps);
void Take(KnownChange& change, const backlog::v1::ChangeStarted& event, absl::Time time, ChainSteps& steps);
void Take(KnownChange& change, const backlog::v1::ChangeShipped& event, absl::Time time, ChainSteps& steps);
void Take(KnownChange& change, const backlog::v1::ChangeDropped& event, absl::Time time, ChainSteps& steps);

// The changes that steps of a ticket, oldest first, say it was linked to, and until when what happens to them concerns
// it: as long as it is linked. A change that was dropped stays, since that is how the link ended.
std::map<std::string, absl::Time> ConcernedUntil(const ChainSteps& steps);

// Both in order of time; where times tie a change's step comes just before what it caused. `most` of the newest.
std::vector<v1::Step> Merge(const ChainSteps& of_ticket, const ChainSteps& of_changes, size_t most);

}  // namespace dangol::metrics
