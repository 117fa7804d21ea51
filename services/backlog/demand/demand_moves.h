// Demands that another change counts from now on.
#pragma once

#include <string_view>
#include <vector>

#include "absl/status/status.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "services/backlog/demand/demand_store.h"

namespace dangol::backlog {

// The demands, which wait in one change, leave it, wait in another, and become there what they would be if their
// tickets had been accepted into it now; what a person said of the other change's shipment is not asked. `last`: no
// more of this move or merge follow.
absl::Status MoveDemandsTo(storage::Transaction& transaction, const rpc::Call& call, std::string_view change_id,
                           std::vector<Demand> demands, std::string_view destination_id, bool last);

// A ticket was accepted into a change that is MERGED: it is counted in the one that took its place. Its link is taken
// note of, and nothing was said about it yet.
absl::Status EnterSurvivor(storage::Transaction& transaction, const rpc::Call& call, Demand demand,
                           std::string_view survivor_id, tickets::v1::Happened happened);

}  // namespace dangol::backlog
