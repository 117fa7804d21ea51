#include "services/backlog/change/change_handlers.h"

#include <set>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/resource/page.h"
#include "services/backlog/change/change_rules.h"
#include "services/backlog/change/change_store.h"
#include "services/backlog/demand/demand_handlers.h"
#include "services/backlog/fan_out.h"
#include "services/backlog/names.h"
#include "services/backlog/shipment/shipment_store.h"

namespace dangol::backlog {
namespace {

using v1::Change;
using v1::ChangeEvent;

// The change as callers see it, after it was stored.
absl::StatusOr<Change> Stored(storage::Transaction& transaction, const rpc::Call& call, LoadedChange& change,
                              ChangeEvent event) {
  RETURN_IF_ERROR(StoreChange(transaction, call, change, std::move(event)));
  return ReadChange(transaction, change.row.change.name());
}

}  // namespace

absl::StatusOr<Change> CreateChange(storage::Transaction& transaction, const rpc::Call& call,
                                    const v1::CreateChangeRequest& request) {
  Change change = request.change();
  RETURN_IF_ERROR(Propose(change, call.now(), "change"));
  change.set_name(kChangePattern.Name(request.change_id().empty() ? call.NewId() : request.change_id()));
  absl::Status added = AddChange(transaction, call, change);
  if (absl::IsAlreadyExists(added)) return AtField(std::move(added), "change_id");
  RETURN_IF_ERROR(std::move(added));
  return change;
}

absl::StatusOr<Change> GetChange(storage::Snapshot& snapshot, const rpc::Call&, const v1::GetChangeRequest& request) {
  return ReadChange(snapshot, request.name());
}

absl::StatusOr<v1::ListChangesResponse> ListChanges(storage::Snapshot& snapshot, const rpc::Call&,
                                                    const v1::ListChangesRequest& request) {
  std::set<int> states(request.states().begin(), request.states().end());
  if (states.empty()) {
    for (int state = Change::PROPOSED; state <= Change::State_MAX; ++state) states.insert(state);
  }
  return resource::Page<resource::TimeKey>(
      request, &v1::ListChangesResponse::mutable_changes,
      [&](const auto& after, int64_t most) {
        return resource::NewestOf(states, [&](int state) {
          return ListChangeKeys(snapshot, static_cast<Change::State>(state), after, most);
        });
      },
      [&](const resource::TimeKey& key) { return ReadChange(snapshot, kChangePattern.Name(key.id)); });
}

absl::StatusOr<Change> PlanChange(storage::Transaction& transaction, const rpc::Call& call,
                                  const v1::PlanChangeRequest& request) {
  ASSIGN_OR_RETURN(LoadedChange change, LoadChange(transaction, request.name(), request.etag()));
  RETURN_IF_ERROR(Plan(change.row.change, request, call.now()));
  ChangeEvent event;
  event.mutable_change_planned();
  return Stored(transaction, call, change, std::move(event));
}

absl::StatusOr<Change> StartChange(storage::Transaction& transaction, const rpc::Call& call,
                                   const v1::StartChangeRequest& request) {
  ASSIGN_OR_RETURN(LoadedChange change, LoadChange(transaction, request.name(), request.etag()));
  RETURN_IF_ERROR(Start(change.row.change, request, call.now()));
  ChangeEvent event;
  event.mutable_change_started();
  return Stored(transaction, call, change, std::move(event));
}

absl::StatusOr<Change> ShipChange(storage::Transaction& transaction, const rpc::Call& call,
                                  const v1::ShipChangeRequest& request) {
  const bool partial = !request.tickets().empty();
  RETURN_IF_ERROR(CheckEachOnce(request.tickets()));
  ASSIGN_OR_RETURN(LoadedChange loaded, LoadChange(transaction, request.name(), request.etag()));
  Change& change = loaded.row.change;
  const std::string_view change_id = kChangePattern.Id(change.name());
  RETURN_IF_ERROR(Ship(change, request, call.now()));
  RETURN_IF_ERROR(CheckNoFanOut(transaction, change_id));
  ASSIGN_OR_RETURN(const std::vector<Demand> named, ReadWaiting(transaction, change_id, request.tickets()));
  const int64_t number = ++loaded.row.shipment_count;
  RETURN_IF_ERROR(InsertShipment(transaction, change_id, number, partial, call.now()));
  if (partial) {
    std::vector<int64_t> ordinals;
    for (const Demand& demand : named) ordinals.push_back(demand.ordinal);
    RETURN_IF_ERROR(StartPartialFanOut(transaction, call, change_id, number, ordinals));
  } else {
    RETURN_IF_ERROR(StartShipmentFanOut(transaction, call, change_id, number));
  }
  ChangeEvent event;
  v1::ChangeShipped& shipped = *event.mutable_change_shipped();
  shipped.set_shipment(kShipmentPattern.Name(change_id, number));
  shipped.set_partial(partial);
  *shipped.mutable_customer_notes() = change.customer_notes();
  return Stored(transaction, call, loaded, std::move(event));
}

absl::StatusOr<Change> DropChange(storage::Transaction& transaction, const rpc::Call& call,
                                  const v1::DropChangeRequest& request) {
  ASSIGN_OR_RETURN(LoadedChange loaded, LoadChange(transaction, request.name(), request.etag()));
  const std::string_view change_id = kChangePattern.Id(request.name());
  RETURN_IF_ERROR(Drop(loaded.row.change, request, call.now()));
  RETURN_IF_ERROR(CheckNoFanOut(transaction, change_id));
  RETURN_IF_ERROR(StartDropFanOut(transaction, call, change_id));
  ChangeEvent event;
  event.mutable_change_dropped()->set_reason(request.reason());
  event.mutable_change_dropped()->set_decided_by(request.decided_by());
  return Stored(transaction, call, loaded, std::move(event));
}

}  // namespace dangol::backlog
