// Members as rows, and what the feed is told of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/resource/page.h"
#include "common/resource/table.h"
#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/metrics/v1/member.pb.h"

namespace dangol::metrics {

struct MemberRow {
  v1::Member member;
};
using LoadedMember = resource::Loaded<MemberRow>;

// With the stages that the member owns. NOT_FOUND where there is none.
absl::StatusOr<v1::Member> ReadMember(storage::Snapshot& snapshot, std::string_view name);
// Without the stages; nothing where there is none.
absl::StatusOr<std::optional<v1::Member>> FindMember(storage::Snapshot& snapshot, std::string_view name);
// FAILED_PRECONDITION, reason MEMBER_LEFT, at `path`: who has left takes no work and says nothing here any more. One
// who is not known here may.
absl::Status RequireNotLeft(storage::Snapshot& snapshot, std::string_view name, std::string_view path);
// Whether this is somebody who makes the product; false, too, of one who is not known here.
absl::StatusOr<bool> IsMaker(storage::Snapshot& snapshot, std::string_view member_id);
// To be changed; without the stages. NOT_FOUND; ABORTED unless `etag` is empty or the member's.
absl::StatusOr<LoadedMember> LoadMember(storage::Snapshot& snapshot, std::string_view name, std::string_view etag);

// Stores a new member, gives it its etag, and tells of it. ALREADY_EXISTS where the name is taken.
absl::Status AddMember(storage::Transaction& transaction, const rpc::Call& call, v1::Member& member);
// Stores a member, as its next version, and tells of it.
absl::Status StoreMember(storage::Transaction& transaction, const rpc::Call& call, LoadedMember& member);

// Keys behind `after`, oldest first.
absl::StatusOr<std::vector<resource::TimeKey>> ListMemberKeys(storage::Snapshot& snapshot,
                                                              const std::optional<resource::TimeKey>& after,
                                                              int64_t most);

}  // namespace dangol::metrics
