#include "services/backlog/change/action_handlers.h"

#include <optional>
#include <utility>
#include <vector>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "services/backlog/change/change_rights.h"
#include "services/backlog/change/change_rules.h"
#include "services/backlog/change/change_store.h"
#include "services/backlog/demand/demand_handlers.h"
#include "services/backlog/effect/effect_checks.h"
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

// The shipment is the change's newest and was not taken back before.
absl::StatusOr<v1::Shipment> ReadRevertible(storage::Snapshot& snapshot, const LoadedChange& change,
                                            const std::string& name) {
  if (kShipmentPattern.Id(name) != kChangePattern.Id(change.row.change.name())) {
    return InvalidField("shipment", fmt::format("{} is no shipment of {}. Name one of its own.", ShownValue(name),
                                                change.row.change.name()));
  }
  absl::StatusOr<v1::Shipment> shipment = ReadShipment(snapshot, name);
  if (absl::IsNotFound(shipment.status())) return AtField(shipment.status(), "shipment");
  RETURN_IF_ERROR(shipment.status());
  const std::string newest =
      kShipmentPattern.Name(kChangePattern.Id(change.row.change.name()), change.row.shipment_count);
  if (name != newest) {
    return AtField(
        Error(absl::StatusCode::kFailedPrecondition, "SHIPMENT_NOT_NEWEST",
              fmt::format("{} is not the newest shipment, which is {}. Only that can be taken back.", name, newest),
              {{"resource", name}}),
        "shipment");
  }
  if (shipment->has_revert_time()) {
    return AtField(Error(absl::StatusCode::kFailedPrecondition, "SHIPMENT_REVERTED",
                         fmt::format("{} was taken back before. Nothing is left to do.", name), {{"resource", name}}),
                   "shipment");
  }
  return shipment;
}

// A shipment that was taken back counts no more: the change shipped last by the one before it, or never.
absl::Status SetShipTime(storage::Snapshot& snapshot, Change& change) {
  ASSIGN_OR_RETURN(const std::optional<absl::Time> time, LastShipTime(snapshot, kChangePattern.Id(change.name())));
  if (time) {
    *change.mutable_ship_time() = ToProtoTime(*time);
  } else {
    change.clear_ship_time();
  }
  return absl::OkStatus();
}

// May take the place of others.
absl::StatusOr<LoadedChange> LoadSurvivor(storage::Snapshot& snapshot, const v1::MergeChangesRequest& request) {
  if (request.survivor() == request.name()) {
    return InvalidField("survivor",
                        fmt::format("{} is the change that ends. Name another.", ShownValue(request.survivor())));
  }
  absl::StatusOr<LoadedChange> survivor = LoadChange(snapshot, request.survivor(), request.survivor_etag());
  if (!survivor.ok()) return AtField(survivor.status(), "survivor");
  const Change::State state = survivor->row.change.state();
  if (state == Change::DROPPED || state == Change::MERGED) {
    return AtField(WrongState(request.survivor(), Change::State_Name(state), "MergeChanges into it",
                              "PROPOSED, PLANNED, IN_PROGRESS, SHIPPED, VERIFIED, REGRESSED"),
                   "survivor");
  }
  return survivor;
}

