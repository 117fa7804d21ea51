// What the tickets service does about other services' events.
#pragma once

#include "absl/status/status.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/backlog/v1/change_feed.pb.h"

namespace dangol::tickets {

// DemandsUpdated: what the backlog decided is done to the tickets that it still concerns, and one TicketsFollowed tells
// of them; of none, none. Every other kind is ignored. An event given again finds that it concerns nobody.
absl::Status OnChangeEvent(storage::Transaction& transaction, const rpc::Call& call,
                           const backlog::v1::ChangeEvent& event);

}  // namespace dangol::tickets
