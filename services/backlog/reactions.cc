#include "services/backlog/reactions.h"

#include <optional>
#include <utility>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "services/backlog/change/change_handlers.h"
#include "services/backlog/change/change_rules.h"
#include "services/backlog/change/change_store.h"
#include "services/backlog/change/recurrences.h"
#include "services/backlog/customer/customer_store.h"
#include "services/backlog/demand/demand_events.h"
#include "services/backlog/demand/demand_moves.h"
#include "services/backlog/demand/demand_store.h"
#include "services/backlog/names.h"
#include "services/backlog/preview/preview_handlers.h"
#include "services/backlog/reason/change_reasons.h"
#include "services/backlog/shipment/shipment_store.h"

namespace dangol::backlog {
namespace {

using tickets::v1::TicketEvent;
using tickets::v1::TicketFacts;
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
  RETURN_IF_ERROR(TakeRecurrenceBack(transaction, *before));
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
                                           const TicketFacts& ticket, const std::string& title) {
  v1::Change change;
  change.set_name(ticket.change());
  change.set_title(title);
  change.set_stage(ticket.stage());
  if (!ticket.contact_reason().empty()) change.add_contact_reasons(ticket.contact_reason());
  RETURN_IF_ERROR(Propose(change, call.now(), ""));
  RETURN_IF_ERROR(AddChange(transaction, call, change));
  return ChangeStanding{change.state(), {}};
}

// Empty: nobody known.
std::string CustomerOf(const TicketFacts& ticket) {
  if (ticket.customer().anonymous()) return "";
  return std::string(kCustomerPattern.Id(ticket.customer().customer()));
}

// After all was said of a demand that happened or came back after its change had shipped.
absl::Status NoteRecurrenceOf(storage::Transaction& transaction, const rpc::Call& call, const TicketFacts& ticket,
                              const Demand& demand, absl::Time time) {
  return NoteRecurrence(transaction, call, demand.change_id, {demand.customer_id, demand.ticket_id},
                        ticket.severity() == tickets::v1::Ticket::CRITICAL, time);
}

absl::Status OnTicketAccepted(storage::Transaction& transaction, const rpc::Call& call, const TicketFacts& ticket,
                              const tickets::v1::TicketAccepted& accepted) {
  Demand demand;
  demand.change_id = kChangePattern.Id(ticket.change());
  demand.ticket_id = kTicketPattern.Id(ticket.ticket());
  demand.customer_id = CustomerOf(ticket);
  demand.may_ask = ticket.may_ask();
  demand.ticket_version = ticket.version();
  demand.acceptance = ticket.acceptance();
  demand.occur_time = FromProtoTime(ticket.occur_time());
  demand.receive_time = FromProtoTime(ticket.receive_time());
  demand.create_time = demand.update_time = call.now();
  ASSIGN_OR_RETURN(const std::optional<int64_t> revision,
                   TakeLink(transaction, demand.ticket_id, demand.acceptance, true));
  if (!revision) return absl::OkStatus();
  // There is one only where an operator dropped the event that took the ticket out of it.
  RETURN_IF_ERROR(WithdrawActive(transaction, call, demand.ticket_id));
  const ToldDemand refused = TellTicket(ticket.ticket(), ticket.acceptance(), *revision);
  ASSIGN_OR_RETURN(std::optional<ChangeStanding> standing, FindStanding(transaction, demand.change_id));
  if (!standing) {
    if (accepted.draft_title().empty()) {
      return TellRefused(transaction, call, ticket.change(), DemandsUpdated::CHANGE_NOT_FOUND, refused);
    }
    ASSIGN_OR_RETURN(standing, CreateDraft(transaction, call, ticket, accepted.draft_title()));
  }
  const std::string survivor = standing->merged_into;
  if (!survivor.empty()) {
    ASSIGN_OR_RETURN(standing, FindStanding(transaction, survivor));
    if (!standing) return InternalError(fmt::format("changes/{} is merged into nothing", demand.change_id));
  }
  DemandsUpdated decided;
  decided.set_change(ticket.change());
  decided.set_outcome(Reception(standing->state, standing->ship_time, demand.occur_time, accepted.happened()));
  if (decided.outcome() == DemandsUpdated::REFUSED) {
    return TellRefused(transaction, call, ticket.change(), DemandsUpdated::CHANGE_DROPPED, refused);
  }
  if (!survivor.empty()) {
    RETURN_IF_ERROR(EnterSurvivor(transaction, call, demand, survivor, accepted.happened()));
    // It was accepted now, by whichever name: unlike what a merge brought, it counts against the survivor.
    ASSIGN_OR_RETURN(const std::optional<Demand> entered, FindActiveDemand(transaction, demand.ticket_id));
    const bool came_back = entered && entered->recurrence;
    return came_back ? NoteRecurrenceOf(transaction, call, ticket, *entered, demand.occur_time) : absl::OkStatus();
  }
  if (decided.outcome() == DemandsUpdated::LATE) {
    ASSIGN_OR_RETURN(const int64_t last, LastShipment(transaction, demand.change_id));
    ASSIGN_OR_RETURN(const bool came_back, CameBackFrom(transaction, demand, last));
    if (came_back) {
      decided.set_outcome(DemandsUpdated::RECURRENCE);
    } else {
      demand.late = true;
      demand.shipment = last;
      decided.set_shipment(kShipmentPattern.Name(demand.change_id, last));
    }
  }
  demand.recurrence = decided.outcome() == DemandsUpdated::RECURRENCE;
  RETURN_IF_ERROR(EnterDemand(transaction, demand));
  const ToldDemand told = Tell(demand, *revision);
  RETURN_IF_ERROR(TellDemands(transaction, call, decided, {&told, 1}));
  const bool is_first_ever = demand.ordinal == 1;
  if (is_first_ever) RETURN_IF_ERROR(TakeReason(transaction, call, ticket.change(), ticket.contact_reason()));
  return demand.recurrence ? NoteRecurrenceOf(transaction, call, ticket, demand, demand.occur_time) : absl::OkStatus();
}

// Makes the demand one that came back, and says what becomes of it.
absl::StatusOr<DemandsUpdated> Recur(storage::Snapshot& snapshot, Demand& demand, absl::Time reopen_time) {
  ASSIGN_OR_RETURN(const std::optional<ChangeStanding> standing, FindStanding(snapshot, demand.change_id));
  demand.shipment = 0;
  demand.late = false;
  demand.recurrence = true;
  DemandsUpdated decided;
  decided.set_change(kChangePattern.Name(demand.change_id));
  decided.set_outcome(Reception(standing->state, standing->ship_time, reopen_time));
  if (decided.outcome() == DemandsUpdated::REFUSED) {
    demand.state = v1::Demand::WITHDRAWN;
    decided.set_refusal(DemandsUpdated::CHANGE_DROPPED);
    return decided;
  }
  ASSIGN_OR_RETURN(const int64_t last, LastShipment(snapshot, demand.change_id));
  // It came back after one shipment and before the next, which answers it, as it would if the event had been faster.
  if (decided.outcome() == DemandsUpdated::LATE && last != demand.came_back) {
    demand.late = true;
    demand.shipment = last;
    decided.set_shipment(kShipmentPattern.Name(demand.change_id, last));
    return decided;
  }
  decided.set_outcome(DemandsUpdated::RECURRENCE);
  return decided;
}

absl::Status TellMoved(storage::Transaction& transaction, const rpc::Call& call, const std::string& from,
                       const std::string& to, const v1::TicketDemand& ticket) {
  DemandsUpdated decided;
  decided.set_change(from);
  decided.set_outcome(DemandsUpdated::MOVED);
  decided.set_destination(to);
  const ToldDemand told{.ticket = ticket, .touched = {}};
  return TellDemands(transaction, call, decided, {&told, 1});
}

// The ticket came back from a change that did not mend it.
absl::Status OnTicketRecurred(storage::Transaction& transaction, const rpc::Call& call, const TicketFacts& ticket,
                              absl::Time time) {
  const std::string_view ticket_id = kTicketPattern.Id(ticket.ticket());
  ASSIGN_OR_RETURN(const std::optional<int64_t> revision, TakeLink(transaction, ticket_id, ticket.acceptance(), true));
  if (!revision) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::optional<Demand> before, FindActiveDemand(transaction, ticket_id));
  if (!before) {
    // Only where an operator dropped the event that linked it. A person decides anew.
    return TellRefused(transaction, call, ticket.change(), DemandsUpdated::CHANGE_NOT_FOUND,
                       TellTicket(ticket.ticket(), ticket.acceptance(), *revision));
  }
  Demand demand = *before;
  demand.acceptance = ticket.acceptance();
  demand.update_time = call.now();
  // Of an answer that it had not heard of when it came back, it does not come back.
  const bool heard = ticket.shipment() == kShipmentPattern.Name(before->change_id, before->shipment);
  if (before->shipment != 0 && heard) demand.came_back = before->shipment;
  ASSIGN_OR_RETURN(const DemandsUpdated decided, Recur(transaction, demand, time));
  RETURN_IF_ERROR(ReenterDemand(transaction, *before, demand));
  ToldDemand told = Tell(demand, *revision);
  if (ticket.change() != decided.change()) {
    // Its answer was taken back, and its demand moved, before this was heard of; of both the ticket heard nothing.
    RETURN_IF_ERROR(TellMoved(transaction, call, ticket.change(), decided.change(), told.ticket));
    ASSIGN_OR_RETURN(const int64_t next, NextRevision(transaction, ticket_id));
    told.ticket.set_revision(next);
  }
  RETURN_IF_ERROR(TellDemands(transaction, call, decided, {&told, 1}));
  if (decided.outcome() != DemandsUpdated::RECURRENCE) return absl::OkStatus();
  return NoteRecurrenceOf(transaction, call, ticket, demand, time);
}

