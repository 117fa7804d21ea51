// Messages to members, and what they are to tell of, as rows.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/storage/database.h"
#include "dangol/backlog/v1/change_feed.pb.h"
#include "dangol/metrics/v1/digest.pb.h"

namespace dangol::metrics {

// NOT_FOUND where there is none.
absl::StatusOr<v1::Digest> ReadDigest(storage::Snapshot& snapshot, std::string_view name);
absl::StatusOr<std::optional<v1::Digest>> FindDigest(storage::Snapshot& snapshot, std::string_view name);
absl::Status WriteDigest(storage::Transaction& transaction, const v1::Digest& digest);
// Until when the member was told; none: no message was sent.
absl::StatusOr<std::optional<absl::Time>> ToldUntil(storage::Snapshot& snapshot, std::string_view member_id);

// Keeps whom a comment names that was made at `time` and is heard of at `hear_time`; the same comment again changes
// nothing.
absl::Status NoteMentions(storage::Transaction& transaction, const backlog::v1::CommentCreated& comment,
                          absl::Time time, absl::Time hear_time);
// Heard of behind `since`, the oldest first.
absl::StatusOr<std::vector<v1::Mention>> ReadMentions(storage::Snapshot& snapshot, std::string_view member_id,
                                                      absl::Time since, int64_t most);
// Those that messages until then have told of, some time ago: the feed may tell of newer ones again.
absl::Status DropMentions(storage::Transaction& transaction, std::string_view member_id, absl::Time until);

}  // namespace dangol::metrics
