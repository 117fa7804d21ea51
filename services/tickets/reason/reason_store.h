// Contact reasons as rows. A row stays once there was one: what is deleted or moved is unmanaged.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/tickets/v1/contact_reason.pb.h"

namespace dangol::tickets {

inline constexpr std::string_view kReasonCollection = "contactReasons/";

struct ReasonRow {
  v1::ContactReason reason;
  std::string path_key;                     // of its path (reason_path.h)
  std::string moved_into;                   // where what comes with this path lands; empty: here
  std::optional<std::string> swept_ticket;  // tickets with ids up to this one have moved; nothing: all have
};

// The row of a path; without any, an unmanaged one of version 0.
absl::StatusOr<ReasonRow> LoadReason(storage::Snapshot& snapshot, std::string_view path);
// Writes it as its next version.
absl::Status StoreReason(storage::Transaction& transaction, const rpc::Call& call, ReasonRow& row);
// Keeps how far its tickets have moved.
absl::Status StoreSwept(storage::Transaction& transaction, const ReasonRow& row);
// As callers see it, with its counts. There is one of every path; most are unmanaged.
absl::StatusOr<v1::ContactReason> ReadReason(storage::Snapshot& snapshot, std::string_view name);
absl::StatusOr<v1::ContactReason> ReadReason(storage::Transaction& transaction, std::string_view name);

// NOT_FOUND at `field` where the reason above this one is not managed.
absl::Status RequireAbove(storage::Snapshot& snapshot, std::string_view path, std::string_view field);
// Managed ones below `path`, and at it, in order of the tree.
absl::StatusOr<std::vector<ReasonRow>> ManagedAt(storage::Snapshot& snapshot, std::string_view path, int64_t most);
// `path` and what is below it, in order of the tree, where tickets have it: its key, with all tickets and open ones.
absl::Status ListReasonCounts(storage::Snapshot& snapshot, std::string_view path, int64_t most,
                              absl::FunctionRef<void(std::string_view, int64_t, int64_t)> each);
// Whether tickets have this reason or one below it.
absl::StatusOr<bool> HasTicketsAt(storage::Transaction& transaction, std::string_view path);
// Paths behind `after`, in order of the tree: of managed ones, and of those that tickets have.
absl::StatusOr<std::vector<std::string>> ListReasons(storage::Snapshot& snapshot, std::string_view after, int64_t most);

// Where what comes with a path lands, and the stage of a ticket that has none.
struct Resolved {
  std::string path;
  std::string stage;
};
absl::StatusOr<Resolved> ResolveReason(storage::Snapshot& snapshot, std::string_view path);
// The same, each path looked up once for all writes of the transaction.
absl::StatusOr<Resolved> ResolveReason(storage::Transaction& transaction, std::string_view path);

}  // namespace dangol::tickets