absl::Status OnTicketUnlinked(storage::Transaction& transaction, const rpc::Call& call, const TicketFacts& ticket) {
  const std::string_view ticket_id = kTicketPattern.Id(ticket.ticket());
  ASSIGN_OR_RETURN(const std::optional<int64_t> revision, TakeLink(transaction, ticket_id, ticket.acceptance(), false));
  // Wherever the demand is by now: a move may have crossed.
  return revision ? WithdrawActive(transaction, call, ticket_id) : absl::OkStatus();
}

absl::Status OnCustomer(storage::Transaction& transaction, const TicketEvent& event,
                        const tickets::v1::CustomerKey& customer) {
  if (customer.anonymous() || event.envelope().resources().empty()) return absl::OkStatus();
  return SetSegment(transaction, kCustomerPattern.Id(customer.customer()), customer.segment(),
                    event.envelope().resources(0).version());
}

absl::Status OnPreviewAnswered(storage::Transaction& transaction, const rpc::Call& call, const TicketEvent& event) {
  const bool fixed = event.preview_answered().answer() == tickets::v1::PreviewAnswered::FIXED;
  return NotePreviewAnswer(transaction, call, event.facts().ticket(), event.preview_answered().change(),
                           fixed ? v1::Demand::FIXED : v1::Demand::NOT_FIXED);
}

