#include "services/tickets/reason/reason_store.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/reason_path.h"
#include "common/base/status_macros.h"
#include "common/resource/transition.h"
#include "services/tickets/reason/reason_path.h"

namespace dangol::tickets {
namespace {

using resource::Column;
using resource::kUpdate;
using storage::Row;
using v1::ContactReason;

// A path that was moved to one that was moved, and so on; more is no tree that anybody made.
constexpr int kMovesMost = 32;

#define REASON(field) MEMBER_OF(ReasonRow, reason) / FIELD_OF(v1::ContactReason, field)

// clang-format off
constexpr auto kReasonTable = resource::Table<ReasonRow>(
    "contact_reason", std::tuple(
        Column<resource::kKey>(MEMBER_OF(ReasonRow, path_key)),
        resource::VersionColumn(REASON(etag)),
        Column<kUpdate>(REASON(managed)),
        Column<kUpdate>(MEMBER_OF(ReasonRow, moved_into)),
        resource::NullableColumn<kUpdate>(MEMBER_OF(ReasonRow, swept_ticket)),
        Column<kUpdate>(REASON(stage)),
        Column<kUpdate>(REASON(owner)),
        Column(REASON(create_time)),
        Column<kUpdate>(REASON(update_time)),
        resource::Rest(MEMBER_OF(ReasonRow, reason), FIELD_OF(v1::ContactReason, display_names))));
// clang-format on

// What follows from its key.
void ShowPath(ReasonRow& row) {
  row.reason.set_path(PathOfKey(row.path_key));
  row.reason.set_name(std::string(kReasonCollection) + row.reason.path());
}

// Of a path and what stands below it: from its key to before that with what follows a space.
struct Branch {
  explicit Branch(std::string_view path) : first(ReasonKey(path)), end(ReasonKey(path) + '!') {}
  std::string first;
  std::string end;
};

// By path.
using ResolvedReasons = std::map<std::string, Resolved, std::less<>>;

// What a row says about where tickets go.
struct Signpost {
  std::string path_key;
  std::string moved_into;
  std::string stage;  // of a managed one
};

#define SIGNPOST "SELECT path_key, moved_into, managed, stage FROM contact_reason WHERE path_key = "

// Those of a path and of what is above it, the nearest last. Each new ticket reads them: for IN, SQLite would make a
// table of the keys first.
absl::StatusOr<std::vector<Signpost>> SignpostsOf(storage::Snapshot& snapshot, std::string_view path) {
  std::array<std::string, kReasonLevelsMost> keys;  // no row has an empty one
  std::ranges::transform(Lineage(path), keys.begin(), ReasonKey);
  static_assert(kReasonLevelsMost == 4, "as many as the statement names");
  std::vector<Signpost> signposts;
  RETURN_IF_ERROR(
      snapshot.Query(SIGNPOST "$1 UNION ALL " SIGNPOST "$2 UNION ALL " SIGNPOST "$3 UNION ALL " SIGNPOST "$4",
                     {keys[0], keys[1], keys[2], keys[3]}, [&](const Row& row) {
                       signposts.push_back({row.Text(0), row.Text(1), row.Integer(2) != 0 ? row.Text(3) : ""});
                     }));
  std::ranges::sort(signposts, {}, &Signpost::path_key);
  return signposts;
}

}  // namespace

absl::StatusOr<ReasonRow> LoadReason(storage::Snapshot& snapshot, std::string_view path) {
  std::string path_key = ReasonKey(path);
  ASSIGN_OR_RETURN(std::optional<ReasonRow> row, resource::Find<kReasonTable>(snapshot, {path_key}));
  if (!row) row.emplace().path_key = std::move(path_key);
  ShowPath(*row);
  return *std::move(row);
}

absl::Status StoreReason(storage::Transaction& transaction, const rpc::Call& call, ReasonRow& row) {
  resource::SetVersion<kReasonTable>(row, transaction.NextVersion(resource::VersionOf<kReasonTable>(row)));
  ContactReason& reason = row.reason;
  if (!reason.has_create_time()) *reason.mutable_create_time() = ToProtoTime(call.now());
  *reason.mutable_update_time() = ToProtoTime(call.now());
  transaction.ForgetShared<ResolvedReasons>();
  return resource::Replace<kReasonTable>(transaction, row);
}

absl::Status StoreSwept(storage::Transaction& transaction, const ReasonRow& row) {
  return resource::Replace<kReasonTable>(transaction, row);
}

absl::StatusOr<ContactReason> ReadReason(storage::Snapshot& snapshot, std::string_view name) {
  ASSIGN_OR_RETURN(ReasonRow row, LoadReason(snapshot, name.substr(std::min(name.size(), kReasonCollection.size()))));
  ContactReason& reason = row.reason;
  if (!reason.managed()) {
    ContactReason unmanaged;
    unmanaged.set_name(reason.name());
    unmanaged.set_path(reason.path());
    reason = std::move(unmanaged);
  }
  RETURN_IF_ERROR(snapshot.Query("SELECT tickets, open_tickets FROM reason_count WHERE path_key = $1",
                                 {ReasonKey(reason.path())}, [&](const Row& counts) {
                                   reason.set_tickets(counts.Integer(0));
                                   reason.set_open_tickets(counts.Integer(1));
                                 }));
  return std::move(reason);
}

absl::StatusOr<ContactReason> ReadReason(storage::Transaction& transaction, std::string_view name) {
  RETURN_IF_ERROR(transaction.WriteDeferred());
  return ReadReason(static_cast<storage::Snapshot&>(transaction), name);
}

absl::Status RequireAbove(storage::Snapshot& snapshot, std::string_view path, std::string_view field) {
  const std::string_view above = ReasonAbove(path);
  if (above.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const ReasonRow row, LoadReason(snapshot, above));
  return row.reason.managed() ? absl::OkStatus() : AtField(NotFound(row.reason.name()), field);
}

absl::StatusOr<std::vector<ReasonRow>> ManagedAt(storage::Snapshot& snapshot, std::string_view path, int64_t most) {
  constexpr resource::Tail kManaged(
      " WHERE managed = 1 AND path_key >= $1 AND path_key < $2 ORDER BY path_key LIMIT $3");
  const Branch branch(path);
  ASSIGN_OR_RETURN(std::vector<ReasonRow> rows,
                   (resource::List<kReasonTable, kManaged>(snapshot, {branch.first, branch.end, most})));
  std::ranges::for_each(rows, ShowPath);
  return rows;
}

absl::Status ListReasonCounts(storage::Snapshot& snapshot, std::string_view path, int64_t most,
                              absl::FunctionRef<void(std::string_view, int64_t, int64_t)> each) {
  const Branch branch(path);
  return snapshot.Query(R"(
      SELECT path_key, tickets, open_tickets FROM reason_count
      WHERE tickets > 0 AND path_key >= $1 AND path_key < $2
      ORDER BY path_key
      LIMIT $3)",
                        {branch.first, branch.end, most},
                        [&](const Row& row) { each(row.Bytes(0), row.Integer(1), row.Integer(2)); });
}

