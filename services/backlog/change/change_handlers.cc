#include "services/backlog/change/change_handlers.h"

#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/resource/page.h"
#include "services/backlog/change/change_rights.h"
#include "services/backlog/change/change_rules.h"
#include "services/backlog/change/change_store.h"
#include "services/backlog/customer/customer_store.h"
#include "services/backlog/effect/effect_checks.h"
#include "services/backlog/evidence/evidence_store.h"
#include "services/backlog/names.h"
#include "services/backlog/reason/change_reasons.h"

namespace dangol::backlog {
namespace {

using v1::Change;

}  // namespace

absl::StatusOr<Change> CreateChange(storage::Transaction& transaction, const rpc::Call& call,
                                    const v1::CreateChangeRequest& request) {
  Change change = request.change();
  RETURN_IF_ERROR(Propose(change, call.now(), "change"));
  change.set_name(kChangePattern.Name(request.change_id().empty() ? call.NewId() : request.change_id()));
  absl::Status added = AddChange(transaction, call, change);
  if (absl::IsAlreadyExists(added)) return AtField(std::move(added), "change_id");
  RETURN_IF_ERROR(std::move(added));
  return ReadChange(transaction, change.name());
}

absl::StatusOr<Change> GetChange(storage::Snapshot& snapshot, const rpc::Call& call,
                                 const v1::GetChangeRequest& request) {
  ASSIGN_OR_RETURN(Change change, ReadChange(snapshot, request.name()));
  RETURN_IF_ERROR(ReadRecent(snapshot, call.now(), change));
  return change;
}

absl::StatusOr<v1::ListChangesResponse> ListChanges(storage::Snapshot& snapshot, const rpc::Call&,
                                                    const v1::ListChangesRequest& request) {
  return resource::Page<ListKey>(
      request, &v1::ListChangesResponse::mutable_changes,
      [&](const auto& after, int64_t most) { return ListChangeKeys(snapshot, request, after, most); },
      [&](const ListKey& key) { return ReadChange(snapshot, kChangePattern.Name(key.id)); });
}

absl::StatusOr<v1::ListPublishedChangesResponse> ListPublishedChanges(storage::Snapshot& snapshot, const rpc::Call&,
                                                                      const v1::ListPublishedChangesRequest& request) {
  return resource::Page<ListKey>(
      request, &v1::ListPublishedChangesResponse::mutable_changes,
      [&](const auto& after, int64_t most) { return ListPublishedKeys(snapshot, after, most); },
      [&](const ListKey& key) -> absl::StatusOr<v1::PublishedChange> {
        ASSIGN_OR_RETURN(const LoadedChange loaded, LoadChange(snapshot, kChangePattern.Name(key.id)));
        const Change& change = loaded.row.change;
        v1::PublishedChange published;
        published.set_change(change.name());
        published.set_title(change.title());
        published.set_kind(change.kind());
        *published.mutable_customer_notes() = change.customer_notes();
        *published.mutable_ship_time() = change.ship_time();
        return published;
      });
}

absl::StatusOr<Change> UpdateChange(storage::Transaction& transaction, const rpc::Call& call,
                                    const v1::UpdateChangeRequest& request) {
  ASSIGN_OR_RETURN(LoadedChange change, LoadChange(transaction, request.name(), request.etag()));
  const Change before = change.row.change;
  RETURN_IF_ERROR(Update(change.row.change, request));
  RETURN_IF_ERROR(CheckMayBecome(call.principal(), before.kind(), change.row.change.kind()));
  RETURN_IF_ERROR(CheckMayMove(call.principal(), before.stage(), change.row.change.stage()));
  RETURN_IF_ERROR(ResolveReasons(transaction, change.row.change));
  v1::ChangeEvent event;
  event.mutable_change_updated();
  RETURN_IF_ERROR(StoreChange(transaction, call, change, std::move(event)));
  RETURN_IF_ERROR(SetCheckTimer(transaction, change.row.change));
  return ReadChange(transaction, request.name());
}

}  // namespace dangol::backlog
