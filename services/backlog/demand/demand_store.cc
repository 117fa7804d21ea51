#include "services/backlog/demand/demand_store.h"

#include <utility>

#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/resource/table.h"
#include "services/backlog/change/change_rules.h"
#include "services/backlog/customer/customer_store.h"
#include "services/backlog/evidence/evidence_store.h"
#include "services/backlog/names.h"
#include "services/backlog/shipment/shipment_store.h"

namespace dangol::backlog {
namespace {

using resource::Column;
using resource::kIndexed;
using resource::kKey;
using resource::kUpdate;
using resource::NullableColumn;
using storage::Param;
using storage::Row;

static_assert(v1::Demand::ACTIVE == 1, "the statements have this number, so that partial indexes serve them");

// clang-format off
#define DEMAND(member) MEMBER_OF(Demand, member)
constexpr auto kDemandTable = resource::Table<Demand>(
    "demand", std::tuple(
        Column<kKey>(DEMAND(change_id)),
        Column<kKey>(DEMAND(ticket_id)),
        Column<kUpdate | kIndexed>(DEMAND(ordinal)),
        Column<kUpdate>(DEMAND(version)),
        Column<kUpdate | kIndexed>(DEMAND(state)),
        Column<kUpdate>(DEMAND(acceptance)),
        Column<kUpdate>(DEMAND(late)),
        Column<kUpdate>(DEMAND(recurrence)),
        NullableColumn<kUpdate | kIndexed>(DEMAND(shipment)),
        NullableColumn<kUpdate>(DEMAND(came_back)),
        Column<kUpdate>(DEMAND(occur_time)),
        Column(DEMAND(receive_time)),
        Column<kUpdate>(DEMAND(create_time)),
        Column<kUpdate>(DEMAND(update_time)),
        NullableColumn<kUpdate | kIndexed>(DEMAND(customer_id)),
        Column<kUpdate>(DEMAND(may_ask)),
        Column<kUpdate>(DEMAND(preview_round)),
        Column<kUpdate>(DEMAND(preview_answer)),
        Column<kUpdate>(DEMAND(ticket_version))));
// clang-format on

Param ShipmentOrNull(int64_t shipment) { return shipment == 0 ? Param(nullptr) : Param(shipment); }

void Count(const Demand& demand, int64_t sign, EvidenceTally& tally) {
  if (demand.state != v1::Demand::ACTIVE) return;
  tally.demands += sign;
  tally.anonymous += demand.customer_id.empty() ? sign : 0;
  tally.answered += demand.shipment == 0 ? 0 : sign;
  tally.late += demand.late ? sign : 0;
  tally.recurrences += demand.recurrence ? sign : 0;
  tally.may_ask += demand.may_ask ? sign : 0;
  tally.invited += demand.preview_round > 0 ? sign : 0;
  tally.fixed += demand.preview_answer == v1::Demand::FIXED ? sign : 0;
  tally.not_fixed += demand.preview_answer == v1::Demand::NOT_FIXED ? sign : 0;
}

// A demand that becomes ACTIVE or ceases to be changes what its customer adds to the change. Of one that ceases to be
// the row is still as it was.
absl::Status TallyCustomer(storage::Transaction& transaction, const Demand& demand, int64_t sign,
                           EvidenceTally& tally) {
  ASSIGN_OR_RETURN(
      const int64_t customers,
      CountAsking(transaction, {demand.change_id, demand.customer_id, demand.receive_time, demand.ordinal}, sign));
  tally.customers += customers;
  return absl::OkStatus();
}

// A demand comes, and gets the next ordinal. Its change waits for a decision, if it did not before: also where all
// others were answered, and it was dropped and is thought about again.
absl::Status AddEvidenceOf(storage::Transaction& transaction, Demand& demand, const EvidenceTally& tally) {
  ASSIGN_OR_RETURN(demand.ordinal, EnterEvidence(transaction, demand.change_id, tally, demand.receive_time));
  return SetDecideDue(transaction, demand.change_id, DecideDueTime(demand.update_time));
}

// An answer that is taken off a demand: where the ticket came back it has been given all the same, else the ticket
// never heard of it.
absl::Status CountAnswerOf(storage::Transaction& transaction, const Demand& before, const Demand& demand) {
  if (before.shipment == demand.shipment) return absl::OkStatus();
  if (before.shipment != 0) {
    const bool came_back = demand.came_back == before.shipment;
    RETURN_IF_ERROR(
        CountAnswers(transaction, before.change_id, before.shipment, came_back ? 0 : -1, came_back ? 1 : 0));
  }
  return demand.shipment == 0 ? absl::OkStatus() : CountAnswers(transaction, demand.change_id, demand.shipment, 1, 0);
}

absl::Status WriteDemand(storage::Transaction& transaction, const Demand& before, Demand& demand) {
  demand.version = transaction.NextVersion(before.version);
  return resource::Update<kDemandTable>(transaction, before, demand);
}

}  // namespace

v1::Demand DemandProto(const Demand& demand) {
  v1::Demand proto;
  proto.set_name(kDemandPattern.Name(demand.change_id, demand.ticket_id));
  proto.set_ticket(kTicketPattern.Name(demand.ticket_id));
  proto.set_state(demand.state);
  proto.set_acceptance(demand.acceptance);
  proto.set_late(demand.late);
  proto.set_recurrence(demand.recurrence);
  if (demand.shipment != 0) proto.set_shipment(kShipmentPattern.Name(demand.change_id, demand.shipment));
  *proto.mutable_occur_time() = ToProtoTime(demand.occur_time);
  *proto.mutable_receive_time() = ToProtoTime(demand.receive_time);
  *proto.mutable_create_time() = ToProtoTime(demand.create_time);
  *proto.mutable_update_time() = ToProtoTime(demand.update_time);
  proto.set_may_ask(demand.may_ask);
  proto.set_preview_round(static_cast<int32_t>(demand.preview_round));
  proto.set_preview_answer(demand.preview_answer);
  return proto;
}

absl::StatusOr<std::optional<Demand>> FindActiveDemand(storage::Snapshot& snapshot, std::string_view ticket_id) {
  ASSIGN_OR_RETURN(
      std::vector<Demand> demands,
      (resource::List<kDemandTable, resource::Tail(" WHERE ticket_id = $1 AND state = 1")>(snapshot, {ticket_id})));
  return demands.empty() ? std::nullopt : std::optional(std::move(demands.front()));
}

absl::StatusOr<bool> CameBackFrom(storage::Snapshot& snapshot, const Demand& demand, int64_t shipment) {
  ASSIGN_OR_RETURN(const int64_t came_back,
                   snapshot.QueryInteger("SELECT came_back FROM demand WHERE change_id = $1 AND ticket_id = $2",
                                         {demand.change_id, demand.ticket_id}));
  return came_back == shipment;
}

absl::StatusOr<std::vector<Demand>> ListDemandsAfter(storage::Snapshot& snapshot, std::string_view change_id,
                                                     int64_t ordinal, int64_t most) {
  constexpr resource::Tail kAfter(" WHERE change_id = $1 AND ordinal > $2 ORDER BY ordinal LIMIT $3");
  return resource::List<kDemandTable, kAfter>(snapshot, {change_id, ordinal, most});
}

absl::StatusOr<std::vector<Demand>> ListWaiting(storage::Snapshot& snapshot, std::string_view change_id,
                                                int64_t ordinal_max, int64_t most) {
  constexpr resource::Tail kWaiting(R"(
      WHERE change_id = $1 AND ordinal <= $2 AND state = 1 AND shipment IS NULL
      ORDER BY ordinal
      LIMIT $3)");
  return resource::List<kDemandTable, kWaiting>(snapshot, {change_id, ordinal_max, most});
}

absl::StatusOr<std::vector<Demand>> ListNamed(storage::Snapshot& snapshot, std::string_view change_id, int64_t most) {
  constexpr resource::Tail kNamed(R"(
      WHERE change_id = $1 AND state = 1 AND shipment IS NULL
        AND ordinal IN (SELECT f.ordinal FROM fan_out_demand AS f WHERE f.change_id = $1)
      ORDER BY ordinal
      LIMIT $2)");
  return resource::List<kDemandTable, kNamed>(snapshot, {change_id, most});
}

absl::StatusOr<std::vector<Demand>> ListAnswered(storage::Snapshot& snapshot, std::string_view change_id,
                                                 int64_t shipment, int64_t ordinal, int64_t ordinal_max, int64_t most) {
  constexpr resource::Tail kAnswered(R"(
      WHERE change_id = $1 AND ordinal > $3 AND ordinal <= $4 AND state = 1 AND shipment = $2
      ORDER BY ordinal
      LIMIT $5)");
  return resource::List<kDemandTable, kAnswered>(snapshot, {change_id, shipment, ordinal, ordinal_max, most});
}

absl::Status EnterDemand(storage::Transaction& transaction, Demand& demand) {
  EvidenceTally tally;
  Count(demand, 1, tally);
  RETURN_IF_ERROR(TallyCustomer(transaction, demand, 1, tally));
  demand.update_time = demand.create_time;
  RETURN_IF_ERROR(AddEvidenceOf(transaction, demand, tally));
  if (demand.shipment != 0) RETURN_IF_ERROR(CountAnswers(transaction, demand.change_id, demand.shipment, 1, 0));
  ASSIGN_OR_RETURN(const std::optional<Demand> before,
                   resource::Find<kDemandTable>(transaction, {demand.change_id, demand.ticket_id}));
  if (before) {
    demand.came_back = before->came_back;
    return WriteDemand(transaction, *before, demand);
  }
  demand.came_back = 0;
  demand.version = transaction.NextVersion(0);
  return resource::Insert<kDemandTable>(transaction, demand);
}

absl::Status ChangeDemand(storage::Transaction& transaction, const Demand& before, Demand& demand) {
  EvidenceTally tally;
  Count(before, -1, tally);
  Count(demand, 1, tally);
  if (before.state == v1::Demand::ACTIVE && demand.state != v1::Demand::ACTIVE) {
    RETURN_IF_ERROR(TallyCustomer(transaction, demand, -1, tally));
  }
  RETURN_IF_ERROR(AddEvidence(transaction, demand.change_id, tally));
  RETURN_IF_ERROR(CountAnswerOf(transaction, before, demand));
  return WriteDemand(transaction, before, demand);
}

absl::Status ReenterDemand(storage::Transaction& transaction, const Demand& before, Demand& demand) {
  EvidenceTally tally;
  Count(before, -1, tally);
  Count(demand, 1, tally);
  if (demand.state != v1::Demand::ACTIVE) RETURN_IF_ERROR(TallyCustomer(transaction, demand, -1, tally));
  RETURN_IF_ERROR(AddEvidenceOf(transaction, demand, tally));
  RETURN_IF_ERROR(CountAnswerOf(transaction, before, demand));
  return WriteDemand(transaction, before, demand);
}

absl::Status ChangeWaiting(storage::Transaction& transaction, std::vector<Demand>& demands, v1::Demand::State to,
                           int64_t shipment, absl::Time now) {
  if (demands.empty()) return absl::OkStatus();
  EvidenceTally tally;
  for (Demand& demand : demands) {
    Count(demand, -1, tally);
    if (to != v1::Demand::ACTIVE) RETURN_IF_ERROR(TallyCustomer(transaction, demand, -1, tally));
    demand.state = to;
    demand.shipment = shipment;
    demand.version = transaction.NextVersion(demand.version);
    demand.update_time = now;
    Count(demand, 1, tally);
    RETURN_IF_ERROR(transaction.Execute(
        R"(
        UPDATE demand SET version = $3, state = $4, shipment = $5, update_time = $6
        WHERE change_id = $1 AND ordinal = $2)",
        {demand.change_id, demand.ordinal, demand.version, demand.state, ShipmentOrNull(shipment), now}));
  }
  RETURN_IF_ERROR(AddEvidence(transaction, demands[0].change_id, tally));
  if (shipment == 0) return absl::OkStatus();
  return CountAnswers(transaction, demands[0].change_id, shipment, static_cast<int64_t>(demands.size()), 0);
}

