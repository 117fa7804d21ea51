// The RPCs on members.
#pragma once

#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/metrics/v1/member_service.pb.h"

namespace dangol::metrics {

absl::StatusOr<v1::Member> CreateMember(storage::Transaction& transaction, const rpc::Call& call,
                                        const v1::CreateMemberRequest& request);
absl::StatusOr<v1::Member> GetMember(storage::Snapshot& snapshot, const rpc::Call& call,
                                     const v1::GetMemberRequest& request);
absl::StatusOr<v1::ListMembersResponse> ListMembers(storage::Snapshot& snapshot, const rpc::Call& call,
                                                    const v1::ListMembersRequest& request);
absl::StatusOr<v1::Member> UpdateMember(storage::Transaction& transaction, const rpc::Call& call,
                                        const v1::UpdateMemberRequest& request);

}  // namespace dangol::metrics
