#include "services/tickets/reason/reason_move.h"

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/reason_path.h"
#include "common/base/status_macros.h"
#include "common/feed/append.h"
#include "common/feed/limits.h"
#include "common/storage/sweep.h"
#include "services/tickets/names.h"
#include "services/tickets/policy/policy_store.h"
#include "services/tickets/reason/reason_path.h"
#include "services/tickets/reason/reason_rules.h"
#include "services/tickets/reason/reason_store.h"
#include "services/tickets/ticket/ticket_store.h"

namespace dangol::tickets {
namespace {

using v1::ContactReason;

// Tickets that one firing looks at, for the few that it moves.
constexpr int64_t kLookedAtMost = 5000;
// Managed reasons that one call moves.
constexpr int64_t kReasonsMost = 1000;
// Said in ticket_feed.proto: the event names them.
constexpr int kRevivedMost = 400;
static_assert(kRevivedMost * (kReasonBytesMost + 3) < feed::kPayloadBytesMax);

// Where `into` is by now: one that was moved itself comes back to life, and one above it that was moved leads on.
absl::StatusOr<std::string> Destination(storage::Snapshot& snapshot, const v1::MoveContactReasonRequest& request) {
  RETURN_IF_ERROR(CheckLevels(request.into(), "into"));
  const std::string_view above = ReasonAbove(request.into());
  std::string into = request.into();
  if (!above.empty()) {
    ASSIGN_OR_RETURN(const Resolved resolved, ResolveReason(snapshot, above));
    into = resolved.path + into.substr(above.size());
  }
  RETURN_IF_ERROR(CheckDestination(request.from(), into));
  return into;
}

// It becomes the managed one at `path`, or one with what is there. `told` says so where that had been moved away.
absl::Status MoveOne(storage::Transaction& transaction, const rpc::Call& call, ReasonRow row, const std::string& path,
                     v1::ContactReasonMoved& told) {
  ASSIGN_OR_RETURN(ReasonRow there, LoadReason(transaction, path));
  if (!there.moved_into.empty()) told.add_revived(path);
  if (!there.reason.managed()) {
    *there.reason.mutable_display_names() = row.reason.display_names();
    there.reason.set_stage(row.reason.stage());
    there.reason.set_owner(row.reason.owner());
    there.reason.set_managed(true);
  }
  there.moved_into.clear();
  there.swept_ticket.reset();
  RETURN_IF_ERROR(StoreReason(transaction, call, there));
  if (!row.reason.managed()) return absl::OkStatus();
  row.reason.set_managed(false);
  return StoreReason(transaction, call, row);
}

// What comes with `from` lands in `into` from now on, and its tickets follow.
absl::Status Redirect(storage::Transaction& transaction, const rpc::Call& call, const std::string& from,
                      const std::string& into) {
  ASSIGN_OR_RETURN(ReasonRow row, LoadReason(transaction, from));
  row.reason.set_managed(false);
  row.moved_into = into;
  row.swept_ticket = "";
  RETURN_IF_ERROR(StoreReason(transaction, call, row));
  return storage::SetTimerAtOnce(transaction, call.now(), kMoveTimer, from);
}

absl::Status MoveRules(storage::Transaction& transaction, const rpc::Call& call, const std::string& from,
                       const std::string& into) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const Triage> triage, ReadTriage(transaction));
  v1::TriagePolicy policy = triage->policy;
  bool changed = false;
  for (v1::AssignmentRule& rule : *policy.mutable_assignment_rules()) {
    if (rule.contact_reason().empty() || !IsOrIsAbove(from, rule.contact_reason())) continue;
    rule.set_contact_reason(MovedReason(rule.contact_reason(), from, into));
    changed = true;
  }
  return changed ? StorePolicy(transaction, call, policy) : absl::OkStatus();
}

absl::Status MoveOneTicket(storage::Transaction& transaction, const rpc::Call& call, const std::string& ticket_id) {
  ASSIGN_OR_RETURN(LoadedTicket ticket, LoadTicketHead(transaction, kTicketPattern.Name(ticket_id)));
  ASSIGN_OR_RETURN(const Resolved resolved, ResolveReason(transaction, ticket.row.ticket.contact_reason()));
  ticket.row.ticket.set_contact_reason(resolved.path);
  v1::TicketEvent event;
  event.mutable_ticket_updated();
  return StoreTicket(transaction, call, ticket, std::move(event));
}

struct Looked {
  std::vector<std::string> found;  // ids of tickets that have the reason, or one below it
  std::string last;                // of those that were looked at
  int64_t rows = 0;
};