absl::Status TakeAnswersBack(storage::Transaction& transaction, std::vector<Demand>& demands, absl::Time now) {
  if (demands.empty()) return absl::OkStatus();
  const std::string change_id = demands[0].change_id;
  const int64_t shipment = demands[0].shipment;
  EvidenceTally tally;
  for (Demand& demand : demands) {
    Count(demand, -1, tally);
    demand.shipment = 0;
    demand.late = false;
    demand.version = transaction.NextVersion(demand.version);
    demand.update_time = now;
    Count(demand, 1, tally);
    RETURN_IF_ERROR(transaction.Execute(
        R"(
        UPDATE demand SET version = $3, late = 0, shipment = NULL, update_time = $4
        WHERE change_id = $1 AND ordinal = $2)",
        {demand.change_id, demand.ordinal, demand.version, now}));
  }
  RETURN_IF_ERROR(AddEvidence(transaction, change_id, tally));
  return CountAnswers(transaction, change_id, shipment, -static_cast<int64_t>(demands.size()), 0);
}

absl::StatusOr<std::optional<int64_t>> TakeLink(storage::Transaction& transaction, std::string_view ticket_id,
                                                int64_t acceptance, bool says) {
  std::optional<int64_t> revision;
  RETURN_IF_ERROR(transaction.Query(
      R"(
      INSERT INTO ticket_link (ticket_id, acceptance, revision) VALUES ($1, $2, $3)
      ON CONFLICT (ticket_id) DO UPDATE SET acceptance = excluded.acceptance,
        revision = CASE WHEN excluded.revision = 0 THEN ticket_link.revision
                        WHEN ticket_link.revision < excluded.revision THEN excluded.revision
                        ELSE ticket_link.revision + 1 END
      WHERE ticket_link.acceptance < excluded.acceptance
      RETURNING revision)",
      {ticket_id, acceptance, says ? transaction.NextVersion(0) : 0},
      [&](const Row& row) { revision = row.Integer(0); }));
  return revision;
}

absl::StatusOr<int64_t> NextRevision(storage::Transaction& transaction, std::string_view ticket_id) {
  return transaction.QueryInteger(
      "UPDATE ticket_link SET revision = CASE WHEN revision < $2 THEN $2 ELSE revision + 1 END "
      "WHERE ticket_id = $1 RETURNING revision",
      {ticket_id, transaction.NextVersion(0)});
}

absl::StatusOr<int64_t> LastOrdinal(storage::Snapshot& snapshot, std::string_view change_id) {
  return snapshot.QueryInteger("SELECT last_ordinal FROM evidence WHERE change_id = $1", {change_id});
}

}  // namespace dangol::backlog
