#include "services/tickets/import/import_handlers.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/resource/page.h"
#include "common/storage/sweep.h"
#include "services/tickets/attachment/attachment_store.h"
#include "services/tickets/caller.h"
#include "services/tickets/import/import_store.h"
#include "services/tickets/message/message_store.h"
#include "services/tickets/names.h"
#include "services/tickets/ticket/duplicate_store.h"
#include "services/tickets/ticket/mark_handlers.h"
#include "services/tickets/ticket/ticket_rules.h"
#include "services/tickets/ticket/ticket_store.h"

namespace dangol::tickets {
namespace {

using resource::TimeKey;
using v1::Import;
using v1::Ticket;

// Something hangs on it: a message, a file, or a ticket that it stands for.
absl::StatusOr<bool> HasFollowers(storage::Snapshot& snapshot, const Ticket& ticket) {
  const std::string_view id = kTicketPattern.Id(ticket.name());
  ASSIGN_OR_RETURN(const std::optional<absl::Time> message, NewestMessageTime(snapshot, id));
  if (message) return true;
  ASSIGN_OR_RETURN(const std::vector<TimeKey> attachments, ListAttachmentKeys(snapshot, id, std::nullopt, 1));
  if (!attachments.empty()) return true;
  ASSIGN_OR_RETURN(const std::vector<std::string> duplicates, ListDuplicates(snapshot, ticket.name()));
  return !duplicates.empty();
}

// Somebody has made it theirs.
absl::StatusOr<bool> IsTouched(storage::Snapshot& snapshot, std::string_view import, const TimeKey& key,
                               const Ticket& ticket) {
  if (!CanWithdraw(ticket)) return true;
  ASSIGN_OR_RETURN(const bool worked_on, IsWorkedOn(snapshot, import, key));
  if (worked_on) return true;
  return HasFollowers(snapshot, ticket);
}

// True: it is taken back.
absl::StatusOr<bool> WithdrawOne(storage::Transaction& transaction, const rpc::Call& call, std::string_view import,
                                 const TimeKey& key) {
  ASSIGN_OR_RETURN(LoadedTicket ticket, LoadTicketHead(transaction, kTicketPattern.Name(key.id)));
  // By an earlier undo, whose restore did not come to its end.
  if (IsWithdrawn(ticket.row.ticket)) return true;
  ASSIGN_OR_RETURN(const bool touched, IsTouched(transaction, import, key, ticket.row.ticket));
  if (touched) return false;
  Withdraw(ticket.row.ticket);
  RETURN_IF_ERROR(StoreMarked(transaction, call, ticket));
  return true;
}

// True: it is given back. False: somebody has done so before, or it was never taken.
absl::StatusOr<bool> RestoreOne(storage::Transaction& transaction, const rpc::Call& call, const std::string& id) {
  ASSIGN_OR_RETURN(LoadedTicket ticket, LoadTicketHead(transaction, kTicketPattern.Name(id)));
  if (!IsWithdrawn(ticket.row.ticket)) return false;
  RETURN_IF_ERROR(Restore(ticket.row.ticket));
  RETURN_IF_ERROR(StoreMarked(transaction, call, ticket));
  return true;
}

// From the newest of its tickets on, whatever an earlier sweep had still to do.
absl::StatusOr<Import> BeginSweep(storage::Transaction& transaction, const rpc::Call& call, ImportRow row) {
  row.swept_time = TimeKey::BeforeNewest().time;
  row.swept_ticket.clear();
  RETURN_IF_ERROR(StoreImport(transaction, row));
  RETURN_IF_ERROR(storage::SetTimerAtOnce(transaction, call.now(), kImportTimer, kImportPattern.Id(row.import.name())));
  return std::move(row.import);
}

}  // namespace

absl::StatusOr<Import> GetImport(storage::Snapshot& snapshot, const rpc::Call&, const v1::GetImportRequest& request) {
  return ReadImport(snapshot, request.name());
}

absl::StatusOr<v1::ListImportsResponse> ListImports(storage::Snapshot& snapshot, const rpc::Call&,
                                                    const v1::ListImportsRequest& request) {
  return resource::Page<TimeKey>(
      request, &v1::ListImportsResponse::mutable_imports,
      [&](const auto& after, int64_t most) { return ListImportKeys(snapshot, after, most); },
      [&](const TimeKey& key) { return ReadImport(snapshot, kImportPattern.Name(key.id)); });
}

absl::StatusOr<Import> UndoImport(storage::Transaction& transaction, const rpc::Call& call,
                                  const v1::UndoImportRequest& request) {
  ASSIGN_OR_RETURN(ImportRow row, LoadImport(transaction, request.name()));
  Import& import = row.import;
  if (IsUndone(import)) return std::move(import);
  *import.mutable_undo_time() = ToProtoTime(call.now());
  import.set_undone_by(CallerMember(call));
  import.clear_undo_finish_time();
  import.clear_withdrawn_tickets();
  import.clear_restore_time();
  import.clear_restored_by();
  import.clear_restore_finish_time();
  import.clear_restored_tickets();
  return BeginSweep(transaction, call, std::move(row));
}

absl::StatusOr<Import> RestoreImport(storage::Transaction& transaction, const rpc::Call& call,
                                     const v1::RestoreImportRequest& request) {
  ASSIGN_OR_RETURN(ImportRow row, LoadImport(transaction, request.name()));
  Import& import = row.import;
  if (!import.has_undo_time()) {
    return Error(absl::StatusCode::kFailedPrecondition, "IMPORT_NOT_UNDONE",
                 fmt::format("Nobody has undone {}: there is nothing to give back.", import.name()),
                 {{"name", import.name()}});
  }
  if (import.has_restore_time()) return std::move(import);
  *import.mutable_restore_time() = ToProtoTime(call.now());
  import.set_restored_by(CallerMember(call));
  return BeginSweep(transaction, call, std::move(row));
}

absl::Status SweepImport(storage::Transaction& transaction, const rpc::Call& call, const storage::Timer& timer) {
  ASSIGN_OR_RETURN(ImportRow row, LoadImport(transaction, kImportPattern.Name(timer.resource)));
  Import& import = row.import;
  const bool restores = import.has_restore_time();
  if (restores ? import.has_restore_finish_time() : import.has_undo_finish_time()) return absl::OkStatus();
  const TimeKey after{row.swept_time.value_or(TimeKey::BeforeNewest().time), row.swept_ticket};
  ASSIGN_OR_RETURN(const std::vector<TimeKey> keys,
                   ListImportTicketKeys(transaction, import.name(), after, storage::kSweepRowsMost));
  int64_t done = 0;
  for (const TimeKey& key : keys) {
    ASSIGN_OR_RETURN(const bool is_done, restores ? RestoreOne(transaction, call, key.id)
                                                  : WithdrawOne(transaction, call, import.name(), key));
    if (is_done) ++done;
    row.swept_time = key.time;
    row.swept_ticket = key.id;
  }
  if (restores) {
    import.set_restored_tickets(import.restored_tickets() + done);
  } else {
    import.set_withdrawn_tickets(import.withdrawn_tickets() + done);
  }
  const bool is_last = static_cast<int64_t>(keys.size()) < storage::kSweepRowsMost;
  if (is_last)
    *(restores ? import.mutable_restore_finish_time() : import.mutable_undo_finish_time()) = ToProtoTime(call.now());
  RETURN_IF_ERROR(StoreImport(transaction, row));
  return is_last ? absl::OkStatus() : storage::SetTimerAtOnce(transaction, call.now(), kImportTimer, timer.resource);
}

}  // namespace dangol::tickets
