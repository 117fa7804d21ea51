// dangol.metrics.v1.AuditService: what the gateway has to say in the audit log.
#pragma once

#include <string_view>

#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/metrics/v1/audit_service.pb.h"

namespace dangol::metrics {

// Refuses what is no entry of the gateway. That it is stored is done by the table of methods, as with every write,
// whose entry it takes the place of (rpc::BroughtEntry).
absl::StatusOr<v1::RecordedAuditEntry> RecordAuditEntry(storage::Transaction& transaction, const rpc::Call& call,
                                                        const v1::RecordAuditEntryRequest& request);

// For an answer to the same request again.
absl::StatusOr<v1::RecordedAuditEntry> ReadRecordedAuditEntry(storage::Snapshot& snapshot, std::string_view name);

}  // namespace dangol::metrics
