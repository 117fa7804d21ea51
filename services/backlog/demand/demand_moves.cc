#include "services/backlog/demand/demand_moves.h"

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/backlog/change/change_rules.h"
#include "services/backlog/change/change_store.h"
#include "services/backlog/change/recurrences.h"
#include "services/backlog/demand/demand_events.h"
#include "services/backlog/names.h"
#include "services/backlog/shipment/shipment_store.h"

namespace dangol::backlog {
namespace {

using v1::DemandsUpdated;

DemandsUpdated Moved(std::string_view change_id, std::string_view destination_id) {
  DemandsUpdated decided;
  decided.set_change(kChangePattern.Name(change_id));
  decided.set_outcome(DemandsUpdated::MOVED);
  decided.set_destination(kChangePattern.Name(destination_id));
  return decided;
}

// A demand of another change as it comes to this one.
absl::Status Enter(storage::Transaction& transaction, const rpc::Call& call, Demand& demand,
                   std::string_view change_id) {
  demand.change_id = std::string(change_id);
  demand.state = v1::Demand::ACTIVE;
  demand.late = false;
  demand.recurrence = false;
  demand.preview_round = 0;
  demand.preview_answer = v1::Demand::PREVIEW_ANSWER_UNSPECIFIED;
  demand.create_time = demand.update_time = call.now();
  return EnterDemand(transaction, demand);
}

// What becomes of demands that came to a change which has shipped.
absl::Status Receive(storage::Transaction& transaction, const rpc::Call& call, const std::vector<Demand>& demands,
                     std::string_view change_id, tickets::v1::Happened happened) {
  ASSIGN_OR_RETURN(const std::optional<ChangeStanding> standing, FindStanding(transaction, change_id));
  if (!standing) return InternalError(std::string("no change takes demands of ").append(change_id));
  ASSIGN_OR_RETURN(const int64_t last, LastShipment(transaction, change_id));
  std::map<DemandsUpdated::Outcome, std::vector<ToldDemand>> told;
  for (const Demand& before : demands) {
    Demand demand = before;
    auto outcome = Reception(standing->state, standing->ship_time, demand.occur_time, happened);
    if (outcome == DemandsUpdated::CONFIRMED) continue;  // MOVED says it all
    ASSIGN_OR_RETURN(const bool came_back, CameBackFrom(transaction, demand, last));
    if (came_back) outcome = DemandsUpdated::RECURRENCE;
    demand.late = outcome == DemandsUpdated::LATE;
    demand.recurrence = outcome == DemandsUpdated::RECURRENCE;
    if (demand.late) demand.shipment = last;
    RETURN_IF_ERROR(ChangeDemand(transaction, before, demand));
    ASSIGN_OR_RETURN(const int64_t revision, NextRevision(transaction, demand.ticket_id));
    told[outcome].push_back(Tell(demand, revision));
  }
  for (const auto& [outcome, some] : told) {
    DemandsUpdated decided;
    decided.set_change(kChangePattern.Name(change_id));
    decided.set_outcome(outcome);
    if (outcome == DemandsUpdated::LATE) decided.set_shipment(kShipmentPattern.Name(change_id, last));
    RETURN_IF_ERROR(TellDemands(transaction, call, decided, some));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status MoveDemandsTo(storage::Transaction& transaction, const rpc::Call& call, std::string_view change_id,
                           std::vector<Demand> demands, std::string_view destination_id, bool last) {
  DemandsUpdated decided = Moved(change_id, destination_id);
  decided.set_last(last);
  // They leave first: a ticket has one ACTIVE demand at most.
  RETURN_IF_ERROR(ChangeWaiting(transaction, demands, v1::Demand::MOVED, 0, call.now()));
  std::vector<ToldDemand> told;
  for (Demand& demand : demands) {
    ASSIGN_OR_RETURN(const int64_t revision, NextRevision(transaction, demand.ticket_id));
    told.push_back(Tell(demand, revision));
    RETURN_IF_ERROR(TakeRecurrenceBack(transaction, demand));
    RETURN_IF_ERROR(Enter(transaction, call, demand, destination_id));
    told.back().touched.push_back(TouchedDemand(demand));
  }
  RETURN_IF_ERROR(TellDemands(transaction, call, decided, told));
  return Receive(transaction, call, demands, destination_id, tickets::v1::HAPPENED_UNSPECIFIED);
}

absl::Status EnterSurvivor(storage::Transaction& transaction, const rpc::Call& call, Demand demand,
                           std::string_view survivor_id, tickets::v1::Happened happened) {
  const DemandsUpdated decided = Moved(demand.change_id, survivor_id);
  ASSIGN_OR_RETURN(const int64_t revision, NextRevision(transaction, demand.ticket_id));
  RETURN_IF_ERROR(Enter(transaction, call, demand, survivor_id));
  const ToldDemand told = Tell(demand, revision);
  RETURN_IF_ERROR(TellDemands(transaction, call, decided, {&told, 1}));
  return Receive(transaction, call, {demand}, survivor_id, happened);
}

}  // namespace dangol::backlog
