// How much of the time that complaints took was working time: by the hours that held when they were received, as the
// tickets service tells of them.
#pragma once

#include <string_view>

#include "absl/status/status.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "common/storage/timers.h"
#include "dangol/tickets/v1/ticket_feed.pb.h"
#include "services/metrics/loop/loop_rules.h"

namespace dangol::metrics {

inline constexpr std::string_view kWorkTimer = "count-work";

// Sets it for all that happened to the ticket; what happened when it did `before` is left as it is, since tickets are
// counted anew where hours change that held then.
absl::Status NoteWork(storage::Snapshot& snapshot, const Chain* before, Chain& chain);

// The event tells of a policy that holds from its time on.
absl::Status TakeHours(storage::Transaction& transaction, const rpc::Call& call, const tickets::v1::TicketEvent& event);

// A firing of kWorkTimer: counts tickets anew, behind the one that is its resource.
absl::Status CountWork(storage::Transaction& transaction, const rpc::Call& call, const storage::Timer& timer);

}  // namespace dangol::metrics
