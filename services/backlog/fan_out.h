// A shipment, drop, revert or merge reaches its tickets some hundred at a time: each firing of a timer decides about
// the next of them and tells the feed, in one transaction, so that it goes on where it was after a crash, and other
// writes come between. A change has one at a time, and while it takes the demands of a merge, none of its own.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "common/storage/timers.h"

namespace dangol::backlog {

// What goes out, as it is stored.
enum class FanOutKind : int64_t { kShipment = 1, kPartialShipment = 2, kDrop = 3, kRevert = 4, kMerge = 5 };

inline constexpr std::string_view kFanOutTimer = "fan-out";  // its resource is the change's name

// For every demand that waits now. Those that come later have greater ordinals, and it does not touch them.
absl::Status StartShipmentFanOut(storage::Transaction& transaction, const rpc::Call& call, std::string_view change_id,
                                 int64_t shipment);
// For the demands with these ordinals, each of which waits now. One that has another ordinal by its turn is another
// link, and is left alone.
absl::Status StartPartialFanOut(storage::Transaction& transaction, const rpc::Call& call, std::string_view change_id,
                                int64_t shipment, const std::vector<int64_t>& ordinals);
// For every demand that waits now.
absl::Status StartDropFanOut(storage::Transaction& transaction, const rpc::Call& call, std::string_view change_id);
// For every demand that the shipment answers now.
absl::Status StartRevertFanOut(storage::Transaction& transaction, const rpc::Call& call, std::string_view change_id,
                               int64_t shipment);
// For every demand that waits now: all that the change has.
absl::Status StartMergeFanOut(storage::Transaction& transaction, const rpc::Call& call, std::string_view change_id,
                              std::string_view destination_id);

// FAILED_PRECONDITION (FAN_OUT_RUNS) while one goes on for this change, or a merge into it.
absl::Status CheckNoFanOut(storage::Snapshot& snapshot, std::string_view change_id);

absl::Status FanOut(storage::Transaction& transaction, const rpc::Call& call, const storage::Timer& timer);

}  // namespace dangol::backlog
