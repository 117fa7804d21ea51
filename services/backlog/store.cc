#include "services/backlog/store.h"

#include <algorithm>
#include <cstdlib>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "services/backlog/names.h"

namespace dangol::backlog {
namespace {

using storage::Param;
using storage::Row;
using v1::Change;
using v1::Shipment;

constexpr int64_t kShownShipments = 100;

#define CHANGE_COLUMNS                                                                                                 \
  "c.change_id, c.version, c.state, c.kind, c.stage, c.owner, c.create_time, c.plan_time, c.start_time, c.ship_time, " \
  "c.update_time, c.title, c.details"
#define EVIDENCE_COLUMNS "e.demands, e.answered, e.late, e.recurrences, e.first_receive_time, e.last_receive_time"

std::optional<absl::Time> OptionalTime(bool set, const google::protobuf::Timestamp& time) {
  return set ? std::optional(FromProtoTime(time)) : std::nullopt;
}

// The fields that no query looks at, together.
std::string Details(const Change& change) {
  Change details;
  details.set_description(change.description());
  *details.mutable_contact_reasons() = change.contact_reasons();
  *details.mutable_customer_notes() = change.customer_notes();
  if (change.has_decision()) *details.mutable_decision() = change.decision();
  if (change.has_drop()) *details.mutable_drop() = change.drop();
  return details.SerializeAsString();
}

absl::StatusOr<Change> ChangeFromRow(const Row& row) {
  Change change;
  if (!change.ParseFromArray(row.Bytes(12).data(), static_cast<int>(row.Bytes(12).size()))) {
    return InternalError(fmt::format("details of change {} do not parse", row.Bytes(0)));
  }
  change.set_name(ChangeName(row.Bytes(0)));
  change.set_etag(std::to_string(row.Integer(1)));
  change.set_state(static_cast<Change::State>(row.Integer(2)));
  change.set_kind(static_cast<Change::Kind>(row.Integer(3)));
  change.set_stage(row.Text(4));
  change.set_owner(row.Text(5));
  *change.mutable_create_time() = ToProtoTime(row.Time(6));
  if (auto time = row.OptionalTime(7)) *change.mutable_plan_time() = ToProtoTime(*time);
  if (auto time = row.OptionalTime(8)) *change.mutable_start_time() = ToProtoTime(*time);
  if (auto time = row.OptionalTime(9)) *change.mutable_ship_time() = ToProtoTime(*time);
  *change.mutable_update_time() = ToProtoTime(row.Time(10));
  change.set_title(row.Text(11));
  v1::Evidence& evidence = *change.mutable_evidence();
  evidence.set_demands(row.Integer(13));
  evidence.set_answered(row.Integer(14));
  evidence.set_late(row.Integer(15));
  evidence.set_recurrences(row.Integer(16));
  if (auto time = row.OptionalTime(17)) *evidence.mutable_first_receive_time() = ToProtoTime(*time);
  if (auto time = row.OptionalTime(18)) *evidence.mutable_last_receive_time() = ToProtoTime(*time);
  return change;
}

absl::Status ReadShipments(storage::Snapshot& snapshot, Change& change) {
  RETURN_IF_ERROR(
      snapshot.Query("SELECT number, partial, ship_time, answered, finish_time FROM shipment WHERE change_id = $1 "
                     "ORDER BY number DESC LIMIT $2",
                     {IdOf(change.name()), kShownShipments}, [&](const Row& row) {
                       Shipment& shipment = *change.add_shipments();
                       shipment.set_name(ShipmentName(IdOf(change.name()), row.Integer(0)));
                       shipment.set_partial(row.Integer(1) != 0);
                       *shipment.mutable_ship_time() = ToProtoTime(row.Time(2));
                       shipment.set_answered(row.Integer(3));
                       if (auto time = row.OptionalTime(4)) *shipment.mutable_finish_time() = ToProtoTime(*time);
                     }));
  std::reverse(change.mutable_shipments()->pointer_begin(), change.mutable_shipments()->pointer_end());
  return absl::OkStatus();
}

}  // namespace

int64_t Version(const Change& change) { return std::strtoll(change.etag().c_str(), nullptr, 10); }

absl::StatusOr<Change> ReadChange(storage::Snapshot& snapshot, std::string_view name) {
  std::optional<absl::StatusOr<Change>> change;
  RETURN_IF_ERROR(
      snapshot.Query("SELECT " CHANGE_COLUMNS ", " EVIDENCE_COLUMNS
                     " FROM change AS c JOIN evidence AS e ON e.change_id = c.change_id WHERE c.change_id = $1",
                     {IdOf(name)}, [&](const Row& row) { change = ChangeFromRow(row); }));
  if (!change) return NotFound(name);
  if (change->ok()) RETURN_IF_ERROR(ReadShipments(snapshot, **change));
  return *std::move(change);
}

absl::StatusOr<std::optional<ChangeStanding>> FindStanding(storage::Snapshot& snapshot, std::string_view change_id) {
  std::optional<ChangeStanding> standing;
  RETURN_IF_ERROR(
      snapshot.Query("SELECT state, ship_time FROM change WHERE change_id = $1", {change_id}, [&](const Row& row) {
        standing = {static_cast<Change::State>(row.Integer(0)), row.Time(1)};
      }));
  return standing;
}

absl::Status InsertChange(storage::Transaction& transaction, Change& change) {
  bool inserted = false;
  change.set_etag("1");
  RETURN_IF_ERROR(transaction.Query(
      "INSERT INTO change (change_id, version, state, kind, stage, owner, create_time, update_time, title, details) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9) ON CONFLICT (change_id) DO NOTHING RETURNING version",
      {IdOf(change.name()), Version(change), change.state(), change.kind(), change.stage(), change.owner(),
       FromProtoTime(change.create_time()), change.title(), Param::Blob(Details(change))},
      [&](const Row&) { inserted = true; }));
  if (!inserted) return AlreadyExists(change.name());
  change.mutable_evidence();
  return transaction.Execute(
      "INSERT INTO evidence (change_id, last_ordinal, demands, answered, late, recurrences) VALUES ($1, 0, 0, 0, 0, 0)",
      {IdOf(change.name())});
}

absl::Status UpdateChange(storage::Transaction& transaction, Change& change, absl::Time now) {
  change.set_etag(std::to_string(Version(change) + 1));
  *change.mutable_update_time() = ToProtoTime(now);
  return transaction.Execute(
      "UPDATE change SET version = $2, state = $3, kind = $4, plan_time = $5, start_time = $6, ship_time = $7, "
      "update_time = $8, "
      "details = $9 WHERE change_id = $1",
      {IdOf(change.name()), Version(change), change.state(), change.kind(),
       OptionalTime(change.has_plan_time(), change.plan_time()),
       OptionalTime(change.has_start_time(), change.start_time()),
       OptionalTime(change.has_ship_time(), change.ship_time()), now, Param::Blob(Details(change))});
}

absl::StatusOr<int64_t> TouchChange(storage::Transaction& transaction, std::string_view change_id, absl::Time now) {
  return transaction.QueryInteger(
      "UPDATE change SET version = version + 1, update_time = $2 WHERE change_id = $1 RETURNING version",
      {change_id, now});
}

absl::StatusOr<std::vector<rpc::PageKey>> ListChangeKeys(storage::Snapshot& snapshot, Change::State state,
                                                         const std::optional<rpc::PageKey>& after, int64_t most) {
  std::vector<rpc::PageKey> keys;
  const auto take = [&](const Row& row) { keys.push_back({row.Time(0), row.Text(1)}); };
  if (after) {
    RETURN_IF_ERROR(snapshot.Query(
        "SELECT create_time, change_id FROM change WHERE state = $1 AND (create_time, change_id) < ($2, $3) "
        "ORDER BY create_time DESC, change_id DESC LIMIT $4",
        {state, after->time, after->id, most}, take));
  } else {
    RETURN_IF_ERROR(
        snapshot.Query("SELECT create_time, change_id FROM change WHERE state = $1 "
                       "ORDER BY create_time DESC, change_id DESC LIMIT $2",
                       {state, most}, take));
  }
  return keys;
}

absl::StatusOr<int64_t> LastShipment(storage::Snapshot& snapshot, std::string_view change_id) {
  return snapshot.QueryInteger("SELECT MAX(number) FROM shipment WHERE change_id = $1", {change_id});
}

absl::Status InsertShipment(storage::Transaction& transaction, std::string_view change_id, int64_t number, bool partial,
                            absl::Time now) {
  return transaction.Execute(
      "INSERT INTO shipment (change_id, number, partial, ship_time, answered, reopened) VALUES ($1, $2, $3, $4, 0, 0)",
      {change_id, number, partial, now});
}

absl::Status CountAnswers(storage::Transaction& transaction, std::string_view change_id, int64_t number,
                          int64_t answered, int64_t reopened) {
  return transaction.Execute(
      "UPDATE shipment SET answered = answered + $3, reopened = reopened + $4 WHERE change_id = $1 AND number = $2",
      {change_id, number, answered, reopened});
}

absl::Status FinishShipment(storage::Transaction& transaction, std::string_view change_id, int64_t number,
                            absl::Time now) {
  return transaction.Execute("UPDATE shipment SET finish_time = $3 WHERE change_id = $1 AND number = $2",
                             {change_id, number, now});
}

}  // namespace dangol::backlog
