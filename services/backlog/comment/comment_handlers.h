// The RPCs on comments.
#pragma once

#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/backlog/v1/change_service.pb.h"

namespace dangol::backlog {

absl::StatusOr<v1::Comment> CreateComment(storage::Transaction& transaction, const rpc::Call& call,
                                          const v1::CreateCommentRequest& request);
absl::StatusOr<v1::ListCommentsResponse> ListComments(storage::Snapshot& snapshot, const rpc::Call& call,
                                                      const v1::ListCommentsRequest& request);

}  // namespace dangol::backlog
