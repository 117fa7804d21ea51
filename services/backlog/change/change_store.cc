#include "services/backlog/change/change_store.h"

#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/feed/append.h"
#include "common/resource/transition.h"
#include "services/backlog/evidence/evidence_store.h"
#include "services/backlog/names.h"
#include "services/backlog/reason/change_reasons.h"
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
        Column<kUpdate>(CHANGE(state)),
        Column<kUpdate>(CHANGE(kind)),
        Column<kUpdate>(CHANGE(stage)),
        Column<kUpdate>(CHANGE(owner)),
        Column<kUpdate | kLater>(MEMBER_OF(ChangeRow, shipment_count)),
        Column(CHANGE(create_time)),
        NullableColumn<kUpdate | kLater>(CHANGE(plan_time)),
        NullableColumn<kUpdate | kLater>(CHANGE(start_time)),
        NullableColumn<kUpdate | kLater>(CHANGE(ship_time)),
        NullableColumn<kUpdate | kLater | kIndexed>(CHANGE(check_due_time)),
        Column<kUpdate>(CHANGE(update_time)),
        resource::ReferenceColumn<kUpdate | kLater | kIndexed>(kChangePattern, CHANGE(merged_into), "merged_into"),
        Column<kUpdate>(CHANGE(title)),
        resource::Rest(MEMBER_OF(ChangeRow, change),
                       IN_DETAILS(description), IN_DETAILS(contact_reasons), IN_DETAILS(customer_notes),
                       IN_DETAILS(decision), IN_DETAILS(drop), IN_DETAILS(estimate), IN_DETAILS(release),
                       IN_DETAILS(target_time), IN_DETAILS(closes_gaps), IN_DETAILS(published),
                       IN_DETAILS(expected_effects), IN_DETAILS(strategy), IN_DETAILS(root_cause),
                       IN_DETAILS(tracker_links), IN_DETAILS(keep_review), IN_DETAILS(regression),
                       IN_DETAILS(conclusion), IN_DETAILS(reconsideration), IN_DETAILS(decide_time),
                       IN_DETAILS(keep_due_time), IN_DETAILS(check_count), IN_DETAILS(conclude_due_time),
                       IN_DETAILS(verify_time), IN_DETAILS(preview_rounds))));
// clang-format on

}  // namespace

int64_t Version(const Change& change) { return resource::VersionOfEtag(change.etag()); }

absl::StatusOr<Change> ReadChange(storage::Snapshot& snapshot, std::string_view name) {
  ASSIGN_OR_RETURN(ChangeRow row, resource::Read<kChangeTable>(snapshot, name));
  RETURN_IF_ERROR(ReadEvidence(snapshot, row.change));
  RETURN_IF_ERROR(ReadShipments(snapshot, row.change));
  return std::move(row.change);
}

absl::StatusOr<LoadedChange> LoadChange(storage::Snapshot& snapshot, std::string_view name, std::string_view etag) {
  return resource::Load<kChangeTable>(snapshot, name, etag);
}

absl::StatusOr<std::optional<ChangeStanding>> FindStanding(storage::Snapshot& snapshot, std::string_view change_id) {
  std::optional<ChangeStanding> standing;
  RETURN_IF_ERROR(snapshot.Query("SELECT state, ship_time, merged_into FROM change WHERE change_id = $1", {change_id},
                                 [&](const Row& row) {
                                   standing = {static_cast<Change::State>(row.Integer(0)), row.Time(1), row.Text(2)};
                                 }));
  return standing;
}

absl::StatusOr<std::vector<std::string>> ListMergedInto(storage::Snapshot& snapshot, std::string_view change_id) {
  return snapshot.QueryTexts("SELECT change_id FROM change WHERE merged_into = $1 ORDER BY change_id", {change_id});
}

absl::Status AddChange(storage::Transaction& transaction, const rpc::Call& call, Change& change) {
  resource::SetFirstVersion(transaction, change);
  ChangeRow row;
  row.change = change;
  RETURN_IF_ERROR(ResolveReasons(transaction, row.change));
  ASSIGN_OR_RETURN(const bool inserted, resource::InsertIfFree<kChangeTable>(transaction, row));
  if (!inserted) return AlreadyExists(change.name());
  RETURN_IF_ERROR(KeepReasons(transaction, row.change));
  RETURN_IF_ERROR(InsertEvidence(transaction, change));
  change.mutable_evidence();
  v1::ChangeEvent event;
  event.mutable_change_created();
  *event.mutable_facts() = FactsOf(row);
  return feed::Append(transaction, call, event, {{change.name(), Version(change)}});
}

absl::Status StoreChangeUntold(storage::Transaction& transaction, const rpc::Call& call, LoadedChange& change) {
  RETURN_IF_ERROR(
      resource::Store<kChangeTable>(transaction, change, change.row.change.mutable_update_time(), call.now()));
  RETURN_IF_ERROR(KeepReasons(transaction, change.row.change));
  return CopyToEvidence(transaction, change.row.change);
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
  COPY_TIME(decide_time);
  facts.set_release(change.release());
  facts.set_published(change.published());
  facts.set_merged_into(change.merged_into());
  *facts.mutable_closes_gaps() = change.closes_gaps();
  *facts.mutable_expected_effects() = change.expected_effects();
  facts.set_strategy(change.strategy());
  facts.set_effort_percent(change.estimate().effort_percent());
  if (change.has_regression()) *facts.mutable_regress_time() = change.regression().time();
  COPY_TIME(check_due_time);
  facts.set_check_count(change.check_count());
  COPY_TIME(verify_time);
  if (!change.has_drop()) return facts;
  facts.set_decline_reason(change.drop().decline_reason());
  facts.set_capability_gap(change.drop().capability_gap());
  *facts.mutable_drop_time() = change.drop().time();
  return facts;
}

}  // namespace dangol::backlog
