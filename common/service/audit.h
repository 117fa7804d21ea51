// The audit log as callers read it.
#pragma once

#include <map>
#include <string>

#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/rpc/method_table.h"
#include "common/storage/database.h"
#include "dangol/api/v1/audit.pb.h"

namespace dangol::service {

// A page looks at no more entries than this.
inline constexpr int64_t kAuditScannedMost = 10'000;

// By the pattern of a resource, such as `tickets/*`, the permission of the method that reads one.
using ReadPermissions = std::map<std::string, std::string>;
// Of the methods that the table has now.
ReadPermissions ReadPermissionsOf(const rpc::MethodTable& table);

absl::StatusOr<api::v1::ListAuditEntriesResponse> ListAuditEntries(const ReadPermissions& permissions,
                                                                   storage::Snapshot& snapshot, const rpc::Call& call,
                                                                   const api::v1::ListAuditEntriesRequest& request);

}  // namespace dangol::service
