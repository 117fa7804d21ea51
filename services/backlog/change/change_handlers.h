// The RPCs on changes. A handler is a function of a transaction and a request that passed every rule of the proto; it
// may be run twice.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/backlog/v1/change_service.pb.h"

namespace dangol::backlog {

absl::StatusOr<v1::Change> CreateChange(storage::Transaction& transaction, const rpc::Call& call,
                                        const v1::CreateChangeRequest& request);
absl::StatusOr<v1::Change> GetChange(storage::Snapshot& snapshot, const rpc::Call& call,
                                     const v1::GetChangeRequest& request);
absl::StatusOr<v1::ListChangesResponse> ListChanges(storage::Snapshot& snapshot, const rpc::Call& call,
                                                    const v1::ListChangesRequest& request);
absl::StatusOr<v1::ListPublishedChangesResponse> ListPublishedChanges(storage::Snapshot& snapshot,
                                                                      const rpc::Call& call,
                                                                      const v1::ListPublishedChangesRequest& request);
absl::StatusOr<v1::Change> UpdateChange(storage::Transaction& transaction, const rpc::Call& call,
                                        const v1::UpdateChangeRequest& request);

}  // namespace dangol::backlog
