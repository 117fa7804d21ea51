#include "services/tickets/reason/reason_handlers.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/resource/page.h"
#include "common/resource/update_mask.h"
#include "services/tickets/reason/reason_path.h"
#include "services/tickets/reason/reason_rules.h"
#include "services/tickets/reason/reason_store.h"

namespace dangol::tickets {
namespace {

using v1::ContactReason;

// A path, as a list is in order of its key; behind its length, so that half a token is none.
struct PathKey {
  std::string path;

  std::string Encode() const { return fmt::format("{} {}", path.size(), path); }
  static std::optional<PathKey> Decode(std::string_view bytes) {
    PathKey key{std::string(bytes.substr(std::min(bytes.find(' '), bytes.size() - 1) + 1))};
    return key.Encode() == bytes ? std::optional(std::move(key)) : std::nullopt;
  }
};

}  // namespace

absl::StatusOr<ContactReason> CreateContactReason(storage::Transaction& transaction, const rpc::Call& call,
                                                  const v1::CreateContactReasonRequest& request) {
  const std::string& path = request.contact_reason().path();
  RETURN_IF_ERROR(CheckLevels(path, "contact_reason.path"));
  ASSIGN_OR_RETURN(const Resolved resolved, ResolveReason(transaction, path));
  RETURN_IF_ERROR(RequireNotMoved(path, resolved));
  ASSIGN_OR_RETURN(ReasonRow row, LoadReason(transaction, path));
  if (row.reason.managed()) return AtField(AlreadyExists(row.reason.name()), "contact_reason.path");
  RETURN_IF_ERROR(RequireAbove(transaction, path, "contact_reason.path"));
  *row.reason.mutable_display_names() = request.contact_reason().display_names();
  row.reason.set_stage(request.contact_reason().stage());
  row.reason.set_owner(request.contact_reason().owner());
  row.reason.set_managed(true);
  RETURN_IF_ERROR(StoreReason(transaction, call, row));
  return ReadReason(transaction, row.reason.name());
}

absl::StatusOr<v1::ListContactReasonsResponse> ListContactReasons(storage::Snapshot& snapshot, const rpc::Call&,
                                                                  const v1::ListContactReasonsRequest& request) {
  return resource::Page<PathKey>(
      request, &v1::ListContactReasonsResponse::mutable_contact_reasons,
      [&](const auto& after, int64_t most) { return ListReasons(snapshot, after ? after->path : "", most); },
      [&](const std::string& path) { return ReadReason(snapshot, std::string(kReasonCollection) + path); },
      [](const std::string& path) { return PathKey{path}; });
}

absl::StatusOr<ContactReason> UpdateContactReason(storage::Transaction& transaction, const rpc::Call& call,
                                                  const v1::UpdateContactReasonRequest& request) {
  ASSIGN_OR_RETURN(ReasonRow row, LoadReason(transaction, request.path()));
  RETURN_IF_ERROR(RequireManaged(row.reason, request.etag()));
  RETURN_IF_ERROR(resource::ApplyUpdate(request.contact_reason(), request.update_mask(), row.reason));
  if (row.reason.path() != request.path()) {
    return InvalidField("contact_reason.path",
                        fmt::format("{} is not {}: MoveContactReason changes a path. Leave it out.",
                                    ShownValue(row.reason.path()), request.path()));
  }
  RETURN_IF_ERROR(StoreReason(transaction, call, row));
  return ReadReason(transaction, row.reason.name());
}

absl::StatusOr<ContactReason> DeleteContactReason(storage::Transaction& transaction, const rpc::Call& call,
                                                  const v1::DeleteContactReasonRequest& request) {
  ASSIGN_OR_RETURN(ReasonRow row, LoadReason(transaction, request.path()));
  RETURN_IF_ERROR(RequireManaged(row.reason, request.etag()));
  ASSIGN_OR_RETURN(const bool has_tickets, HasTicketsAt(transaction, request.path()));
  ASSIGN_OR_RETURN(const std::vector<ReasonRow> managed, ManagedAt(transaction, request.path(), 2));
  if (has_tickets || managed.size() > 1) {
    return Error(absl::StatusCode::kFailedPrecondition, "REASON_IN_USE",
                 fmt::format("{} cannot be deleted: {}. Move it into another.", row.reason.name(),
                             has_tickets ? "tickets are about it" : "there are others below it"));
  }
  row.reason.set_managed(false);
  RETURN_IF_ERROR(StoreReason(transaction, call, row));
  return ReadReason(transaction, row.reason.name());
}

}  // namespace dangol::tickets
