#include "services/backlog/fan_out.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/backlog/change/change_store.h"
#include "services/backlog/demand/demand_events.h"
#include "services/backlog/demand/demand_moves.h"
#include "services/backlog/demand/demand_store.h"
#include "services/backlog/names.h"
#include "services/backlog/shipment/shipment_store.h"

namespace dangol::backlog {
namespace {

using storage::Param;
using storage::Row;
using v1::DemandsUpdated;

constexpr absl::Duration kRetryDelay = absl::Seconds(1);
// Links that a step of a revert looks at, most of which another shipment may have answered.
constexpr int64_t kOrdinalsMost = 2000;

using Kind = FanOutKind;

struct Running {
  std::string change_id;
  Kind kind = Kind::kShipment;
  int64_t shipment = 0;
  std::string destination = "";
  int64_t ordinal = 0;
  int64_t ordinal_max = 0;
};

absl::StatusOr<std::optional<Running>> FindRunning(storage::Snapshot& snapshot, std::string_view change_id) {
  std::optional<Running> running;
  RETURN_IF_ERROR(snapshot.Query(
      "SELECT change_id, kind, shipment, destination, ordinal, ordinal_max FROM fan_out WHERE change_id = $1",
      {change_id}, [&](const Row& row) {
        running = {row.Text(0),   static_cast<Kind>(row.Integer(1)), row.Integer(2), row.Text(3), row.Integer(4),
                   row.Integer(5)};
      }));
  return running;
}

absl::Status Begin(storage::Transaction& transaction, const rpc::Call& call, const Running& begun) {
  ASSIGN_OR_RETURN(const int64_t ordinal_max, LastOrdinal(transaction, begun.change_id));
  RETURN_IF_ERROR(transaction.Execute(
      R"(
      INSERT INTO fan_out (change_id, kind, shipment, destination, ordinal, ordinal_max)
      VALUES ($1, $2, $3, $4, 0, $5))",
      {begun.change_id, static_cast<int64_t>(begun.kind), begun.shipment == 0 ? Param(nullptr) : Param(begun.shipment),
       begun.destination.empty() ? Param(nullptr) : Param(begun.destination), ordinal_max}));
  return storage::SetTimerAtOnce(transaction, call.now(), kFanOutTimer, kChangePattern.Name(begun.change_id));
}

absl::Status End(storage::Transaction& transaction, std::string_view change_id) {
  RETURN_IF_ERROR(transaction.Execute("DELETE FROM fan_out_demand WHERE change_id = $1", {change_id}));
  return transaction.Execute("DELETE FROM fan_out WHERE change_id = $1", {change_id});
}

// The next demands that the step is about; one more than it takes shows that it is not the last.
absl::StatusOr<std::vector<Demand>> NextDemands(storage::Snapshot& snapshot, const Running& running, bool& last) {
  std::vector<Demand> demands;
  if (running.kind == Kind::kPartialShipment) {
    ASSIGN_OR_RETURN(demands, ListNamed(snapshot, running.change_id, kDemandsMost + 1));
  } else {
    ASSIGN_OR_RETURN(demands, ListWaiting(snapshot, running.change_id, running.ordinal_max, kDemandsMost + 1));
  }
  last = demands.size() <= kDemandsMost;
  if (!last) demands.pop_back();
  return demands;
}

absl::StatusOr<std::vector<ToldDemand>> TellEach(storage::Transaction& transaction,
                                                 const std::vector<Demand>& demands) {
  std::vector<ToldDemand> told;
  told.reserve(demands.size());
  for (const Demand& demand : demands) {
    ASSIGN_OR_RETURN(const int64_t revision, NextRevision(transaction, demand.ticket_id));
    told.push_back(Tell(demand, revision));
  }
  return told;
}

// One step of each kind. Returns whether it was the last.

absl::StatusOr<bool> StepOfShipment(storage::Transaction& transaction, const rpc::Call& call, const Running& running) {
  DemandsUpdated decided;
  decided.set_change(kChangePattern.Name(running.change_id));
  decided.set_outcome(DemandsUpdated::ANSWERED);
  decided.set_shipment(kShipmentPattern.Name(running.change_id, running.shipment));
  ASSIGN_OR_RETURN(LoadedChange change, LoadChange(transaction, decided.change()));
  *decided.mutable_decide_time() = change.row.change.decide_time();
  bool last = false;
  ASSIGN_OR_RETURN(std::vector<Demand> demands, NextDemands(transaction, running, last));
  RETURN_IF_ERROR(ChangeWaiting(transaction, demands, v1::Demand::ACTIVE, running.shipment, call.now()));
  ASSIGN_OR_RETURN(const std::vector<ToldDemand> told, TellEach(transaction, demands));
  decided.set_last(last);
  if (!last) {
    RETURN_IF_ERROR(TellDemands(transaction, call, decided, told));
    return last;
  }
  // That it finished is a new version of the change.
  RETURN_IF_ERROR(FinishShipment(transaction, running.change_id, running.shipment, call.now()));
  RETURN_IF_ERROR(StoreChangeUntold(transaction, call, change));
  RETURN_IF_ERROR(TellDemands(transaction, call, decided, told, &change.row));
  return last;
}

absl::StatusOr<bool> StepOfDrop(storage::Transaction& transaction, const rpc::Call& call, const Running& running) {
  DemandsUpdated decided;
  decided.set_change(kChangePattern.Name(running.change_id));
  decided.set_outcome(DemandsUpdated::RETURNED);
  ASSIGN_OR_RETURN(const LoadedChange change, LoadChange(transaction, decided.change()));
  const v1::Drop& drop = change.row.change.drop();
  decided.set_decline_reason(drop.decline_reason());
  decided.set_capability_gap(drop.capability_gap());
  decided.set_decided_by(drop.decided_by());
  *decided.mutable_decide_time() = change.row.change.decide_time();
  decided.set_undecided(FromProtoTime(change.row.change.decide_time()) == FromProtoTime(drop.time()));
  if (drop.has_revisit_time()) *decided.mutable_revisit_time() = drop.revisit_time();
  bool last = false;
  ASSIGN_OR_RETURN(std::vector<Demand> demands, NextDemands(transaction, running, last));
  RETURN_IF_ERROR(ChangeWaiting(transaction, demands, v1::Demand::WITHDRAWN, 0, call.now()));
  ASSIGN_OR_RETURN(const std::vector<ToldDemand> told, TellEach(transaction, demands));
  decided.set_last(last);
  RETURN_IF_ERROR(TellDemands(transaction, call, decided, told));
  return last;
}

absl::StatusOr<bool> StepOfMerge(storage::Transaction& transaction, const rpc::Call& call, const Running& running) {
  bool last = false;
  ASSIGN_OR_RETURN(std::vector<Demand> demands, NextDemands(transaction, running, last));
  RETURN_IF_ERROR(MoveDemandsTo(transaction, call, running.change_id, std::move(demands), running.destination, last));
  return last;
}

// What it looked at it does not look at again: no index leads to the demands of a shipment, which every answer would
// pay for.
absl::StatusOr<bool> StepOfRevert(storage::Transaction& transaction, const rpc::Call& call, const Running& running) {
  DemandsUpdated decided;
  decided.set_change(kChangePattern.Name(running.change_id));
  decided.set_outcome(DemandsUpdated::REVERTED);
  decided.set_shipment(kShipmentPattern.Name(running.change_id, running.shipment));
  int64_t behind = std::min(running.ordinal + kOrdinalsMost, running.ordinal_max);
  ASSIGN_OR_RETURN(std::vector<Demand> demands, ListAnswered(transaction, running.change_id, running.shipment,
                                                             running.ordinal, behind, kDemandsMost));
  if (demands.size() == kDemandsMost) behind = demands.back().ordinal;
  const bool last = behind == running.ordinal_max;
  RETURN_IF_ERROR(TakeAnswersBack(transaction, demands, call.now()));
  ASSIGN_OR_RETURN(const std::vector<ToldDemand> told, TellEach(transaction, demands));
  decided.set_last(last);
  RETURN_IF_ERROR(TellDemands(transaction, call, decided, told));
  if (last) RETURN_IF_ERROR(ForgetAnswers(transaction, running.change_id, running.shipment));
  RETURN_IF_ERROR(
      transaction.Execute("UPDATE fan_out SET ordinal = $2 WHERE change_id = $1", {running.change_id, behind}));
  return last;
}

absl::StatusOr<bool> Step(storage::Transaction& transaction, const rpc::Call& call, const Running& running) {
  switch (running.kind) {
    case Kind::kShipment:
    case Kind::kPartialShipment:
      return StepOfShipment(transaction, call, running);
    case Kind::kDrop:
      return StepOfDrop(transaction, call, running);
    case Kind::kRevert:
      return StepOfRevert(transaction, call, running);
    case Kind::kMerge:
      return StepOfMerge(transaction, call, running);
  }
  return InternalError(fmt::format("changes/{} has a fan-out of no kind", running.change_id));
}

}  // namespace

