#include "services/backlog/demand/demand_handlers.h"

#include <optional>
#include <utility>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/resource/page.h"
#include "services/backlog/change/change_rules.h"
#include "services/backlog/change/change_store.h"
#include "services/backlog/demand/demand_moves.h"
#include "services/backlog/fan_out.h"
#include "services/backlog/names.h"

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

}  // namespace

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
  ASSIGN_OR_RETURN(const LoadedChange loaded, LoadChange(transaction, request.name(), request.etag()));
  const Change& source = loaded.row.change;
  ASSIGN_OR_RETURN(const Change destination, ReadDestination(transaction, request.destination()));
  RETURN_IF_ERROR(CheckNoFanOut(transaction, kChangePattern.Id(source.name())));
  RETURN_IF_ERROR(CheckNoFanOut(transaction, kChangePattern.Id(destination.name())));
  ASSIGN_OR_RETURN(std::vector<Demand> demands,
                   ReadWaiting(transaction, kChangePattern.Id(source.name()), request.tickets()));
  RETURN_IF_ERROR(MoveDemandsTo(transaction, call, kChangePattern.Id(source.name()), std::move(demands),
                                kChangePattern.Id(destination.name()), /*last=*/true));
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
