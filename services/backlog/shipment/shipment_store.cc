#include "services/backlog/shipment/shipment_store.h"

#include <charconv>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/resource/table.h"
#include "services/backlog/names.h"

namespace dangol::backlog {
namespace {

using resource::Column;
using resource::kLater;
using storage::Row;
using v1::Shipment;

constexpr int64_t kShownShipments = 100;

struct ShipmentRow {
  Shipment shipment;
  int64_t reopened = 0;  // how many of those that it answered came back
};

// clang-format off
#define SHIPMENT(field) MEMBER_OF(ShipmentRow, shipment) / FIELD_OF(v1::Shipment, field)
constexpr auto kShipmentTable = resource::Table<ShipmentRow>(
    "shipment", std::tuple(
        resource::KeyColumn(kShipmentPattern, 0, SHIPMENT(name), "change_id"),
        resource::NumberKeyColumn(kShipmentPattern, 1, SHIPMENT(name), "number"),
        Column(SHIPMENT(partial)),
        Column(SHIPMENT(ship_time)),
        Column<kLater>(SHIPMENT(answered)),
        Column<kLater>(MEMBER_OF(ShipmentRow, reopened)),
        resource::NullableColumn<kLater>(SHIPMENT(finish_time)),
        resource::NullableColumn<kLater>(SHIPMENT(revert_time))));
// clang-format on

}  // namespace

absl::Status ReadShipments(storage::Snapshot& snapshot, v1::Change& change) {
  constexpr resource::Tail kNewest(" WHERE change_id = $1 ORDER BY number DESC LIMIT $2");
  ASSIGN_OR_RETURN(std::vector<ShipmentRow> rows, (resource::List<kShipmentTable, kNewest>(
                                                      snapshot, {kChangePattern.Id(change.name()), kShownShipments})));
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) *change.add_shipments() = std::move(row->shipment);
  return absl::OkStatus();
}

absl::StatusOr<Shipment> ReadShipment(storage::Snapshot& snapshot, std::string_view name) {
  constexpr resource::Tail kNamed(" WHERE change_id = $1 AND number = $2");
  int64_t number = 0;
  const std::string_view digits = kShipmentPattern.Id(name, 1);
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  ASSIGN_OR_RETURN(std::vector<ShipmentRow> rows,
                   (resource::List<kShipmentTable, kNamed>(snapshot, {kShipmentPattern.Id(name), number})));
  if (rows.empty() || rows.front().shipment.name() != name) return NotFound(name);
  return std::move(rows.front().shipment);
}

absl::StatusOr<int64_t> LastShipment(storage::Snapshot& snapshot, std::string_view change_id) {
  return snapshot.QueryInteger("SELECT shipment_count FROM change WHERE change_id = $1", {change_id});
}

absl::Status InsertShipment(storage::Transaction& transaction, std::string_view change_id, int64_t number, bool partial,
                            absl::Time now) {
  ShipmentRow row;
  row.shipment.set_name(kShipmentPattern.Name(change_id, number));
  row.shipment.set_partial(partial);
  *row.shipment.mutable_ship_time() = ToProtoTime(now);
  return resource::Insert<kShipmentTable>(transaction, row);
}

absl::Status CountAnswers(storage::Transaction& transaction, std::string_view change_id, int64_t number,
                          int64_t answered, int64_t reopened) {
  return transaction.Execute(R"(
      UPDATE shipment SET answered = answered + $3, reopened = reopened + $4
      WHERE change_id = $1 AND number = $2)",
                             {change_id, number, answered, reopened});
}

absl::Status FinishShipment(storage::Transaction& transaction, std::string_view change_id, int64_t number,
                            absl::Time now) {
  return transaction.Execute("UPDATE shipment SET finish_time = $3 WHERE change_id = $1 AND number = $2",
                             {change_id, number, now});
}

absl::Status MarkReverted(storage::Transaction& transaction, std::string_view change_id, int64_t number,
                          absl::Time now) {
  return transaction.Execute("UPDATE shipment SET revert_time = $3 WHERE change_id = $1 AND number = $2",
                             {change_id, number, now});
}

absl::StatusOr<std::optional<absl::Time>> LastShipTime(storage::Snapshot& snapshot, std::string_view change_id) {
  std::optional<absl::Time> time;
  RETURN_IF_ERROR(snapshot.Query(R"(
      SELECT ship_time FROM shipment WHERE change_id = $1 AND partial = 0 AND revert_time IS NULL
      ORDER BY number DESC
      LIMIT 1)",
                                 {change_id}, [&](const Row& row) { time = row.Time(0); }));
  return time;
}

absl::Status ForgetAnswers(storage::Transaction& transaction, std::string_view change_id, int64_t number) {
  return transaction.Execute("UPDATE shipment SET answered = 0, reopened = 0 WHERE change_id = $1 AND number = $2",
                             {change_id, number});
}

}  // namespace dangol::backlog
