#include "services/backlog/fan_out.h"

#include <optional>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/backlog/change/change_store.h"
#include "services/backlog/demand/demand_events.h"
#include "services/backlog/demand/demand_store.h"
#include "services/backlog/names.h"
#include "services/backlog/shipment/shipment_store.h"

namespace dangol::backlog {
namespace {

using storage::Param;
using storage::Row;

constexpr absl::Duration kRetryDelay = absl::Seconds(1);

struct Running {
  int64_t shipment = 0;  // 0: a drop
  bool partial = false;
  int64_t ordinal_max = 0;
};

absl::StatusOr<std::optional<Running>> FindRunning(storage::Snapshot& snapshot, std::string_view change_id) {
  std::optional<Running> running;
  RETURN_IF_ERROR(snapshot.Query("SELECT shipment, partial, ordinal_max FROM fan_out WHERE change_id = $1", {change_id},
                                 [&](const Row& row) {
                                   running = {row.Integer(0), row.Integer(1) != 0, row.Integer(2)};
                                 }));
  return running;
}

absl::Status Begin(storage::Transaction& transaction, const rpc::Call& call, std::string_view change_id,
                   int64_t shipment, bool partial) {
  ASSIGN_OR_RETURN(const int64_t ordinal_max, LastOrdinal(transaction, change_id));
  RETURN_IF_ERROR(
      transaction.Execute("INSERT INTO fan_out (change_id, shipment, partial, ordinal_max) VALUES ($1, $2, $3, $4)",
                          {change_id, shipment == 0 ? Param(nullptr) : Param(shipment), partial, ordinal_max}));
  return storage::SetTimerAtOnce(transaction, call.now(), kFanOutTimer, kChangePattern.Name(change_id));
}

// What the last step changes beside its demands: of a shipment, when it finished, which is a new version of the change.
absl::StatusOr<std::optional<LoadedChange>> Finish(storage::Transaction& transaction, const rpc::Call& call,
                                                   std::string_view change_id, const Running& running) {
  RETURN_IF_ERROR(transaction.Execute("DELETE FROM fan_out_demand WHERE change_id = $1", {change_id}));
  RETURN_IF_ERROR(transaction.Execute("DELETE FROM fan_out WHERE change_id = $1", {change_id}));
  if (running.shipment == 0) return std::nullopt;
  RETURN_IF_ERROR(FinishShipment(transaction, change_id, running.shipment, call.now()));
  ASSIGN_OR_RETURN(LoadedChange change, LoadChange(transaction, kChangePattern.Name(change_id)));
  RETURN_IF_ERROR(StoreChangeUntold(transaction, call, change));
  return change;
}

}  // namespace

absl::Status StartShipmentFanOut(storage::Transaction& transaction, const rpc::Call& call, std::string_view change_id,
                                 int64_t shipment) {
  return Begin(transaction, call, change_id, shipment, /*partial=*/false);
}

absl::Status StartPartialFanOut(storage::Transaction& transaction, const rpc::Call& call, std::string_view change_id,
                                int64_t shipment, const std::vector<int64_t>& ordinals) {
  for (int64_t ordinal : ordinals) {
    RETURN_IF_ERROR(
        transaction.Execute("INSERT INTO fan_out_demand (change_id, ordinal) VALUES ($1, $2)", {change_id, ordinal}));
  }
  return Begin(transaction, call, change_id, shipment, /*partial=*/true);
}

absl::Status StartDropFanOut(storage::Transaction& transaction, const rpc::Call& call, std::string_view change_id) {
  return Begin(transaction, call, change_id, 0, /*partial=*/false);
}

absl::Status CheckNoFanOut(storage::Snapshot& snapshot, std::string_view change_id) {
  ASSIGN_OR_RETURN(const std::optional<Running> running, FindRunning(snapshot, change_id));
  if (!running) return absl::OkStatus();
  const std::string name = kChangePattern.Name(change_id);
  return WithRetry(
      Error(absl::StatusCode::kFailedPrecondition, "FAN_OUT_RUNS",
            fmt::format("{} is still telling its tickets of a shipment or a drop. Try again when that has finished.",
                        name),
            {{"resource", name}}),
      kRetryDelay);
}

absl::Status FanOut(storage::Transaction& transaction, const rpc::Call& call, const storage::Timer& timer) {
  const std::string_view change_id = kChangePattern.Id(timer.resource);
  ASSIGN_OR_RETURN(const std::optional<Running> running, FindRunning(transaction, change_id));
  if (!running) return absl::OkStatus();
  // One more shows whether this step is the last.
  ASSIGN_OR_RETURN(std::vector<Demand> demands,
                   running->partial ? ListNamed(transaction, change_id, kDemandsMost + 1)
                                    : ListWaiting(transaction, change_id, running->ordinal_max, kDemandsMost + 1));
  v1::DemandsUpdated decided;
  decided.set_change(timer.resource);
  decided.set_outcome(running->shipment == 0 ? v1::DemandsUpdated::RETURNED : v1::DemandsUpdated::ANSWERED);
  if (running->shipment != 0) decided.set_shipment(kShipmentPattern.Name(change_id, running->shipment));
  decided.set_last(demands.size() <= kDemandsMost);
  if (!decided.last()) demands.pop_back();
  RETURN_IF_ERROR(ChangeWaiting(transaction, demands,
                                running->shipment == 0 ? v1::Demand::WITHDRAWN : v1::Demand::ACTIVE, running->shipment,
                                call.now()));
  std::vector<ToldDemand> told;
  told.reserve(demands.size());
  for (const Demand& demand : demands) {
    ASSIGN_OR_RETURN(const int64_t revision, NextRevision(transaction, demand.ticket_id));
    told.push_back(Tell(demand, revision));
  }
  std::optional<LoadedChange> finished;
  if (decided.last()) {
    ASSIGN_OR_RETURN(finished, Finish(transaction, call, change_id, *running));
  } else {
    RETURN_IF_ERROR(storage::SetTimerAtOnce(transaction, call.now(), timer.kind, timer.resource));
  }
  return TellDemands(transaction, call, decided, told, finished ? &finished->row : nullptr);
}

}  // namespace dangol::backlog
