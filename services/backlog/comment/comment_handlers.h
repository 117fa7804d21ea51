// The RPCs on comments.
#pragma once

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/backlog/v1/change_service.pb.h"

namespace dangol::backlog {

absl::StatusOr<v1::Comment> CreateComment(storage::Transaction& transaction, const rpc::Call& call,
                                          const v1::CreateCommentRequest& request);
absl::StatusOr<v1::ListCommentsResponse> ListComments(storage::Snapshot& snapshot, const rpc::Call& call,
                                                      const v1::ListCommentsRequest& request);

// The people whom a text names by `@` and their id, each once.
std::vector<std::string> MentionsIn(std::string_view text);

}  // namespace dangol::backlog
