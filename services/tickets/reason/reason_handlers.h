// One function an RPC of contact reasons.
#pragma once

#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/tickets/v1/policy_service.pb.h"

namespace dangol::tickets {

absl::StatusOr<v1::ContactReason> CreateContactReason(storage::Transaction& transaction, const rpc::Call& call,
                                                      const v1::CreateContactReasonRequest& request);
absl::StatusOr<v1::ListContactReasonsResponse> ListContactReasons(storage::Snapshot& snapshot, const rpc::Call& call,
                                                                  const v1::ListContactReasonsRequest& request);
absl::StatusOr<v1::ContactReason> UpdateContactReason(storage::Transaction& transaction, const rpc::Call& call,
                                                      const v1::UpdateContactReasonRequest& request);
absl::StatusOr<v1::ContactReason> DeleteContactReason(storage::Transaction& transaction, const rpc::Call& call,
                                                      const v1::DeleteContactReasonRequest& request);

}  // namespace dangol::tickets
