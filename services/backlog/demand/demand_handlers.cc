#include "services/backlog/demand/demand_handlers.h"

#include <map>
#include <optional>
#include <utility>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/resource/page.h"
#include "services/backlog/change/change_rules.h"
#include "services/backlog/change/change_store.h"
#include "services/backlog/demand/demand_events.h"
#include "services/backlog/fan_out.h"
#include "services/backlog/names.h"
#include "services/backlog/shipment/shipment_store.h"

namespace dangol::backlog {
namespace {

using v1::Change;
using v1::DemandsUpdated;

absl::StatusOr<Change> ReadDestination(storage::Snapshot& snapshot, const std::string& name) {
  absl::StatusOr<Change> change = ReadChange(snapshot, name);
  if (absl::IsNotFound(change.status())) return AtField(change.status(), "destination");
  if (change.ok() && Reception(change->state(), {}, {}) == DemandsUpdated::REFUSED) {
    return AtField(WrongState(name, Change::State_Name(change->state()), "MoveDemands to it",
                              "PROPOSED, PLANNED, IN_PROGRESS, SHIPPED, VERIFIED, REGRESSED"),
                   "destination");
  }
  return change;
}

// The demands leave one change and wait in another. Returns them as they are there.
absl::StatusOr<std::vector<Demand>> Move(storage::Transaction& transaction, const rpc::Call& call,
                                         std::vector<Demand> demands, std::string_view destination) {
  DemandsUpdated decided;
  decided.set_change(kChangePattern.Name(demands[0].change_id));
  decided.set_outcome(DemandsUpdated::MOVED);
  decided.set_destination(kChangePattern.Name(destination));
  decided.set_last(true);
  // They leave first: a ticket has one ACTIVE demand at most.
  RETURN_IF_ERROR(ChangeWaiting(transaction, demands, v1::Demand::MOVED, 0, call.now()));
  std::vector<ToldDemand> told;
  for (Demand& demand : demands) {
    ASSIGN_OR_RETURN(const int64_t revision, NextRevision(transaction, demand.ticket_id));
    told.push_back(Tell(demand, revision));
    demand.change_id = std::string(destination);
    demand.state = v1::Demand::ACTIVE;
    demand.late = false;
    demand.recurrence = false;
    demand.create_time = demand.update_time = call.now();
    RETURN_IF_ERROR(EnterDemand(transaction, demand));
    told.back().touched.push_back(TouchedDemand(demand));
  }
  RETURN_IF_ERROR(TellDemands(transaction, call, decided, told));
  return demands;
}

// What becomes of demands that came to a change which has shipped: as if they had been accepted into it now.
absl::Status Receive(storage::Transaction& transaction, const rpc::Call& call, const std::vector<Demand>& demands,
                     const Change& change) {
  ASSIGN_OR_RETURN(const int64_t last, LastShipment(transaction, kChangePattern.Id(change.name())));
  std::map<DemandsUpdated::Outcome, std::vector<ToldDemand>> told;
  for (const Demand& before : demands) {
    Demand demand = before;
    auto outcome = Reception(change.state(), FromProtoTime(change.ship_time()), demand.occur_time);
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
    decided.set_change(change.name());
    decided.set_outcome(outcome);
    if (outcome == DemandsUpdated::LATE)
      decided.set_shipment(kShipmentPattern.Name(kChangePattern.Id(change.name()), last));
    RETURN_IF_ERROR(TellDemands(transaction, call, decided, some));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckEachOnce(const TicketNames& tickets) {
  std::map<std::string_view, int> seen;
  for (int i = 0; i < tickets.size(); ++i) {
    const auto [first, is_new] = seen.emplace(tickets[i], i);
    if (is_new) continue;
    return InvalidField(fmt::format("tickets[{}]", i), fmt::format("{} is tickets[{}], too. Name each ticket once.",
                                                                   ShownValue(tickets[i]), first->second));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Demand>> ReadWaiting(storage::Snapshot& snapshot, std::string_view change_id,
                                                const TicketNames& tickets) {
  std::vector<Demand> demands;
  for (int i = 0; i < tickets.size(); ++i) {
    ASSIGN_OR_RETURN(std::optional<Demand> demand, FindActiveDemand(snapshot, kTicketPattern.Id(tickets[i])));
    if (!demand || demand->change_id != change_id || !demand->waits()) {
      const std::string name = kChangePattern.Name(change_id);
      return AtField(
          Error(absl::StatusCode::kFailedPrecondition, "DEMAND_NOT_WAITING",
                fmt::format("{} has no unanswered ACTIVE demand in {}. Name tickets that have one: see ListDemands.",
                            tickets[i], name),
                {{"resource", name}, {"ticket", tickets[i]}}),
          fmt::format("tickets[{}]", i));
    }
    demands.push_back(*std::move(demand));
  }
  return demands;
}

absl::StatusOr<v1::MoveDemandsResponse> MoveDemands(storage::Transaction& transaction, const rpc::Call& call,
                                                    const v1::MoveDemandsRequest& request) {
  if (request.destination() == request.name()) {
    return InvalidField("destination", fmt::format("{} is the change that they are to leave. Name another.",
                                                   ShownValue(request.destination())));
  }
  RETURN_IF_ERROR(CheckEachOnce(request.tickets()));
  ASSIGN_OR_RETURN(const LoadedChange loaded, LoadChange(transaction, request.name(), request.etag()));
  const Change& source = loaded.row.change;
  ASSIGN_OR_RETURN(Change destination, ReadDestination(transaction, request.destination()));
  RETURN_IF_ERROR(CheckNoFanOut(transaction, kChangePattern.Id(source.name())));
  RETURN_IF_ERROR(CheckNoFanOut(transaction, kChangePattern.Id(destination.name())));
  ASSIGN_OR_RETURN(std::vector<Demand> demands,
                   ReadWaiting(transaction, kChangePattern.Id(source.name()), request.tickets()));
  ASSIGN_OR_RETURN(demands, Move(transaction, call, std::move(demands), kChangePattern.Id(destination.name())));
  RETURN_IF_ERROR(Receive(transaction, call, demands, destination));
  v1::MoveDemandsResponse response;
  ASSIGN_OR_RETURN(*response.add_changes(), ReadChange(transaction, source.name()));
  ASSIGN_OR_RETURN(*response.add_changes(), ReadChange(transaction, destination.name()));
  return response;
}

absl::StatusOr<v1::ListDemandsResponse> ListDemands(storage::Snapshot& snapshot, const rpc::Call&,
                                                    const v1::ListDemandsRequest& request) {
  const std::string_view change_id = kChangePattern.Id(request.parent());
  ASSIGN_OR_RETURN(const std::optional<ChangeStanding> standing, FindStanding(snapshot, change_id));
  if (!standing) return NotFound(request.parent());
  return resource::Page<resource::NumberKey>(
      request, &v1::ListDemandsResponse::mutable_demands,
      [&](const auto& after, int64_t most) {
        return ListDemandsAfter(snapshot, change_id, after ? after->number : 0, most);
      },
      [](const Demand& demand) -> absl::StatusOr<v1::Demand> { return DemandProto(demand); },
      [](const Demand& demand) { return resource::NumberKey{demand.ordinal}; });
}

}  // namespace dangol::backlog