absl::StatusOr<Looked> LookBehind(storage::Snapshot& snapshot, const std::string& after, std::string_view from) {
  Looked looked;
  const auto is_full = [&] { return static_cast<int64_t>(looked.found.size()) == storage::kSweepRowsMost; };
  RETURN_IF_ERROR(
      snapshot.Query("SELECT ticket_id, contact_reason FROM ticket WHERE ticket_id > $1 ORDER BY ticket_id LIMIT $2",
                     {after, kLookedAtMost}, [&](const storage::Row& row) {
                       ++looked.rows;
                       if (is_full()) return;
                       looked.last = row.Text(0);
                       if (IsOrIsAbove(from, row.Bytes(1))) looked.found.push_back(looked.last);
                     }));
  return looked;
}

}  // namespace

absl::StatusOr<ContactReason> MoveContactReason(storage::Transaction& transaction, const rpc::Call& call,
                                                const v1::MoveContactReasonRequest& request) {
  const std::string& from = request.from();
  RETURN_IF_ERROR(CheckLevels(from, "from"));
  ASSIGN_OR_RETURN(const std::string into, Destination(transaction, request));
  ASSIGN_OR_RETURN(const ReasonRow row, LoadReason(transaction, from));
  ASSIGN_OR_RETURN(const std::vector<ReasonRow> managed, ManagedAt(transaction, from, kReasonsMost + 1));
  ASSIGN_OR_RETURN(const bool has_tickets, HasTicketsAt(transaction, from));
  if (!request.etag().empty() && (!row.reason.managed() || request.etag() != row.reason.etag()))
    return EtagMismatch(row.reason.name(), request.etag(), row.reason.managed() ? row.reason.etag() : "");
  if ((managed.empty() && !has_tickets) || !row.moved_into.empty()) return AtField(NotFound(row.reason.name()), "from");
  if (static_cast<int64_t>(managed.size()) > kReasonsMost) {
    return InvalidField("from",
                        fmt::format("{} has more than {} below it. Move parts of it.", ShownValue(from), kReasonsMost));
  }
  RETURN_IF_ERROR(RequireAbove(transaction, into, "into"));
  v1::TicketEvent event;
  v1::ContactReasonMoved& told = *event.mutable_contact_reason_moved();
  told.set_from(from);
  told.set_into(into);
  for (const ReasonRow& one : managed) {
    ASSIGN_OR_RETURN(const std::string path, MovedManaged(one.reason.path(), from, into));
    RETURN_IF_ERROR(MoveOne(transaction, call, one, path, told));
  }
  if (!row.reason.managed()) {
    // Of one that tickets came with, somebody says now where it belongs.
    RETURN_IF_ERROR(MoveOne(transaction, call, row, into, told));
  }
  if (told.revived_size() > kRevivedMost) {
    return InvalidField("from", fmt::format("{} has more than {} below it that land where others were moved away. Move "
                                            "parts of it.",
                                            ShownValue(from), kRevivedMost));
  }
  RETURN_IF_ERROR(Redirect(transaction, call, from, into));
  RETURN_IF_ERROR(MoveRules(transaction, call, from, into));
  ASSIGN_OR_RETURN(ContactReason moved, ReadReason(transaction, std::string(kReasonCollection) + into));
  // Of the tree nothing else is told, so there is no row of versions to be in.
  RETURN_IF_ERROR(feed::Append(transaction, call, event, std::span<const feed::Touched>()));
  return moved;
}

absl::Status MoveTickets(storage::Transaction& transaction, const rpc::Call& call, const storage::Timer& timer) {
  ASSIGN_OR_RETURN(ReasonRow row, LoadReason(transaction, timer.resource));
  // It was moved back meanwhile: its tickets stay.
  if (row.moved_into.empty() || !row.swept_ticket) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Looked looked, LookBehind(transaction, *row.swept_ticket, row.reason.path()));
  for (const std::string& ticket_id : looked.found) RETURN_IF_ERROR(MoveOneTicket(transaction, call, ticket_id));
  const bool is_last =
      looked.rows < kLookedAtMost && static_cast<int64_t>(looked.found.size()) < storage::kSweepRowsMost;
  row.swept_ticket = is_last ? std::nullopt : std::optional(looked.last);
  RETURN_IF_ERROR(StoreSwept(transaction, row));
  return is_last ? absl::OkStatus() : storage::SetTimerAtOnce(transaction, call.now(), kMoveTimer, timer.resource);
}

}  // namespace dangol::tickets
