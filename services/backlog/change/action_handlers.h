// The RPCs that bring a change from one state to another.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/backlog/v1/change_service.pb.h"

namespace dangol::backlog {

absl::StatusOr<v1::Change> PlanChange(storage::Transaction& transaction, const rpc::Call& call,
                                      const v1::PlanChangeRequest& request);
absl::StatusOr<v1::Change> StartChange(storage::Transaction& transaction, const rpc::Call& call,
                                       const v1::StartChangeRequest& request);
absl::StatusOr<v1::Change> ShipChange(storage::Transaction& transaction, const rpc::Call& call,
                                      const v1::ShipChangeRequest& request);
absl::StatusOr<v1::Change> DropChange(storage::Transaction& transaction, const rpc::Call& call,
                                      const v1::DropChangeRequest& request);
absl::StatusOr<v1::Change> ReconsiderChange(storage::Transaction& transaction, const rpc::Call& call,
                                            const v1::ReconsiderChangeRequest& request);
absl::StatusOr<v1::Change> RevertShipment(storage::Transaction& transaction, const rpc::Call& call,
                                          const v1::RevertShipmentRequest& request);
absl::StatusOr<v1::Change> ConcludeChange(storage::Transaction& transaction, const rpc::Call& call,
                                          const v1::ConcludeChangeRequest& request);
absl::StatusOr<v1::MergeChangesResponse> MergeChanges(storage::Transaction& transaction, const rpc::Call& call,
                                                      const v1::MergeChangesRequest& request);

}  // namespace dangol::backlog
