#include "services/backlog/change/change_store.h"

#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/feed/append.h"
#include "common/resource/transition.h"
#include "services/backlog/names.h"
#include "services/backlog/shipment/shipment_store.h"

namespace dangol::backlog {
namespace {

using resource::Column;
using resource::kIndexed;
using resource::kLater;
using resource::kUpdate;
using resource::NullableColumn;
using storage::Row;
using v1::Change;

#define CHANGE(field) MEMBER_OF(ChangeRow, change) / FIELD_OF(v1::Change, field)
#define IN_DETAILS(field) FIELD_OF(v1::Change, field)

// clang-format off
// What is long stands last: to read what is behind it, all of it is read.
constexpr auto kChangeTable = resource::Table<ChangeRow>(
    "change", std::tuple(
        resource::KeyColumn(kChangePattern, 0, CHANGE(name), "change_id"),
        resource::VersionColumn(CHANGE(etag)),
        Column<kUpdate | kIndexed>(CHANGE(state)),
        Column<kUpdate>(CHANGE(kind)),
        Column<kUpdate>(CHANGE(stage)),
        Column<kUpdate>(CHANGE(owner)),
        Column<kUpdate | kLater>(MEMBER_OF(ChangeRow, shipment_count)),
        Column(CHANGE(create_time)),
        NullableColumn<kUpdate | kLater>(CHANGE(plan_time)),
        NullableColumn<kUpdate | kLater>(CHANGE(start_time)),
        NullableColumn<kUpdate | kLater>(CHANGE(ship_time)),
        Column<kUpdate>(CHANGE(update_time)),
        Column<kUpdate>(CHANGE(title)),
        resource::Rest(MEMBER_OF(ChangeRow, change),
                       IN_DETAILS(description), IN_DETAILS(contact_reasons), IN_DETAILS(customer_notes),
                       IN_DETAILS(decision), IN_DETAILS(drop))));

// One row a change, apart from its texts: every demand that comes writes it.
struct EvidenceRow {
  std::string change_id;
  int64_t last_ordinal = 0;
  v1::Evidence evidence;
};
#define EVIDENCE(field) MEMBER_OF(EvidenceRow, evidence) / FIELD_OF(v1::Evidence, field)
constexpr auto kEvidenceTable = resource::Table<EvidenceRow>(
    "evidence", std::tuple(
        Column<resource::kKey>(MEMBER_OF(EvidenceRow, change_id)),
        Column<kLater>(MEMBER_OF(EvidenceRow, last_ordinal)),
        Column<kLater>(EVIDENCE(demands)),
        Column<kLater>(EVIDENCE(answered)),
        Column<kLater>(EVIDENCE(late)),
        Column<kLater>(EVIDENCE(recurrences)),
        NullableColumn<kLater>(EVIDENCE(first_receive_time)),
        NullableColumn<kLater>(EVIDENCE(last_receive_time))));
// clang-format on

}  // namespace

int64_t Version(const Change& change) { return std::strtoll(change.etag().c_str(), nullptr, 10); }

absl::StatusOr<Change> ReadChange(storage::Snapshot& snapshot, std::string_view name) {
  ASSIGN_OR_RETURN(ChangeRow row, resource::Read<kChangeTable>(snapshot, name));
  ASSIGN_OR_RETURN(std::optional<EvidenceRow> evidence,
                   resource::Find<kEvidenceTable>(snapshot, {kChangePattern.Id(name)}));
  if (!evidence) return InternalError(std::string(name).append(" has no evidence"));
  *row.change.mutable_evidence() = std::move(evidence->evidence);
  RETURN_IF_ERROR(ReadShipments(snapshot, row.change));
  return std::move(row.change);
}

absl::StatusOr<LoadedChange> LoadChange(storage::Snapshot& snapshot, std::string_view name, std::string_view etag) {
  return resource::Load<kChangeTable>(snapshot, name, etag);
}

absl::StatusOr<std::optional<ChangeStanding>> FindStanding(storage::Snapshot& snapshot, std::string_view change_id) {
  std::optional<ChangeStanding> standing;
  RETURN_IF_ERROR(
      snapshot.Query("SELECT state, ship_time FROM change WHERE change_id = $1", {change_id}, [&](const Row& row) {
        standing = {static_cast<Change::State>(row.Integer(0)), row.Time(1)};
      }));
  return standing;
}

absl::Status AddChange(storage::Transaction& transaction, const rpc::Call& call, Change& change) {
  change.set_etag("1");
  ChangeRow row;
  row.change = change;
  ASSIGN_OR_RETURN(const bool inserted, resource::InsertIfFree<kChangeTable>(transaction, row));
  if (!inserted) return AlreadyExists(change.name());
  EvidenceRow evidence;
  evidence.change_id = kChangePattern.Id(change.name());
  RETURN_IF_ERROR(resource::Insert<kEvidenceTable>(transaction, evidence));
  change.mutable_evidence();
  v1::ChangeEvent event;
  event.mutable_change_created();
  *event.mutable_facts() = FactsOf(row);
  return feed::Append(transaction, call, event, {{change.name(), Version(change)}});
}

absl::Status StoreChangeUntold(storage::Transaction& transaction, const rpc::Call& call, LoadedChange& change) {
  return resource::Store<kChangeTable>(transaction, change, change.row.change.mutable_update_time(), call.now());
}

absl::Status StoreChange(storage::Transaction& transaction, const rpc::Call& call, LoadedChange& change,
                         v1::ChangeEvent event) {
  RETURN_IF_ERROR(StoreChangeUntold(transaction, call, change));
  *event.mutable_facts() = FactsOf(change.row);
  return feed::Append(transaction, call, event, {{change.row.change.name(), Version(change.row.change)}});
}

#define COPY_TIME(field) \
  if (change.has_##field()) *facts.mutable_##field() = change.field()

v1::ChangeFacts FactsOf(const ChangeRow& row) {
  const Change& change = row.change;
  v1::ChangeFacts facts;
  facts.set_change(change.name());
  facts.set_version(Version(change));
  facts.set_state(change.state());
  facts.set_kind(change.kind());
  facts.set_title(change.title());
  facts.set_stage(change.stage());
  *facts.mutable_contact_reasons() = change.contact_reasons();
  facts.set_owner(change.owner());
  facts.set_decided_by(change.decision().decided_by());
  facts.set_can_keep(change.decision().can_keep());
  facts.set_for_everyone(change.decision().for_everyone());
  facts.set_within_capability(change.decision().within_capability());
  facts.set_shipment_count(row.shipment_count);
  COPY_TIME(create_time);
  COPY_TIME(plan_time);
  COPY_TIME(start_time);
  COPY_TIME(ship_time);
  if (change.has_drop()) *facts.mutable_drop_time() = change.drop().time();
  return facts;
}

absl::StatusOr<std::vector<resource::TimeKey>> ListChangeKeys(storage::Snapshot& snapshot, Change::State state,
                                                              const std::optional<resource::TimeKey>& after,
                                                              int64_t most) {
  std::vector<resource::TimeKey> keys;
  const auto take = [&](const Row& row) { keys.push_back({row.Time(0), row.Text(1)}); };
  if (after) {
    RETURN_IF_ERROR(snapshot.Query(R"(
        SELECT create_time, change_id FROM change
        WHERE state = $1 AND (create_time, change_id) < ($2, $3)
        ORDER BY create_time DESC, change_id DESC
        LIMIT $4)",
                                   {state, after->time, after->id, most}, take));
  } else {
    RETURN_IF_ERROR(snapshot.Query(R"(
        SELECT create_time, change_id FROM change
        WHERE state = $1
        ORDER BY create_time DESC, change_id DESC
        LIMIT $2)",
                                   {state, most}, take));
  }
  return keys;
}

}  // namespace dangol::backlog
