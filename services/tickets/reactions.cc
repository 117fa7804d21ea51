#include "services/tickets/reactions.h"

#include <utility>
#include <vector>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/feed/append.h"
#include "services/tickets/names.h"
#include "services/tickets/ticket/follow_rules.h"
#include "services/tickets/ticket/ticket_store.h"

namespace dangol::tickets {
namespace {

using backlog::v1::DemandsUpdated;
using v1::Ticket;
using v1::TicketsFollowed;

void TellOf(const Ticket& ticket, bool is_settled, TicketsFollowed& followed) {
  v1::FollowedTicket& told = *followed.add_tickets();
  told.set_ticket(ticket.name());
  told.set_version(Version(ticket));
  told.set_recurrence(ticket.recurrence());
  told.set_recurrence_count(ticket.recurrence_count());
  if (is_settled) {
    *told.mutable_decide_time() = ticket.decide_time();
    told.set_first_decision(ticket.first_decision());
  }
  if (followed.effect() == TicketsFollowed::REFUSED) {
    *told.mutable_facts() = FactsOf(ticket);
  } else if (followed.tickets_size() == 1) {
    *followed.mutable_facts() = FollowedFactsOf(followed, ticket);
  }
}

// One ticket does what was decided, where that concerns it. Returns whether it did.
absl::StatusOr<bool> FollowOne(storage::Transaction& transaction, const rpc::Call& call,
                               const backlog::v1::TicketDemand& demand, TicketsFollowed& followed) {
  absl::StatusOr<LoadedTicket> ticket = LoadTicketHead(transaction, demand.ticket());
  if (absl::IsNotFound(ticket.status())) return false;
  RETURN_IF_ERROR(ticket.status());
  if (!Concerns(ticket->row, followed.effect(), demand.acceptance(), demand.revision())) return false;
  const v1::Decision::Kind before = ticket->row.ticket.first_decision();
  Follow(ticket->row, followed, demand.revision(), call.now());
  RETURN_IF_ERROR(StoreTicketUntold(transaction, call, *ticket));
  const v1::Decision::Kind after = ticket->row.ticket.first_decision();
  TellOf(ticket->row.ticket, after != before && after != v1::Decision::KIND_UNSPECIFIED, followed);
  return true;
}

absl::Status OnDemandsUpdated(storage::Transaction& transaction, const rpc::Call& call, const DemandsUpdated& decided) {
  ASSIGN_OR_RETURN(TicketsFollowed followed, FollowedBy(decided));
  std::vector<feed::Touched> touched;
  touched.reserve(static_cast<size_t>(decided.demands_size()));
  for (const backlog::v1::TicketDemand& demand : decided.demands()) {
    if (kTicketPattern.Id(demand.ticket()).empty()) {
      return InvalidField("demands_updated.demands.ticket",
                          fmt::format("{} is no ticket.", ShownValue(demand.ticket())));
    }
    ASSIGN_OR_RETURN(const bool follows, FollowOne(transaction, call, demand, followed));
    if (follows) touched.push_back({demand.ticket(), followed.tickets().rbegin()->version()});
  }
  if (touched.empty()) return absl::OkStatus();
  v1::TicketEvent event;
  *event.mutable_tickets_followed() = std::move(followed);
  return feed::Append(transaction, call, event, touched);
}

}  // namespace

absl::Status OnChangeEvent(storage::Transaction& transaction, const rpc::Call& call,
                           const backlog::v1::ChangeEvent& event) {
  if (!event.has_demands_updated()) return absl::OkStatus();
  return OnDemandsUpdated(transaction, call, event.demands_updated());
}

}  // namespace dangol::tickets