absl::Status StartShipmentFanOut(storage::Transaction& transaction, const rpc::Call& call, std::string_view change_id,
                                 int64_t shipment) {
  return Begin(transaction, call, {.change_id = std::string(change_id), .kind = Kind::kShipment, .shipment = shipment});
}

absl::Status StartPartialFanOut(storage::Transaction& transaction, const rpc::Call& call, std::string_view change_id,
                                int64_t shipment, const std::vector<int64_t>& ordinals) {
  for (int64_t ordinal : ordinals) {
    RETURN_IF_ERROR(
        transaction.Execute("INSERT INTO fan_out_demand (change_id, ordinal) VALUES ($1, $2)", {change_id, ordinal}));
  }
  return Begin(transaction, call,
               {.change_id = std::string(change_id), .kind = Kind::kPartialShipment, .shipment = shipment});
}

absl::Status StartDropFanOut(storage::Transaction& transaction, const rpc::Call& call, std::string_view change_id) {
  return Begin(transaction, call, {.change_id = std::string(change_id), .kind = Kind::kDrop});
}

absl::Status StartRevertFanOut(storage::Transaction& transaction, const rpc::Call& call, std::string_view change_id,
                               int64_t shipment) {
  return Begin(transaction, call, {.change_id = std::string(change_id), .kind = Kind::kRevert, .shipment = shipment});
}