// Whether the customer may be asked, as the ticket says now. What an older version of it said, or one that is linked
// otherwise, is no news.
absl::Status HearMayAsk(storage::Transaction& transaction, const rpc::Call& call, const TicketFacts& ticket) {
  if (ticket.change().empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::optional<Demand> before,
                   FindActiveDemand(transaction, kTicketPattern.Id(ticket.ticket())));
  const bool is_news = before && before->acceptance == ticket.acceptance() && before->ticket_version < ticket.version();
  if (!is_news || before->may_ask == ticket.may_ask()) return absl::OkStatus();
  Demand demand = *before;
  demand.may_ask = ticket.may_ask();
  demand.ticket_version = ticket.version();
  demand.update_time = call.now();
  RETURN_IF_ERROR(ChangeDemand(transaction, *before, demand));
  return TellAnswer(transaction, call, demand);
}

// What the event itself says.
absl::Status React(storage::Transaction& transaction, const rpc::Call& call, const TicketEvent& event) {
  if (event.has_ticket_accepted()) {
    return OnTicketAccepted(transaction, call, event.facts(), event.ticket_accepted());
  }
  if (event.has_ticket_reopened() && event.ticket_reopened().cause() == tickets::v1::ReopenTicketRequest::NOT_FIXED) {
    return OnTicketRecurred(transaction, call, event.facts(), FromProtoTime(event.envelope().time()));
  }
  if (event.has_customers_merged()) {
    return MergeCustomers(transaction, kCustomerPattern.Id(event.customers_merged().customer()),
                          kCustomerPattern.Id(event.customers_merged().merged()));
  }
  if (event.has_customer_created()) return OnCustomer(transaction, event, event.customer_created().customer());
  if (event.has_customer_updated()) return OnCustomer(transaction, event, event.customer_updated().customer());
  if (event.has_contact_reason_moved()) {
    return MoveReason(transaction, call, event.contact_reason_moved(), event.envelope().sequence());
  }
  if (event.has_preview_answered()) return OnPreviewAnswered(transaction, call, event);
  if (event.has_ticket_unlinked()) return OnTicketUnlinked(transaction, call, event.facts());
  return absl::OkStatus();
}

}  // namespace

absl::Status OnTicketEvent(storage::Transaction& transaction, const rpc::Call& call, const TicketEvent& event) {
  RETURN_IF_ERROR(React(transaction, call, event));
  return event.has_facts() ? HearMayAsk(transaction, call, event.facts()) : absl::OkStatus();
}

}  // namespace dangol::backlog
