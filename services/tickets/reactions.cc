#include "services/tickets/reactions.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/feed/append.h"
#include "dangol/tickets/v1/ticket_feed.pb.h"
#include "services/tickets/demand_store.h"
#include "services/tickets/store.h"

namespace dangol::tickets {
namespace {

using backlog::v1::DemandsUpdated;
using v1::AcceptanceRefusal;
using v1::TicketsFollowed;

AcceptanceRefusal::Reason RefusalReason(DemandsUpdated::Refusal refusal) {
  return refusal == DemandsUpdated::CHANGE_DROPPED ? AcceptanceRefusal::CHANGE_DROPPED
                                                   : AcceptanceRefusal::CHANGE_NOT_FOUND;
}

// What is told of the tickets that a decision was done to; UNIMPLEMENTED for one that is newer than this program, so
// that it is not lost.
absl::StatusOr<TicketsFollowed> Effect(const DemandsUpdated& update) {
  TicketsFollowed followed;
  followed.set_change(update.change());
  switch (update.outcome()) {
    case DemandsUpdated::CONFIRMED:
      followed.set_effect(TicketsFollowed::CONFIRMED);
      return followed;
    case DemandsUpdated::ANSWERED:
    case DemandsUpdated::LATE:
      followed.set_effect(update.outcome() == DemandsUpdated::LATE ? TicketsFollowed::ANSWERED_LATE
                                                                   : TicketsFollowed::ANSWERED);
      followed.set_shipment(update.shipment());
      return followed;
    case DemandsUpdated::RECURRENCE:
      followed.set_effect(TicketsFollowed::RECURRED);
      return followed;
    case DemandsUpdated::RETURNED:
      followed.set_effect(TicketsFollowed::RETURNED);
      return followed;
    case DemandsUpdated::MOVED:
      followed.set_effect(TicketsFollowed::MOVED);
      followed.set_change(update.destination());
      return followed;
    case DemandsUpdated::REFUSED:
      followed.set_effect(TicketsFollowed::REFUSED);
      followed.set_refusal(RefusalReason(update.refusal()));
      return followed;
    default:
      return Error(absl::StatusCode::kUnimplemented, "OUTCOME_UNKNOWN",
                   fmt::format("The outcome {} of the backlog is not known to this version. Use a newer one.",
                               static_cast<int>(update.outcome())));
  }
}

// The ticket's new version; 0: it does not concern it.
absl::StatusOr<int64_t> Follow(storage::Transaction& transaction, const TicketsFollowed& effect,
                               const DemandKey& demand, absl::Time now) {
  switch (effect.effect()) {
    case TicketsFollowed::CONFIRMED:
      return ConfirmTicket(transaction, demand, now);
    case TicketsFollowed::ANSWERED:
    case TicketsFollowed::ANSWERED_LATE:
      return AnswerTicket(transaction, demand, effect.shipment(), effect.effect() == TicketsFollowed::ANSWERED_LATE,
                          now);
    case TicketsFollowed::RECURRED:
      return RecurTicket(transaction, demand, now);
    case TicketsFollowed::RETURNED:
      return ReturnTicket(transaction, demand, now);
    case TicketsFollowed::MOVED:
      return MoveTicket(transaction, demand, ChangeId(effect.change()), now);
    case TicketsFollowed::REFUSED:
      return RefuseTicket(transaction, demand, ChangeId(effect.change()), effect.refusal(), now);
    default:
      return InternalError(fmt::format("no effect {}", static_cast<int>(effect.effect())));
  }
}

absl::Status OnDemandsUpdated(storage::Transaction& transaction, const rpc::Call& call, const DemandsUpdated& update) {
  ASSIGN_OR_RETURN(TicketsFollowed effect, Effect(update));
  *effect.mutable_time() = ToProtoTime(call.now());
  std::vector<feed::Touched> touched;
  touched.reserve(static_cast<size_t>(update.demands_size()));
  for (const backlog::v1::TicketDemand& demand : update.demands()) {
    if (!demand.ticket().starts_with("tickets/")) {
      return InvalidField("demands_updated.demands.ticket",
                          fmt::format("{} is no ticket.", ShownValue(demand.ticket())));
    }
    const DemandKey key{TicketId(demand.ticket()), demand.acceptance(), demand.revision()};
    ASSIGN_OR_RETURN(const int64_t version, Follow(transaction, effect, key, call.now()));
    if (version == 0) continue;
    effect.add_tickets(demand.ticket());
    touched.push_back({demand.ticket(), version});
  }
  if (touched.empty()) return absl::OkStatus();
  v1::TicketEvent event;
  *event.mutable_tickets_followed() = std::move(effect);
  return feed::Append(transaction, call, event, touched);
}

}  // namespace

absl::Status OnChangeEvent(storage::Transaction& transaction, const rpc::Call& call,
                           const backlog::v1::ChangeEvent& event) {
  if (!event.has_demands_updated()) return absl::OkStatus();
  return OnDemandsUpdated(transaction, call, event.demands_updated());
}

}  // namespace dangol::tickets
