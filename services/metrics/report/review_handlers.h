// The RPCs on who has read a report, and what was said about its numbers.
#pragma once

#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/metrics/v1/review_service.pb.h"

namespace dangol::metrics {

absl::StatusOr<v1::ReportReview> RecordReportReview(storage::Transaction& transaction, const rpc::Call& call,
                                                    const v1::RecordReportReviewRequest& request);
absl::StatusOr<v1::Remark> CreateRemark(storage::Transaction& transaction, const rpc::Call& call,
                                        const v1::CreateRemarkRequest& request);
absl::StatusOr<v1::ListRemarksResponse> ListRemarks(storage::Snapshot& snapshot, const rpc::Call& call,
                                                    const v1::ListRemarksRequest& request);

}  // namespace dangol::metrics
