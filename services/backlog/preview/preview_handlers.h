// Showing a change to some who ask for it before it ships, and what they say.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/backlog/v1/change_service.pb.h"

namespace dangol::backlog {

absl::StatusOr<v1::Change> InviteToPreview(storage::Transaction& transaction, const rpc::Call& call,
                                           const v1::InviteToPreviewRequest& request);

// A customer who was invited has said something. Nothing changes where the ticket's demand is another one by now.
absl::Status NotePreviewAnswer(storage::Transaction& transaction, const rpc::Call& call, const std::string& ticket,
                               const std::string& change, v1::Demand::PreviewAnswer answer);

}  // namespace dangol::backlog
