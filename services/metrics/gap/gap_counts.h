// Who waits for what we cannot do yet: kept with every ticket by taking back what it added before.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/service/integrity.h"
#include "common/storage/database.h"
#include "dangol/metrics/v1/gap.pb.h"
#include "services/metrics/loop/loop_rules.h"

namespace dangol::metrics {

// A ticket as it was and as it is; `before` is null where it is new.
absl::Status CountGap(storage::Transaction& transaction, const Chain* before, const Chain& after);

// Two customers are one from now on: tickets keep the name that they came with, and counts go by the kept one.
absl::Status MergeCustomers(storage::Transaction& transaction, std::string_view kept_id, std::string_view merged_id);

absl::StatusOr<v1::GapReport> GetGapReport(storage::Snapshot& snapshot, const rpc::Call& call,
                                           const v1::GetGapReportRequest& request);

// Counts are a recount of the tickets.
absl::StatusOr<std::string> GapsAreTrue(storage::Snapshot& snapshot, const std::string& position,
                                        service::Findings& findings);

}  // namespace dangol::metrics
