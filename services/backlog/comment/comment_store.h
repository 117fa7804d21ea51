// Comments as rows.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/resource/page.h"
#include "common/storage/database.h"
#include "dangol/backlog/v1/comment.pb.h"

namespace dangol::backlog {

// NOT_FOUND where there is none.
absl::StatusOr<v1::Comment> ReadComment(storage::Snapshot& snapshot, std::string_view name);
absl::Status InsertComment(storage::Transaction& transaction, const v1::Comment& comment);
// Of one change behind `after`, in the order in which they were said.
absl::StatusOr<std::vector<resource::TimeKey>> ListCommentKeys(storage::Snapshot& snapshot, std::string_view change_id,
                                                               const std::optional<resource::TimeKey>& after,
                                                               int64_t most);

}  // namespace dangol::backlog
