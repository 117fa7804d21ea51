// What the events of the tickets service and of the backlog do to the ledger. The two never write the same row, so
// their feeds may come in any order; an event counts only if it brings a greater version of its resource than is known,
// so it may come again.
#pragma once

#include "absl/status/status.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/backlog/v1/change_feed.pb.h"
#include "dangol/tickets/v1/ticket_feed.pb.h"

namespace dangol::metrics {

absl::Status OnTicketEvent(storage::Transaction& transaction, const rpc::Call& call,
                           const tickets::v1::TicketEvent& event);
absl::Status OnChangeEvent(storage::Transaction& transaction, const rpc::Call& call,
                           const backlog::v1::ChangeEvent& event);

}  // namespace dangol::metrics
