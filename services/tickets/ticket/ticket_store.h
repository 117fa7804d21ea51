// Tickets as rows, and what the feed is told of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/feed/append.h"
#include "common/resource/page.h"
#include "common/resource/transition.h"
#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/tickets/v1/ticket_facts.pb.h"
#include "dangol/tickets/v1/ticket_feed.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "services/tickets/policy/policy_rules.h"
#include "services/tickets/ticket/due_rules.h"
#include "services/tickets/ticket/ticket_counts.h"
#include "services/tickets/ticket/ticket_row.h"

namespace dangol::tickets {

using LoadedTicket = resource::Loaded<TicketRow>;

// Of the timer that closes what was answered: see close_sweep.h.
inline constexpr std::string_view kCloseTimer = "close-tickets";

// The version that the ticket's etag stands for.
int64_t Version(const v1::Ticket& ticket);

// NOT_FOUND where there is none.
absl::StatusOr<v1::Ticket> ReadTicket(storage::Snapshot& snapshot, std::string_view name);
// To be changed. NOT_FOUND; ABORTED unless `etag` is empty or the ticket's.
absl::StatusOr<LoadedTicket> LoadTicket(storage::Snapshot& snapshot, std::string_view name, std::string_view etag = {},
                                        resource::Part part = resource::Part::kWhole);
// The same without subject, body and whatever else stands in `details`: for decisions, which need none of it and may be
// many.
absl::StatusOr<LoadedTicket> LoadTicketHead(storage::Snapshot& snapshot, std::string_view name);
// Where a ticket stands now, as the answer to a batch says it. One that does not exist has no state.
absl::StatusOr<v1::TicketResult> ReadTicketResult(storage::Snapshot& snapshot, std::string_view name);

// Stores a new ticket, gives it its etag, and tells of it.
// ALREADY_EXISTS where the name is taken.
absl::Status AddTicket(storage::Transaction& transaction, const rpc::Call& call, v1::Ticket& ticket,
                       const Triage& triage);
// Stores a ticket that was changed, as its next version, and tells of it: `event` has its kind set, and gets the facts.
// `touched` is what it tells of beside the ticket.
absl::Status StoreTicket(storage::Transaction& transaction, const rpc::Call& call, LoadedTicket& ticket,
                         v1::TicketEvent event, std::vector<feed::Touched> touched = {});
// The same for one of several: what is told of them is the caller's part.
absl::Status StoreTicketUntold(storage::Transaction& transaction, const rpc::Call& call, LoadedTicket& ticket);

// What is true of the ticket, for those who follow. The ticket may be a head.
v1::TicketFacts FactsOf(const v1::Ticket& ticket);

// Tickets that an index knows together: in order of their receive time, the newest first, or of what is on their
// agenda or since when they wait, the earliest first.
struct TicketRange {
  int state = 0;
  std::string assignee = {};  // and in `state`, or recalled
  std::string change = {};    // in any state
  bool recalled = false;      // in any state
  Agenda agenda = Agenda::kNothing;
  bool oldest_first = false;  // in `state`, of anybody
  bool waiting = false;       // whose customers wait, past RECEIVED, who waits longest first
};
// Heads of a range behind `after` in its order, up to `bound`: those received then or later, or due before it; who
// waits, and what is oldest, without a bound.
absl::StatusOr<std::vector<TicketRow>> ListTicketHeads(storage::Snapshot& snapshot, const TicketRange& range,
                                                       const resource::TimeKey& after, absl::Time bound, int64_t most);
// Heads behind an id, in order of ids.
absl::StatusOr<std::vector<TicketRow>> ListTicketHeads(storage::Snapshot& snapshot, std::string_view after_id,
                                                       int64_t most);

}  // namespace dangol::tickets
