// The RPCs on imports, and the sweep that takes back what one brought, or gives it back.
#pragma once

#include <string_view>

#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "common/storage/timers.h"
#include "dangol/tickets/v1/import.pb.h"

namespace dangol::tickets {

// One for each import that is being undone or restored; its resource is the id.
inline constexpr std::string_view kImportTimer = "sweep-import";

absl::StatusOr<v1::Import> GetImport(storage::Snapshot& snapshot, const rpc::Call& call,
                                     const v1::GetImportRequest& request);
absl::StatusOr<v1::ListImportsResponse> ListImports(storage::Snapshot& snapshot, const rpc::Call& call,
                                                    const v1::ListImportsRequest& request);
absl::StatusOr<v1::Import> UndoImport(storage::Transaction& transaction, const rpc::Call& call,
                                      const v1::UndoImportRequest& request);
absl::StatusOr<v1::Import> RestoreImport(storage::Transaction& transaction, const rpc::Call& call,
                                         const v1::RestoreImportRequest& request);
// Takes back the next of its tickets, or gives them back: as the import says.
absl::Status SweepImport(storage::Transaction& transaction, const rpc::Call& call, const storage::Timer& timer);

}  // namespace dangol::tickets
