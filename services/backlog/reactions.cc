#include "services/backlog/reactions.h"

#include <optional>
#include <utility>

#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "services/backlog/change_handlers.h"
#include "services/backlog/demand_events.h"
#include "services/backlog/demand_store.h"
#include "services/backlog/names.h"
#include "services/backlog/rules.h"
#include "services/backlog/store.h"

namespace dangol::backlog {
namespace {

using tickets::v1::TicketAccepted;
using tickets::v1::TicketReopened;
using tickets::v1::TicketUnlinked;
using v1::DemandsUpdated;

// The ticket's ACTIVE demand counts no more. Where a shipment had answered it, the ticket never heard of that, and the
// answer does not count either.
absl::Status WithdrawActive(storage::Transaction& transaction, const rpc::Call& call, std::string_view ticket_id) {
  ASSIGN_OR_RETURN(const std::optional<Demand> before, FindActiveDemand(transaction, ticket_id));
  if (!before) return absl::OkStatus();
  Demand demand = *before;
  demand.state = v1::Demand::WITHDRAWN;
  demand.shipment = 0;
  demand.update_time = call.now();
  RETURN_IF_ERROR(ChangeDemand(transaction, *before, demand));
  return TellWithdrawn(transaction, call, demand);
}

absl::Status TellRefused(storage::Transaction& transaction, const rpc::Call& call, const std::string& change,
                         DemandsUpdated::Refusal refusal, ToldDemand told) {
  DemandsUpdated decided;
  decided.set_change(change);
  decided.set_outcome(DemandsUpdated::REFUSED);
  decided.set_refusal(refusal);
  return TellDemands(transaction, call, decided, {&told, 1});
}

absl::StatusOr<ChangeStanding> CreateDraft(storage::Transaction& transaction, const rpc::Call& call,
                                           const TicketAccepted& event) {
  v1::Change change;
  change.set_name(event.change());
  change.set_title(event.draft_title());
  change.set_stage(event.stage());
  if (!event.contact_reason().empty()) change.add_contact_reasons(event.contact_reason());
  RETURN_IF_ERROR(Propose(change, call.now(), ""));
  RETURN_IF_ERROR(AddChange(transaction, call, change));
  return ChangeStanding{change.state(), {}};
}

absl::Status OnTicketAccepted(storage::Transaction& transaction, const rpc::Call& call, const TicketAccepted& event) {
  Demand demand{.change_id = std::string(IdOf(event.change())),
                .ticket_id = std::string(IdOf(event.ticket())),
                .acceptance = event.acceptance(),
                .occur_time = FromProtoTime(event.occur_time()),
                .receive_time = FromProtoTime(event.receive_time()),
                .create_time = call.now(),
                .update_time = call.now()};
  ASSIGN_OR_RETURN(const std::optional<int64_t> revision,
                   TakeLink(transaction, demand.ticket_id, demand.acceptance, 1));
  if (!revision) return absl::OkStatus();
  // There is one only where an operator dropped the event that took the ticket out of it.
  RETURN_IF_ERROR(WithdrawActive(transaction, call, demand.ticket_id));
  const ToldDemand refused = TellTicket(event.ticket(), event.acceptance(), *revision);
  ASSIGN_OR_RETURN(std::optional<ChangeStanding> standing, FindStanding(transaction, demand.change_id));
  if (!standing) {
    if (event.draft_title().empty())
      return TellRefused(transaction, call, event.change(), DemandsUpdated::CHANGE_NOT_FOUND, refused);
    ASSIGN_OR_RETURN(standing, CreateDraft(transaction, call, event));
  }
  DemandsUpdated decided;
  decided.set_change(event.change());
  decided.set_outcome(Reception(standing->state, standing->ship_time, demand.occur_time));
  if (decided.outcome() == DemandsUpdated::REFUSED) {
    return TellRefused(transaction, call, event.change(), DemandsUpdated::CHANGE_DROPPED, refused);
  }
  if (decided.outcome() == DemandsUpdated::LATE) {
    ASSIGN_OR_RETURN(const int64_t last, LastShipment(transaction, demand.change_id));
    ASSIGN_OR_RETURN(const bool came_back, CameBackFrom(transaction, demand, last));
    if (came_back) {
      decided.set_outcome(DemandsUpdated::RECURRENCE);
    } else {
      demand.late = true;
      demand.shipment = last;
      decided.set_shipment(ShipmentName(demand.change_id, last));
    }
  }
  demand.recurrence = decided.outcome() == DemandsUpdated::RECURRENCE;
  RETURN_IF_ERROR(EnterDemand(transaction, demand));
  const ToldDemand told = Tell(demand, *revision);
  return TellDemands(transaction, call, decided, {&told, 1});
}

// Makes the demand one that came back, and says what becomes of it.
absl::StatusOr<DemandsUpdated> Recur(storage::Snapshot& snapshot, Demand& demand, absl::Time reopen_time) {
  ASSIGN_OR_RETURN(const std::optional<ChangeStanding> standing, FindStanding(snapshot, demand.change_id));
  const int64_t answered_by = std::exchange(demand.shipment, 0);
  demand.late = false;
  demand.recurrence = true;
  DemandsUpdated decided;
  decided.set_change(ChangeName(demand.change_id));
  decided.set_outcome(Reception(standing->state, standing->ship_time, reopen_time));
  if (decided.outcome() == DemandsUpdated::REFUSED) {
    demand.state = v1::Demand::WITHDRAWN;
    decided.set_refusal(DemandsUpdated::CHANGE_DROPPED);
    return decided;
  }
  ASSIGN_OR_RETURN(const int64_t last, LastShipment(snapshot, demand.change_id));
  // It came back after one shipment and before the next, which answers it, as it would if the event had been faster.
  if (decided.outcome() == DemandsUpdated::LATE && last != answered_by) {
    demand.late = true;
    demand.shipment = last;
    decided.set_shipment(ShipmentName(demand.change_id, last));
    return decided;
  }
  decided.set_outcome(DemandsUpdated::RECURRENCE);
  return decided;
}

absl::Status OnTicketReopened(storage::Transaction& transaction, const rpc::Call& call, const TicketReopened& event) {
  if (!event.recurrence()) return absl::OkStatus();
  const std::string_view ticket_id = IdOf(event.ticket());
  ASSIGN_OR_RETURN(const std::optional<int64_t> revision, TakeLink(transaction, ticket_id, event.acceptance(), 1));
  if (!revision) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::optional<Demand> before, FindActiveDemand(transaction, ticket_id));
  if (!before) {
    // Only where an operator dropped the event that linked it. A person decides anew.
    return TellRefused(transaction, call, event.change(), DemandsUpdated::CHANGE_NOT_FOUND,
                       TellTicket(event.ticket(), event.acceptance(), *revision));
  }
  Demand demand = *before;
  demand.acceptance = event.acceptance();
  demand.update_time = call.now();
  if (before->shipment != 0) demand.came_back = before->shipment;
  ASSIGN_OR_RETURN(const DemandsUpdated decided, Recur(transaction, demand, FromProtoTime(event.reopen_time())));
  RETURN_IF_ERROR(ReenterDemand(transaction, *before, demand));
  const ToldDemand told = Tell(demand, *revision);
  return TellDemands(transaction, call, decided, {&told, 1});
}

absl::Status OnTicketUnlinked(storage::Transaction& transaction, const rpc::Call& call, const TicketUnlinked& event) {
  const std::string_view ticket_id = IdOf(event.ticket());
  ASSIGN_OR_RETURN(const std::optional<int64_t> revision, TakeLink(transaction, ticket_id, event.acceptance(), 0));
  // Wherever the demand is by now: a move may have crossed.
  return revision ? WithdrawActive(transaction, call, ticket_id) : absl::OkStatus();
}

}  // namespace

absl::Status OnTicketEvent(storage::Transaction& transaction, const rpc::Call& call,
                           const tickets::v1::TicketEvent& event) {
  switch (event.kind_case()) {
    case tickets::v1::TicketEvent::kTicketAccepted:
      return OnTicketAccepted(transaction, call, event.ticket_accepted());
    case tickets::v1::TicketEvent::kTicketReopened:
      return OnTicketReopened(transaction, call, event.ticket_reopened());
    case tickets::v1::TicketEvent::kTicketUnlinked:
      return OnTicketUnlinked(transaction, call, event.ticket_unlinked());
    default:
      return absl::OkStatus();
  }
}

}  // namespace dangol::backlog
