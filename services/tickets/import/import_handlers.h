// The RPCs on imports, and the sweep that takes back what one brought.
#pragma once

#include <string_view>

#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "common/storage/timers.h"
#include "dangol/tickets/v1/import.pb.h"

namespace dangol::tickets {

// One for each import that was undone; its resource is the id.
inline constexpr std::string_view kUndoTimer = "undo-import";

absl::StatusOr<v1::Import> GetImport(storage::Snapshot& snapshot, const rpc::Call& call,
                                     const v1::GetImportRequest& request);
absl::StatusOr<v1::ListImportsResponse> ListImports(storage::Snapshot& snapshot, const rpc::Call& call,
                                                    const v1::ListImportsRequest& request);
absl::StatusOr<v1::Import> UndoImport(storage::Transaction& transaction, const rpc::Call& call,
                                      const v1::UndoImportRequest& request);
// Takes back the next of its tickets.
absl::Status WithdrawTickets(storage::Transaction& transaction, const rpc::Call& call, const storage::Timer& timer);

}  // namespace dangol::tickets