// The change is MERGED into the survivor, and so are those that were merged into it before.
absl::Status PointTo(storage::Transaction& transaction, const rpc::Call& call, const std::string& name,
                     const std::string& survivor) {
  ASSIGN_OR_RETURN(const std::vector<std::string> merged, ListMergedInto(transaction, kChangePattern.Id(name)));
  for (const std::string& earlier : merged) {
    ASSIGN_OR_RETURN(LoadedChange change, LoadChange(transaction, kChangePattern.Name(earlier)));
    change.row.change.set_merged_into(survivor);
    ChangeEvent event;
    event.mutable_change_merged()->set_into(survivor);
    RETURN_IF_ERROR(StoreChange(transaction, call, change, std::move(event)));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Change> PlanChange(storage::Transaction& transaction, const rpc::Call& call,
                                  const v1::PlanChangeRequest& request) {
  ASSIGN_OR_RETURN(LoadedChange change, LoadChange(transaction, request.name(), request.etag()));
  const Change::Kind kind = change.row.change.kind();
  RETURN_IF_ERROR(Plan(change.row.change, request, call.now()));
  RETURN_IF_ERROR(CheckMayBecome(call.principal(), kind, change.row.change.kind()));
  ChangeEvent event;
  event.mutable_change_planned();
  return Stored(transaction, call, change, std::move(event));
}

absl::StatusOr<Change> StartChange(storage::Transaction& transaction, const rpc::Call& call,
                                   const v1::StartChangeRequest& request) {
  ASSIGN_OR_RETURN(LoadedChange change, LoadChange(transaction, request.name(), request.etag()));
  const Change::Kind kind = change.row.change.kind();
  RETURN_IF_ERROR(Start(change.row.change, request, call.now()));
  RETURN_IF_ERROR(CheckMayBecome(call.principal(), kind, change.row.change.kind()));
  ChangeEvent event;
  event.mutable_change_started();
  return Stored(transaction, call, change, std::move(event));
}

absl::StatusOr<Change> ShipChange(storage::Transaction& transaction, const rpc::Call& call,
                                  const v1::ShipChangeRequest& request) {
  const bool partial = !request.tickets().empty();
  ASSIGN_OR_RETURN(LoadedChange loaded, LoadChange(transaction, request.name(), request.etag()));
  Change& change = loaded.row.change;
  const std::string_view change_id = kChangePattern.Id(change.name());
  RETURN_IF_ERROR(CheckMayShip(call.principal(), change, request.kind()));
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
  RETURN_IF_ERROR(SetCheckTimer(transaction, change));
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

absl::StatusOr<Change> ReconsiderChange(storage::Transaction& transaction, const rpc::Call& call,
                                        const v1::ReconsiderChangeRequest& request) {
  ASSIGN_OR_RETURN(LoadedChange change, LoadChange(transaction, request.name(), request.etag()));
  RETURN_IF_ERROR(Reconsider(change.row.change, request, call.now()));
  RETURN_IF_ERROR(CheckNoFanOut(transaction, kChangePattern.Id(request.name())));
  ChangeEvent event;
  event.mutable_change_reconsidered();
  return Stored(transaction, call, change, std::move(event));
}

absl::StatusOr<Change> RevertShipment(storage::Transaction& transaction, const rpc::Call& call,
                                      const v1::RevertShipmentRequest& request) {
  ASSIGN_OR_RETURN(LoadedChange change, LoadChange(transaction, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const v1::Shipment shipment, ReadRevertible(transaction, change, request.shipment()));
  RETURN_IF_ERROR(Revert(change.row.change, request, shipment.partial(), call.now()));
  const std::string_view change_id = kChangePattern.Id(request.name());
  RETURN_IF_ERROR(CheckNoFanOut(transaction, change_id));
  const int64_t number = change.row.shipment_count;
  RETURN_IF_ERROR(MarkReverted(transaction, change_id, number, call.now()));
  RETURN_IF_ERROR(SetShipTime(transaction, change.row.change));
  RETURN_IF_ERROR(StartRevertFanOut(transaction, call, change_id, number));
  ChangeEvent event;
  event.mutable_shipment_reverted()->set_shipment(request.shipment());
  event.mutable_shipment_reverted()->set_reason(request.reason());
  return Stored(transaction, call, change, std::move(event));
}

absl::StatusOr<v1::MergeChangesResponse> MergeChanges(storage::Transaction& transaction, const rpc::Call& call,
                                                      const v1::MergeChangesRequest& request) {
  ASSIGN_OR_RETURN(LoadedChange change, LoadChange(transaction, request.name(), request.etag()));
  RETURN_IF_ERROR(LoadSurvivor(transaction, request).status());
  RETURN_IF_ERROR(Merge(change.row.change, request.survivor(), change.row.shipment_count));
  const std::string_view change_id = kChangePattern.Id(request.name());
  const std::string_view survivor_id = kChangePattern.Id(request.survivor());
  RETURN_IF_ERROR(CheckNoFanOut(transaction, change_id));
  RETURN_IF_ERROR(CheckNoFanOut(transaction, survivor_id));
  RETURN_IF_ERROR(PointTo(transaction, call, request.name(), request.survivor()));
  ChangeEvent event;
  event.mutable_change_merged()->set_into(request.survivor());
  RETURN_IF_ERROR(StoreChange(transaction, call, change, std::move(event)));
  RETURN_IF_ERROR(StartMergeFanOut(transaction, call, change_id, survivor_id));
  v1::MergeChangesResponse response;
  ASSIGN_OR_RETURN(*response.add_changes(), ReadChange(transaction, request.name()));
  ASSIGN_OR_RETURN(*response.add_changes(), ReadChange(transaction, request.survivor()));
  return response;
}

absl::StatusOr<Change> ConcludeChange(storage::Transaction& transaction, const rpc::Call& call,
                                      const v1::ConcludeChangeRequest& request) {
  ASSIGN_OR_RETURN(LoadedChange change, LoadChange(transaction, request.name(), request.etag()));
  const std::string shipment = kShipmentPattern.Name(kChangePattern.Id(request.name()), change.row.shipment_count);
  RETURN_IF_ERROR(Conclude(change.row.change, request, shipment, call.now()));
  ChangeEvent event;
  if (change.row.change.state() == Change::VERIFIED) {
    event.mutable_change_verified();
  } else {
    event.mutable_change_regressed()->set_cause(v1::Regression::EFFECT);
    event.mutable_change_regressed()->set_shipment(shipment);
  }
  return Stored(transaction, call, change, std::move(event));
}

}  // namespace dangol::backlog
