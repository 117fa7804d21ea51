#include "services/tickets/import/import_handlers.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/resource/page.h"
#include "common/storage/sweep.h"
#include "services/tickets/caller.h"
#include "services/tickets/import/import_store.h"
#include "services/tickets/message/message_store.h"
#include "services/tickets/names.h"
#include "services/tickets/ticket/duplicate_store.h"
#include "services/tickets/ticket/ticket_rules.h"
#include "services/tickets/ticket/ticket_store.h"

namespace dangol::tickets {
namespace {

using resource::TimeKey;
using v1::Import;
using v1::Ticket;

// Somebody has made it theirs: read it, written about it, or made it stand for another.
absl::StatusOr<bool> IsTouched(storage::Snapshot& snapshot, const Ticket& ticket) {
  if (!CanWithdraw(ticket)) return true;
  ASSIGN_OR_RETURN(const std::optional<absl::Time> message,
                   NewestMessageTime(snapshot, kTicketPattern.Id(ticket.name())));
  if (message) return true;
  ASSIGN_OR_RETURN(const std::vector<std::string> duplicates, ListDuplicates(snapshot, ticket.name()));
  return !duplicates.empty();
}

// True: it is taken back.
absl::StatusOr<bool> WithdrawOne(storage::Transaction& transaction, const rpc::Call& call, const std::string& id) {
  ASSIGN_OR_RETURN(LoadedTicket ticket, LoadTicketHead(transaction, kTicketPattern.Name(id)));
  ASSIGN_OR_RETURN(const bool touched, IsTouched(transaction, ticket.row.ticket));
  if (touched) return false;
  Withdraw(ticket.row.ticket);
  v1::TicketEvent event;
  event.mutable_ticket_marked();
  RETURN_IF_ERROR(StoreTicket(transaction, call, ticket, std::move(event)));
  return true;
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
  if (row.import.has_undo_time()) return std::move(row.import);
  *row.import.mutable_undo_time() = ToProtoTime(call.now());
  row.import.set_undone_by(CallerMember(call));
  row.swept_time = TimeKey::BeforeNewest().time;
  RETURN_IF_ERROR(StoreImport(transaction, row));
  RETURN_IF_ERROR(storage::SetTimerAtOnce(transaction, call.now(), kUndoTimer, kImportPattern.Id(row.import.name())));
  return std::move(row.import);
}

absl::Status WithdrawTickets(storage::Transaction& transaction, const rpc::Call& call, const storage::Timer& timer) {
  ASSIGN_OR_RETURN(ImportRow row, LoadImport(transaction, kImportPattern.Name(timer.resource)));
  if (!row.import.has_undo_time() || row.import.has_undo_finish_time()) return absl::OkStatus();
  const TimeKey after{row.swept_time.value_or(TimeKey::BeforeNewest().time), row.swept_ticket};
  ASSIGN_OR_RETURN(const std::vector<TimeKey> keys,
                   ListImportTicketKeys(transaction, row.import.name(), after, storage::kSweepRowsMost));
  for (const TimeKey& key : keys) {
    ASSIGN_OR_RETURN(const bool withdrawn, WithdrawOne(transaction, call, key.id));
    if (withdrawn) row.import.set_withdrawn_tickets(row.import.withdrawn_tickets() + 1);
    row.swept_time = key.time;
    row.swept_ticket = key.id;
  }
  const bool is_last = static_cast<int64_t>(keys.size()) < storage::kSweepRowsMost;
  if (is_last) *row.import.mutable_undo_finish_time() = ToProtoTime(call.now());
  RETURN_IF_ERROR(StoreImport(transaction, row));
  return is_last ? absl::OkStatus() : storage::SetTimerAtOnce(transaction, call.now(), kUndoTimer, timer.resource);
}

}  // namespace dangol::tickets
