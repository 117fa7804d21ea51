// The RPCs on demands.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/backlog/v1/change_service.pb.h"
#include "services/backlog/demand/demand_store.h"

namespace dangol::backlog {

using TicketNames = google::protobuf::RepeatedPtrField<std::string>;

absl::StatusOr<v1::MoveDemandsResponse> MoveDemands(storage::Transaction& transaction, const rpc::Call& call,
                                                    const v1::MoveDemandsRequest& request);
absl::StatusOr<v1::ListDemandsResponse> ListDemands(storage::Snapshot& snapshot, const rpc::Call& call,
                                                    const v1::ListDemandsRequest& request);

// Their demands, in the order of `tickets`, a field of the request. FAILED_PRECONDITION (DEMAND_NOT_WAITING) unless
// each has an unanswered ACTIVE demand in this change.
absl::StatusOr<std::vector<Demand>> ReadWaiting(storage::Snapshot& snapshot, std::string_view change_id,
                                                const TicketNames& tickets);

}  // namespace dangol::backlog
