#include "services/tickets/ticket/due_integrity.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "services/tickets/names.h"
#include "services/tickets/policy/policy_store.h"
#include "services/tickets/ticket/due_rules.h"
#include "services/tickets/ticket/ticket_store.h"

namespace dangol::tickets {
namespace {

using v1::Ticket;

constexpr int64_t kSliceRows = 250;
// Where there were more policies, an old due time may be by one that is not looked at.
constexpr int64_t kPoliciesMost = 100;

absl::StatusOr<std::vector<Triage>> ReadTriages(storage::Snapshot& snapshot) {
  ASSIGN_OR_RETURN(const std::vector<v1::TriagePolicy> policies, ReadPolicies(snapshot, kPoliciesMost));
  return std::vector<Triage>(policies.begin(), policies.end());
}

// The ticket with its clocks started by the policy, as if they had none.
Ticket StartedBy(const Triage& triage, Ticket ticket) {
  ticket.clear_reply_due_time();
  ticket.clear_decide_due_time();
  StartClocks(ticket, triage, FromProtoTime(ticket.update_time()));
  return ticket;
}

bool IsSame(const google::protobuf::Timestamp& a, const google::protobuf::Timestamp& b) {
  return FromProtoTime(a) == FromProtoTime(b);
}

void CheckOne(const TicketRow& row, const std::vector<Triage>& triages, service::Findings& findings) {
  const Ticket& ticket = row.ticket;
  const auto require = [&](bool holds, std::string_view what) {
    if (!holds) findings.Violation(ticket.name(), what);
  };
  require(RunsReplyClock(ticket) == ticket.has_reply_due_time(), "has a due time of its reply that does not fit");
  require(RunsDecideClock(ticket) == ticket.has_decide_due_time(), "has a due time of its decision that does not fit");
  require(RunsCloseClock(ticket) == ticket.has_close_due_time(), "has a due time of its end that does not fit");
  TicketRow next = row;
  SetAgenda(next);
  require(next.agenda == row.agenda && next.agenda_time == row.agenda_time, "waits for something else than it says");
  if (static_cast<int64_t>(triages.size()) == kPoliciesMost) return;
  // Only of these it is known when the clock began.
  const bool reply_known = ticket.has_reply_due_time() && ticket.has_waiting_since_time() && !ticket.owes_reply();
  const bool decide_known = ticket.has_decide_due_time() && !ticket.has_decide_time();
  bool reply_fits = !reply_known;
  bool decide_fits = !decide_known;
  for (const Triage& triage : triages) {
    const Ticket started = StartedBy(triage, ticket);
    reply_fits = reply_fits || IsSame(started.reply_due_time(), ticket.reply_due_time());
    decide_fits = decide_fits || IsSame(started.decide_due_time(), ticket.decide_due_time());
    if (reply_fits && decide_fits) break;
  }
  require(reply_fits, "has a due time of its reply that no policy gives");
  require(decide_fits, "has a due time of its decision that no policy gives");
}

}  // namespace

absl::StatusOr<std::string> DueTimesAreTrue(storage::Snapshot& snapshot, const std::string& position,
                                            service::Findings& findings) {
  ASSIGN_OR_RETURN(const std::vector<Triage> triages, ReadTriages(snapshot));
  ASSIGN_OR_RETURN(const std::vector<TicketRow> rows, ListTicketHeads(snapshot, position, kSliceRows));
  for (const TicketRow& row : rows) CheckOne(row, triages, findings);
  findings.Examined(static_cast<int64_t>(rows.size()));
  return static_cast<int64_t>(rows.size()) == kSliceRows ? std::string(kTicketPattern.Id(rows.back().ticket.name()))
                                                         : "";
}

}  // namespace dangol::tickets
