// Imports as rows, and which tickets they brought.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/resource/page.h"
#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/tickets/v1/import.pb.h"
#include "dangol/tickets/v1/ticket.pb.h"

namespace dangol::tickets {

struct ImportRow {
  v1::Import import;
  // Undone or restored: how far down the list of its tickets the sweep has come.
  std::optional<absl::Time> swept_time;
  std::string swept_ticket;
};

// It was undone, and not restored since.
bool IsUndone(const v1::Import& import);

// NOT_FOUND where there is none.
absl::StatusOr<v1::Import> ReadImport(storage::Snapshot& snapshot, std::string_view name);
absl::StatusOr<ImportRow> LoadImport(storage::Snapshot& snapshot, std::string_view name);
absl::Status StoreImport(storage::Transaction& transaction, const ImportRow& row);
// Keys of imports behind `after`, the newest first.
absl::StatusOr<std::vector<resource::TimeKey>> ListImportKeys(storage::Snapshot& snapshot,
                                                              const std::optional<resource::TimeKey>& after,
                                                              int64_t most);

// FAILED_PRECONDITION, reason IMPORT_UNDONE. One that is not there can still bring something.
absl::Status RequireNotUndone(storage::Snapshot& snapshot, std::string_view name);
// The ticket belongs to the import that it names.
absl::Status AddImportTicket(storage::Transaction& transaction, const v1::Ticket& ticket);
// A person has worked on a ticket that an import may have brought, which its state does not show: undoing that import
// leaves it. The ticket is whole.
absl::Status NoteWorkedOn(storage::Transaction& transaction, const v1::Ticket& ticket);
absl::StatusOr<bool> IsWorkedOn(storage::Snapshot& snapshot, std::string_view import, const resource::TimeKey& key);
// So many tickets more; makes the import where it is not there.
absl::Status CountImported(storage::Transaction& transaction, const rpc::Call& call, std::string_view name,
                           int64_t tickets);

absl::StatusOr<bool> HasImport(storage::Snapshot& snapshot, std::string_view name, const resource::TimeKey& key);
// Keys of the tickets that an import brought behind `after`, the newest first.
absl::StatusOr<std::vector<resource::TimeKey>> ListImportTicketKeys(storage::Snapshot& snapshot, std::string_view name,
                                                                    const resource::TimeKey& after, int64_t most);

}  // namespace dangol::tickets
