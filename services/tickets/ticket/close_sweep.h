// Closes what was answered, and nobody has said anything since.
#pragma once

#include "absl/status/status.h"

#include "common/rpc/call.h"
#include "common/storage/timers.h"

namespace dangol::tickets {

// A firing of kCloseTimer: some of the tickets whose close_due_time has come.
absl::Status CloseDueTickets(storage::Transaction& transaction, const rpc::Call& call, const storage::Timer& timer);

}  // namespace dangol::tickets
