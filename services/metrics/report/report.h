// The report of an engine: GetReport.
#pragma once

#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/metrics/v1/kpi_service.pb.h"
#include "dangol/metrics/v1/report.pb.h"

namespace dangol::metrics {

absl::StatusOr<v1::Report> GetReport(storage::Snapshot& snapshot, const rpc::Call& call,
                                     const v1::GetReportRequest& request);

}  // namespace dangol::metrics