absl::StatusOr<bool> HasTicketsAt(storage::Transaction& transaction, std::string_view path) {
  const Branch branch(path);
  RETURN_IF_ERROR(transaction.WriteDeferred());
  ASSIGN_OR_RETURN(const int64_t found, transaction.QueryInteger(R"(
      SELECT COUNT(*) FROM (
        SELECT 1 FROM reason_count
        WHERE tickets > 0 AND path_key >= $1 AND path_key < $2
        LIMIT 1) AS t)",
                                                                 {branch.first, branch.end}));
  return found > 0;
}

absl::StatusOr<std::vector<std::string>> ListReasons(storage::Snapshot& snapshot, std::string_view after,
                                                     int64_t most) {
  std::vector<std::string> keys;
  const auto add = [&](const Row& row) { keys.push_back(row.Text(0)); };
  RETURN_IF_ERROR(snapshot.Query(
      "SELECT path_key FROM contact_reason WHERE managed = 1 AND path_key > $1 ORDER BY path_key LIMIT $2",
      {ReasonKey(after), most}, add));
  RETURN_IF_ERROR(
      snapshot.Query("SELECT path_key FROM reason_count WHERE tickets > 0 AND path_key > $1 ORDER BY path_key LIMIT $2",
                     {ReasonKey(after), most}, add));
  std::ranges::sort(keys);
  const auto same = std::ranges::unique(keys);
  keys.erase(same.begin(), same.end());
  if (static_cast<int64_t>(keys.size()) > most) keys.resize(static_cast<size_t>(most));
  std::ranges::transform(keys, keys.begin(), [](const std::string& key) { return PathOfKey(key); });
  return keys;
}

absl::StatusOr<Resolved> ResolveReason(storage::Snapshot& snapshot, std::string_view path) {
  Resolved resolved{.path = std::string(path), .stage = ""};
  for (int moves = 0; moves < kMovesMost; ++moves) {
    ASSIGN_OR_RETURN(const std::vector<Signpost> signposts, SignpostsOf(snapshot, resolved.path));
    const auto nearest_with = [&](std::string Signpost::*part) {
      return std::find_if(signposts.rbegin(), signposts.rend(),
                          [part](const auto& one) { return !(one.*part).empty(); });
    };
    // The nearest that was moved says most.
    const auto moved = nearest_with(&Signpost::moved_into);
    if (moved == signposts.rend()) {
      if (const auto staged = nearest_with(&Signpost::stage); staged != signposts.rend())
        resolved.stage = staged->stage;
      return resolved;
    }
    resolved.path = MovedReason(resolved.path, PathOfKey(moved->path_key), moved->moved_into);
  }
  return resolved;
}

absl::StatusOr<Resolved> ResolveReason(storage::Transaction& transaction, std::string_view path) {
  if (path.empty()) return Resolved();
  ResolvedReasons& known = transaction.Shared<ResolvedReasons>();
  if (const auto found = known.find(path); found != known.end()) return found->second;
  ASSIGN_OR_RETURN(Resolved resolved, ResolveReason(static_cast<storage::Snapshot&>(transaction), path));
  return known.emplace(path, std::move(resolved)).first->second;
}

}  // namespace dangol::tickets
