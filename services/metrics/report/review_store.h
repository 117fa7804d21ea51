// Who has read a report, and what was said about its numbers, as rows.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/resource/page.h"
#include "common/storage/database.h"
#include "dangol/metrics/v1/report.pb.h"

namespace dangol::metrics {

// NOT_FOUND where there is none.
absl::StatusOr<v1::ReportReview> ReadReview(storage::Snapshot& snapshot, std::string_view name);
// Of one report, in order of time.
absl::StatusOr<std::vector<v1::ReportReview>> ReadReviews(storage::Snapshot& snapshot, std::string_view engine_id,
                                                          v1::Granularity granularity, int64_t first_day);
absl::Status InsertReview(storage::Transaction& transaction, const v1::ReportReview& review, int64_t first_day);
absl::Status UpdateReviewTime(storage::Transaction& transaction, const v1::ReportReview& review);

// NOT_FOUND where there is none.
absl::StatusOr<v1::Remark> ReadRemark(storage::Snapshot& snapshot, std::string_view name);
absl::Status InsertRemark(storage::Transaction& transaction, const v1::Remark& remark);
// Keys of an engine's remarks before `before`, the newest first; about one KPI, or about any.
absl::StatusOr<std::vector<resource::TimeKey>> ListRemarkKeys(storage::Snapshot& snapshot, std::string_view engine_id,
                                                              std::string_view kpi,
                                                              const std::optional<resource::TimeKey>& before,
                                                              int64_t most);

}  // namespace dangol::metrics
