// Changes and their shipments as rows. The SQL of demands stands in demand_store.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/rpc/paging.h"
#include "common/storage/database.h"
#include "dangol/backlog/v1/change.pb.h"

namespace dangol::backlog {

// The version that an etag of ours stands for.
int64_t Version(const v1::Change& change);

// With its evidence and shipments. NOT_FOUND where there is none.
absl::StatusOr<v1::Change> ReadChange(storage::Snapshot& snapshot, std::string_view name);

// What decides what becomes of a ticket that comes to a change.
struct ChangeStanding {
  v1::Change::State state = v1::Change::STATE_UNSPECIFIED;
  absl::Time ship_time;  // last time for everyone
};
absl::StatusOr<std::optional<ChangeStanding>> FindStanding(storage::Snapshot& snapshot, std::string_view change_id);

// Gives the change its etag. ALREADY_EXISTS where the name is taken.
absl::Status InsertChange(storage::Transaction& transaction, v1::Change& change);
// Stores what a transition can change, and gives the change its next version.
absl::Status UpdateChange(storage::Transaction& transaction, v1::Change& change, absl::Time now);
// For a change whose shipment has changed: its next version, which is returned.
absl::StatusOr<int64_t> TouchChange(storage::Transaction& transaction, std::string_view change_id, absl::Time now);

// Names of changes in one state behind `after`, newest first.
absl::StatusOr<std::vector<rpc::PageKey>> ListChangeKeys(storage::Snapshot& snapshot, v1::Change::State state,
                                                         const std::optional<rpc::PageKey>& after, int64_t most);

// The number of the change's newest shipment; 0: none.
absl::StatusOr<int64_t> LastShipment(storage::Snapshot& snapshot, std::string_view change_id);
absl::Status InsertShipment(storage::Transaction& transaction, std::string_view change_id, int64_t number, bool partial,
                            absl::Time now);
// Adds to what a shipment answered, and to what of that came back.
absl::Status CountAnswers(storage::Transaction& transaction, std::string_view change_id, int64_t number,
                          int64_t answered, int64_t reopened);
absl::Status FinishShipment(storage::Transaction& transaction, std::string_view change_id, int64_t number,
                            absl::Time now);

}  // namespace dangol::backlog
