#include "services/tickets/ticket/ticket_counts.h"

#include <algorithm>

#include "common/base/status_macros.h"
#include "services/tickets/reason/reason_path.h"
#include "services/tickets/ticket/list_rules.h"

namespace dangol::tickets {
namespace {

using v1::Ticket;

struct Tally {
  std::map<int, int64_t> by_state;
  std::map<int, int64_t> by_view;

  void Add(int state, Turn turn, std::string_view assignee, std::string_view caller, int64_t tickets) {
    by_state[state] += tickets;
    for (int i = v1::INBOX; i <= v1::View_MAX; ++i) {
      const auto view = static_cast<v1::View>(i);
      if (IsOfClock(view)) continue;
      if (view == v1::MINE && (caller.empty() || assignee != caller)) continue;
      if (IsInView(view, state, turn, assignee)) by_view[i] += tickets;
    }
  }
};

// Up to here it is counted what the clock changes.
constexpr int64_t kCountedMost = 1000;
// Tickets of a view that are looked at for those of one person or stage.
constexpr int64_t kLookedAtMost = 5000;

absl::Status CountSpan(storage::Snapshot& snapshot, const v1::CountTicketsRequest& request, const AgendaSpan& span,
                       v1::ViewCount& count) {
  const bool all = request.assignee().empty() && request.stage().empty();
  const int64_t most = all ? kCountedMost : kLookedAtMost;
  return snapshot.Query(
      R"(
      SELECT COUNT(*), COALESCE(SUM(CASE WHEN ($5 = '' OR assignee = $5) AND ($6 = '' OR stage = $6) THEN 1 ELSE 0 END), 0)
      FROM (
        SELECT assignee, stage FROM ticket
        WHERE agenda = $1 AND agenda <> 0 AND agenda_time >= $2 AND agenda_time < $3
        ORDER BY agenda_time, ticket_id
        LIMIT $4) AS t)",
      {static_cast<int>(span.agenda), span.from, span.before, most + 1, request.assignee(), request.stage()},
      [&](const storage::Row& row) {
        count.set_tickets(std::min(row.Integer(1), kCountedMost));
        count.set_more(row.Integer(0) > most || row.Integer(1) > kCountedMost);
      });
}

}  // namespace

Counted CountedOf(const Ticket& ticket) {
  return {{ticket.assignee(), ticket.stage(), ticket.state(), static_cast<int>(TurnOf(ticket))},
          ticket.contact_reason()};
}

void TicketCounts::Add(const Counted& counted, int64_t tickets) {
  if (counted.key.state == 0) return;
  changes_[counted.key] += tickets;
  if (counted.contact_reason.empty()) return;
  OfReason& reason = reasons_[counted.contact_reason];
  reason.tickets += tickets;
  if (IsOpen(counted.key.state)) reason.open += tickets;
}

absl::Status TicketCounts::Write(storage::Transaction& transaction) {
  for (const auto& [key, tickets] : changes_) {
    if (tickets == 0) continue;
    RETURN_IF_ERROR(transaction.Execute(R"(
        INSERT INTO ticket_count (assignee, stage, state, turn, tickets) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (assignee, stage, state, turn) DO UPDATE SET tickets = ticket_count.tickets + excluded.tickets)",
                                        {key.assignee, key.stage, key.state, key.turn, tickets}));
  }
  for (const auto& [path, of_reason] : reasons_) {
    if (of_reason.tickets == 0 && of_reason.open == 0) continue;
    RETURN_IF_ERROR(transaction.Execute(R"(
        INSERT INTO reason_count (path_key, tickets, open_tickets) VALUES ($1, $2, $3)
        ON CONFLICT (path_key) DO UPDATE SET
          tickets = reason_count.tickets + excluded.tickets,
          open_tickets = reason_count.open_tickets + excluded.open_tickets)",
                                        {ReasonKey(path), of_reason.tickets, of_reason.open}));
  }
  changes_.clear();
  reasons_.clear();
  return absl::OkStatus();
}

absl::StatusOr<v1::CountTicketsResponse> ReadTicketCounts(storage::Snapshot& snapshot,
                                                          const v1::CountTicketsRequest& request,
                                                          std::string_view caller, absl::Time now,
                                                          absl::Time end_of_day) {
  Tally tally;
  RETURN_IF_ERROR(snapshot.Query(R"(
      SELECT state, turn, assignee, tickets FROM ticket_count
      WHERE ($1 = '' OR assignee = $1) AND ($2 = '' OR stage = $2)
      ORDER BY assignee, stage, state, turn)",
                                 {request.assignee(), request.stage()}, [&](const storage::Row& row) {
                                   tally.Add(static_cast<int>(row.Integer(0)), static_cast<Turn>(row.Integer(1)),
                                             row.Bytes(2), caller, row.Integer(3));
                                 }));
  v1::CountTicketsResponse response;
  for (int state = Ticket::RECEIVED; state <= Ticket::State_MAX; ++state) {
    v1::StateCount& count = *response.add_states();
    count.set_state(static_cast<Ticket::State>(state));
    count.set_tickets(tally.by_state[state]);
  }
  for (int view = v1::INBOX; view <= v1::View_MAX; ++view) {
    v1::ViewCount& count = *response.add_views();
    count.set_view(static_cast<v1::View>(view));
    if (IsOfClock(count.view())) {
      RETURN_IF_ERROR(CountSpan(snapshot, request, SpanOf(count.view(), now, end_of_day), count));
    } else {
      count.set_tickets(tally.by_view[view]);
    }
  }
  return response;
}

}  // namespace dangol::tickets
