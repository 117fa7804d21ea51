// Changes as rows, and what the feed is told of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/resource/table.h"
#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/backlog/v1/change_facts.pb.h"
#include "dangol/backlog/v1/change_feed.pb.h"
#include "services/backlog/change/change_row.h"

namespace dangol::backlog {

using LoadedChange = resource::Loaded<ChangeRow>;

// The version that the change's etag stands for.
int64_t Version(const v1::Change& change);

// With its evidence and shipments. NOT_FOUND where there is none.
absl::StatusOr<v1::Change> ReadChange(storage::Snapshot& snapshot, std::string_view name);
// To be changed; without evidence and shipments. NOT_FOUND; ABORTED unless `etag` is empty or the change's.
absl::StatusOr<LoadedChange> LoadChange(storage::Snapshot& snapshot, std::string_view name, std::string_view etag = {});

// What decides what becomes of a ticket that comes to a change.
struct ChangeStanding {
  v1::Change::State state = v1::Change::STATE_UNSPECIFIED;
  absl::Time ship_time;          // last time for everyone
  std::string merged_into = "";  // its id
};
absl::StatusOr<std::optional<ChangeStanding>> FindStanding(storage::Snapshot& snapshot, std::string_view change_id);

// The ids of those that this change took the place of.
absl::StatusOr<std::vector<std::string>> ListMergedInto(storage::Snapshot& snapshot, std::string_view change_id);

// Stores a new change without demands, gives it its etag, and tells of it. ALREADY_EXISTS where the name is taken.
absl::Status AddChange(storage::Transaction& transaction, const rpc::Call& call, v1::Change& change);
// Stores a change, as its next version, and tells of it: `event` has its kind set, and gets the facts.
absl::Status StoreChange(storage::Transaction& transaction, const rpc::Call& call, LoadedChange& change,
                         v1::ChangeEvent event);
// The same, and what is told of it is the caller's part.
absl::Status StoreChangeUntold(storage::Transaction& transaction, const rpc::Call& call, LoadedChange& change);

// What is true of the change, for those who follow.
v1::ChangeFacts FactsOf(const ChangeRow& row);

}  // namespace dangol::backlog
