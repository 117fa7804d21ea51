#include "services/backlog/demand_store.h"

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "services/backlog/names.h"
#include "services/backlog/store.h"

namespace dangol::backlog {
namespace {

using storage::Param;
using storage::Row;

#define DEMAND_COLUMNS                                                                                        \
  "d.change_id, d.ticket_id, d.ordinal, d.version, d.state, d.acceptance, d.late, d.recurrence, d.shipment, " \
  "d.occur_time, d.receive_time, d.create_time, d.update_time, d.came_back"

Demand DemandFromRow(const Row& row) {
  return {.change_id = row.Text(0),
          .ticket_id = row.Text(1),
          .ordinal = row.Integer(2),
          .version = row.Integer(3),
          .state = static_cast<v1::Demand::State>(row.Integer(4)),
          .acceptance = row.Integer(5),
          .late = row.Integer(6) != 0,
          .recurrence = row.Integer(7) != 0,
          .shipment = row.Integer(8),
          .came_back = row.Integer(13),
          .occur_time = row.Time(9),
          .receive_time = row.Time(10),
          .create_time = row.Time(11),
          .update_time = row.Time(12)};
}

Param ShipmentOrNull(int64_t shipment) { return shipment == 0 ? Param(nullptr) : Param(shipment); }

// What a transaction adds to the evidence of one change.
struct Tally {
  int64_t demands = 0;
  int64_t answered = 0;
  int64_t late = 0;
  int64_t recurrences = 0;

