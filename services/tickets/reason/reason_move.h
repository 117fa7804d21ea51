// A contact reason gets another path: what comes later at once, its tickets some hundred at a time.
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "common/storage/timers.h"
#include "dangol/tickets/v1/policy_service.pb.h"

namespace dangol::tickets {

inline constexpr std::string_view kMoveTimer = "move-contact-reason";

absl::StatusOr<v1::ContactReason> MoveContactReason(storage::Transaction& transaction, const rpc::Call& call,
                                                    const v1::MoveContactReasonRequest& request);
// A firing of kMoveTimer: some of the tickets of the path that it is for.
absl::Status MoveTickets(storage::Transaction& transaction, const rpc::Call& call, const storage::Timer& timer);

}  // namespace dangol::tickets
