#include "services/backlog/reason/change_reasons.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/reason_path.h"
#include "common/base/status_macros.h"
#include "services/backlog/change/change_store.h"
#include "services/backlog/names.h"

namespace dangol::backlog {
namespace {

using tickets::v1::ContactReasonMoved;
using v1::Change;

// As the tickets service has it: more moves in a row are no tree that anybody made.
constexpr int kMovesMost = 32;

// Where the longest part of a path that was moved leads; nothing: it was not moved.
absl::StatusOr<std::optional<std::string>> MovedOnce(storage::Snapshot& snapshot, const std::string& path) {
  std::vector<std::string_view> lineage = Lineage(path);
  for (; !lineage.empty(); lineage.pop_back()) {
    ASSIGN_OR_RETURN(const std::vector<std::string> into,
                     snapshot.QueryTexts("SELECT moved_into FROM reason_redirect WHERE path = $1", {lineage.back()}));
    if (!into.empty()) return MovedReason(path, lineage.back(), into[0]);
  }
  return std::nullopt;
}

// Where a path is now, from one move to the next as tickets go: what a move led to may have been moved away before, or
// later, or be alive again.
absl::StatusOr<std::string> Resolved(storage::Snapshot& snapshot, std::string path) {
  for (int moves = 0; moves < kMovesMost; ++moves) {
    ASSIGN_OR_RETURN(std::optional<std::string> next, MovedOnce(snapshot, path));
    if (!next) break;
    path = *std::move(next);
  }
  return path;
}

void SetReasons(Change& change, const std::vector<std::string>& reasons) {
  std::set<std::string> seen;
  change.clear_contact_reasons();
  for (const std::string& reason : reasons) {
    if (seen.insert(reason).second) change.add_contact_reasons(reason);
  }
}

absl::Status Redirect(storage::Transaction& transaction, const ContactReasonMoved& moved, int64_t sequence) {
  std::vector<std::string_view> alive = Lineage(moved.into());
  alive.insert(alive.end(), moved.revived().begin(), moved.revived().end());
  for (const std::string_view path : alive)
    RETURN_IF_ERROR(transaction.Execute("DELETE FROM reason_redirect WHERE path = $1", {path}));
  return transaction.Execute(R"(
      INSERT INTO reason_redirect (path, moved_into, sequence) VALUES ($1, $2, $3)
      ON CONFLICT (path) DO UPDATE SET moved_into = excluded.moved_into, sequence = excluded.sequence)",
                             {moved.from(), moved.into(), sequence});
}

absl::Status StoreUpdated(storage::Transaction& transaction, const rpc::Call& call, LoadedChange& change) {
  v1::ChangeEvent event;
  event.mutable_change_updated();
  return StoreChange(transaction, call, change, std::move(event));
}

}  // namespace

absl::Status ResolveReasons(storage::Snapshot& snapshot, Change& change) {
  std::vector<std::string> resolved;
  for (const std::string& reason : change.contact_reasons()) {
    ASSIGN_OR_RETURN(resolved.emplace_back(), Resolved(snapshot, reason));
  }
  SetReasons(change, resolved);
  return absl::OkStatus();
}

absl::Status KeepReasons(storage::Transaction& transaction, const Change& change) {
  const std::string_view change_id = kChangePattern.Id(change.name());
  ASSIGN_OR_RETURN(
      const std::vector<std::string> kept,
      transaction.QueryTexts("SELECT contact_reason FROM change_reason WHERE change_id = $1 ORDER BY contact_reason",
                             {change_id}));
  const std::set<std::string> before(kept.begin(), kept.end());
  const std::set<std::string> after(change.contact_reasons().begin(), change.contact_reasons().end());
  for (const std::string& reason : before) {
    if (after.contains(reason)) continue;
    RETURN_IF_ERROR(transaction.Execute("DELETE FROM change_reason WHERE contact_reason = $1 AND change_id = $2",
                                        {reason, change_id}));
  }
  for (const std::string& reason : after) {
    if (before.contains(reason)) continue;
    RETURN_IF_ERROR(transaction.Execute("INSERT INTO change_reason (contact_reason, change_id) VALUES ($1, $2)",
                                        {reason, change_id}));
  }
  return absl::OkStatus();
}

absl::Status MoveReason(storage::Transaction& transaction, const rpc::Call& call, const ContactReasonMoved& moved,
                        int64_t sequence) {
  // The newest move is always there, by the path that it moved.
  ASSIGN_OR_RETURN(const int64_t newest,
                   transaction.QueryInteger("SELECT COALESCE(MAX(sequence), 0) FROM reason_redirect", {}));
  if (sequence <= newest) return absl::OkStatus();
  RETURN_IF_ERROR(Redirect(transaction, moved, sequence));
  const std::string& from = moved.from();
  // '0' comes just behind '/'.
  ASSIGN_OR_RETURN(const std::vector<std::string> changes, transaction.QueryTexts(R"(
      SELECT DISTINCT change_id FROM change_reason
      WHERE contact_reason = $1 OR (contact_reason > $2 AND contact_reason < $3)
      ORDER BY change_id)",
                                                                                  {from, from + "/", from + "0"}));
  for (const std::string& change_id : changes) {
    ASSIGN_OR_RETURN(LoadedChange change, LoadChange(transaction, kChangePattern.Name(change_id)));
    RETURN_IF_ERROR(ResolveReasons(transaction, change.row.change));
    RETURN_IF_ERROR(StoreUpdated(transaction, call, change));
  }
  return absl::OkStatus();
}

absl::Status TakeReason(storage::Transaction& transaction, const rpc::Call& call, const std::string& change,
                        const std::string& contact_reason) {
  if (contact_reason.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(LoadedChange loaded, LoadChange(transaction, change));
  if (!loaded.row.change.contact_reasons().empty()) return absl::OkStatus();
  loaded.row.change.add_contact_reasons(contact_reason);
  RETURN_IF_ERROR(ResolveReasons(transaction, loaded.row.change));
  return StoreUpdated(transaction, call, loaded);
}

}  // namespace dangol::backlog