  void Count(const Demand& demand, int64_t sign) {
    if (demand.state != v1::Demand::ACTIVE) return;
    demands += sign;
    answered += demand.shipment == 0 ? 0 : sign;
    late += demand.late ? sign : 0;
    recurrences += demand.recurrence ? sign : 0;
  }
};

absl::Status AddEvidence(storage::Transaction& transaction, std::string_view change_id, const Tally& tally) {
  return transaction.Execute(
      "UPDATE evidence SET demands = demands + $2, answered = answered + $3, late = late + $4, recurrences = "
      "recurrences + $5 "
      "WHERE change_id = $1",
      {change_id, tally.demands, tally.answered, tally.late, tally.recurrences});
}

// The same for a demand that comes, which gets the next ordinal.
absl::StatusOr<int64_t> AddEvidenceOf(storage::Transaction& transaction, const Demand& demand, const Tally& tally) {
  return transaction.QueryInteger(
      "UPDATE evidence SET last_ordinal = last_ordinal + 1, demands = demands + $2, answered = answered + $3, late = "
      "late + $4, "
      "recurrences = recurrences + $5, "
      "first_receive_time = CASE WHEN first_receive_time < $6 THEN first_receive_time ELSE $6 END, "
      "last_receive_time = CASE WHEN last_receive_time > $6 THEN last_receive_time ELSE $6 END "
      "WHERE change_id = $1 RETURNING last_ordinal",
      {demand.change_id, tally.demands, tally.answered, tally.late, tally.recurrences, demand.receive_time});
}

// An answer that is taken off a demand: where the ticket came back it has been given all the same, else the ticket
// never heard of it.
absl::Status CountAnswerOf(storage::Transaction& transaction, const Demand& before, const Demand& demand) {
  if (before.shipment == demand.shipment) return absl::OkStatus();
  if (before.shipment != 0) {
    const bool came_back = demand.acceptance > before.acceptance;
    RETURN_IF_ERROR(
        CountAnswers(transaction, before.change_id, before.shipment, came_back ? 0 : -1, came_back ? 1 : 0));
  }
  return demand.shipment == 0 ? absl::OkStatus() : CountAnswers(transaction, demand.change_id, demand.shipment, 1, 0);
}

absl::Status WriteDemand(storage::Transaction& transaction, Demand& demand) {
  demand.version += 1;
  return transaction.Execute(
      "UPDATE demand SET ordinal = $3, version = $4, state = $5, acceptance = $6, late = $7, recurrence = $8, "
      "shipment = $9, update_time = $10, came_back = $11 WHERE change_id = $1 AND ticket_id = $2",
      {demand.change_id, demand.ticket_id, demand.ordinal, demand.version, demand.state, demand.acceptance, demand.late,
       demand.recurrence, ShipmentOrNull(demand.shipment), demand.update_time, ShipmentOrNull(demand.came_back)});
}

}  // namespace

v1::Demand DemandProto(const Demand& demand) {
  v1::Demand proto;
  proto.set_name(DemandName(demand.change_id, demand.ticket_id));
  proto.set_ticket(TicketName(demand.ticket_id));
  proto.set_state(demand.state);
  proto.set_acceptance(demand.acceptance);
  proto.set_late(demand.late);
  proto.set_recurrence(demand.recurrence);
  if (demand.shipment != 0) proto.set_shipment(ShipmentName(demand.change_id, demand.shipment));
  *proto.mutable_occur_time() = ToProtoTime(demand.occur_time);
  *proto.mutable_receive_time() = ToProtoTime(demand.receive_time);
  *proto.mutable_create_time() = ToProtoTime(demand.create_time);
  *proto.mutable_update_time() = ToProtoTime(demand.update_time);
  return proto;
}

absl::StatusOr<std::optional<Demand>> FindActiveDemand(storage::Snapshot& snapshot, std::string_view ticket_id) {
  std::optional<Demand> demand;
  // The state is a literal, so that the partial index serves it.
  RETURN_IF_ERROR(snapshot.Query("SELECT " DEMAND_COLUMNS " FROM demand AS d WHERE d.ticket_id = $1 AND d.state = 1",
                                 {ticket_id}, [&](const Row& row) { demand = DemandFromRow(row); }));
  return demand;
}

absl::StatusOr<bool> CameBackFrom(storage::Snapshot& snapshot, const Demand& demand, int64_t shipment) {
  ASSIGN_OR_RETURN(const int64_t came_back,
                   snapshot.QueryInteger("SELECT came_back FROM demand WHERE change_id = $1 AND ticket_id = $2",
                                         {demand.change_id, demand.ticket_id}));
  return came_back == shipment;
}

absl::StatusOr<std::vector<Demand>> ListDemandsAfter(storage::Snapshot& snapshot, std::string_view change_id,
                                                     int64_t ordinal, int64_t most) {
  std::vector<Demand> demands;
  RETURN_IF_ERROR(
      snapshot.Query("SELECT " DEMAND_COLUMNS
                     " FROM demand AS d WHERE d.change_id = $1 AND d.ordinal > $2 ORDER BY d.ordinal LIMIT $3",
                     {change_id, ordinal, most}, [&](const Row& row) { demands.push_back(DemandFromRow(row)); }));
  return demands;
}

absl::StatusOr<std::vector<Demand>> ListWaiting(storage::Snapshot& snapshot, std::string_view change_id,
                                                int64_t ordinal_max, int64_t most) {
  std::vector<Demand> demands;
  RETURN_IF_ERROR(snapshot.Query(
      "SELECT " DEMAND_COLUMNS
      " FROM demand AS d WHERE d.change_id = $1 AND d.ordinal <= $2 AND d.state = 1 AND d.shipment IS NULL "
      "ORDER BY d.ordinal LIMIT $3",
      {change_id, ordinal_max, most}, [&](const Row& row) { demands.push_back(DemandFromRow(row)); }));
  return demands;
}

absl::StatusOr<std::vector<Demand>> ListNamed(storage::Snapshot& snapshot, std::string_view change_id, int64_t most) {
  std::vector<Demand> demands;
  RETURN_IF_ERROR(snapshot.Query(
      "SELECT " DEMAND_COLUMNS
      " FROM fan_out_demand AS f JOIN demand AS d ON d.change_id = f.change_id AND d.ordinal = f.ordinal "
      "WHERE f.change_id = $1 AND d.state = 1 AND d.shipment IS NULL ORDER BY f.ordinal LIMIT $2",
      {change_id, most}, [&](const Row& row) { demands.push_back(DemandFromRow(row)); }));
  return demands;
}

absl::Status EnterDemand(storage::Transaction& transaction, Demand& demand) {
  Tally tally;
  tally.Count(demand, 1);
  ASSIGN_OR_RETURN(demand.ordinal, AddEvidenceOf(transaction, demand, tally));
  if (demand.shipment != 0) RETURN_IF_ERROR(CountAnswers(transaction, demand.change_id, demand.shipment, 1, 0));
  ASSIGN_OR_RETURN(
      demand.version,
      transaction.QueryInteger(
          "INSERT INTO demand (change_id, ordinal, ticket_id, version, state, acceptance, late, recurrence, shipment, "
          "occur_time, "
          "receive_time, create_time, update_time) VALUES ($1, $2, $3, 1, $4, $5, $6, $7, $8, $9, $10, $11, $11) "
          "ON CONFLICT (change_id, ticket_id) DO UPDATE SET ordinal = excluded.ordinal, version = demand.version + 1, "
          "state = excluded.state, acceptance = excluded.acceptance, late = excluded.late, recurrence = "
          "excluded.recurrence, "
          "shipment = excluded.shipment, occur_time = excluded.occur_time, create_time = excluded.create_time, "
          "update_time = excluded.update_time RETURNING version",
          {demand.change_id, demand.ordinal, demand.ticket_id, demand.state, demand.acceptance, demand.late,
           demand.recurrence, ShipmentOrNull(demand.shipment), demand.occur_time, demand.receive_time,
           demand.create_time}));
  return absl::OkStatus();
}

absl::Status ChangeDemand(storage::Transaction& transaction, const Demand& before, Demand& demand) {
  Tally tally;
  tally.Count(before, -1);
  tally.Count(demand, 1);
  RETURN_IF_ERROR(AddEvidence(transaction, demand.change_id, tally));
  RETURN_IF_ERROR(CountAnswerOf(transaction, before, demand));
  return WriteDemand(transaction, demand);
}

absl::Status ReenterDemand(storage::Transaction& transaction, const Demand& before, Demand& demand) {
  Tally tally;
  tally.Count(before, -1);
  tally.Count(demand, 1);
  ASSIGN_OR_RETURN(demand.ordinal, AddEvidenceOf(transaction, demand, tally));
  RETURN_IF_ERROR(CountAnswerOf(transaction, before, demand));
  return WriteDemand(transaction, demand);
}

absl::Status ChangeWaiting(storage::Transaction& transaction, std::vector<Demand>& demands, v1::Demand::State to,
                           int64_t shipment, absl::Time now) {
  if (demands.empty()) return absl::OkStatus();
  Tally tally;
  for (Demand& demand : demands) {
    tally.Count(demand, -1);
    demand.state = to;
    demand.shipment = shipment;
    demand.version += 1;
    demand.update_time = now;
    tally.Count(demand, 1);
    RETURN_IF_ERROR(transaction.Execute(
        "UPDATE demand SET version = $3, state = $4, shipment = $5, update_time = $6 WHERE change_id = $1 AND ordinal "
        "= $2",
        {demand.change_id, demand.ordinal, demand.version, demand.state, ShipmentOrNull(shipment), now}));
  }
  RETURN_IF_ERROR(AddEvidence(transaction, demands[0].change_id, tally));
  if (shipment == 0) return absl::OkStatus();
  return CountAnswers(transaction, demands[0].change_id, shipment, static_cast<int64_t>(demands.size()), 0);
}

absl::StatusOr<std::optional<int64_t>> TakeLink(storage::Transaction& transaction, std::string_view ticket_id,
                                                int64_t acceptance, int64_t says) {
  std::optional<int64_t> revision;
  RETURN_IF_ERROR(
      transaction.Query("INSERT INTO ticket_link (ticket_id, acceptance, revision) VALUES ($1, $2, $3) ON CONFLICT "
                        "(ticket_id) DO UPDATE SET "
                        "acceptance = excluded.acceptance, revision = ticket_link.revision + excluded.revision "
                        "WHERE ticket_link.acceptance < excluded.acceptance RETURNING revision",
                        {ticket_id, acceptance, says}, [&](const Row& row) { revision = row.Integer(0); }));
  return revision;
}

absl::StatusOr<int64_t> NextRevision(storage::Transaction& transaction, std::string_view ticket_id) {
  return transaction.QueryInteger(
      "UPDATE ticket_link SET revision = revision + 1 WHERE ticket_id = $1 RETURNING revision", {ticket_id});
}

absl::StatusOr<int64_t> LastOrdinal(storage::Snapshot& snapshot, std::string_view change_id) {
  return snapshot.QueryInteger("SELECT last_ordinal FROM evidence WHERE change_id = $1", {change_id});
}

}  // namespace dangol::backlog
