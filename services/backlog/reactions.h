// What the backlog does about the events of other services.
#pragma once

#include "absl/status/status.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/tickets/v1/ticket_feed.pb.h"

namespace dangol::backlog {

// Counts tickets that are accepted, come back or are taken out again, and says what becomes of them. An event about a
// link that is not newer than the one known changes nothing.
absl::Status OnTicketEvent(storage::Transaction& transaction, const rpc::Call& call,
                           const tickets::v1::TicketEvent& event);

}  // namespace dangol::backlog