absl::Status StartMergeFanOut(storage::Transaction& transaction, const rpc::Call& call, std::string_view change_id,
                              std::string_view destination_id) {
  return Begin(transaction, call,
               {.change_id = std::string(change_id), .kind = Kind::kMerge, .destination = std::string(destination_id)});
}

absl::Status CheckNoFanOut(storage::Snapshot& snapshot, std::string_view change_id) {
  ASSIGN_OR_RETURN(
      const int64_t running,
      snapshot.QueryInteger("SELECT COUNT(*) FROM fan_out WHERE change_id = $1 OR destination = $1", {change_id}));
  if (running == 0) return absl::OkStatus();
  const std::string name = kChangePattern.Name(change_id);
  return WithRetry(
      Error(absl::StatusCode::kFailedPrecondition, "FAN_OUT_RUNS",
            fmt::format("{} is still telling its tickets of a shipment, a drop, a revert or a merge. Try again when "
                        "that has finished.",
                        name),
            {{"resource", name}}),
      kRetryDelay);
}

absl::Status FanOut(storage::Transaction& transaction, const rpc::Call& call, const storage::Timer& timer) {
  const std::string_view change_id = kChangePattern.Id(timer.resource);
  ASSIGN_OR_RETURN(const std::optional<Running> running, FindRunning(transaction, change_id));
  if (!running) return absl::OkStatus();
  ASSIGN_OR_RETURN(const bool last, Step(transaction, call, *running));
  if (last) return End(transaction, change_id);
  return storage::SetTimerAtOnce(transaction, call.now(), timer.kind, timer.resource);
}

}  // namespace dangol::backlog
