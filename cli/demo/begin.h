// A company begins for real with what it has tried on a demonstration.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "dangol/metrics/v1/engine.pb.h"
#include "dangol/metrics/v1/kpi.pb.h"
#include "dangol/tickets/v1/contact_reason.pb.h"
#include "dangol/tickets/v1/policy.pb.h"

namespace dangol::demo {

// How a company works, without anything that has happened and without anybody who works there.
struct Arrangement {
  std::vector<metrics::v1::Engine> engines;
  std::vector<metrics::v1::Kpi> kpis;
  std::vector<tickets::v1::ContactReason> contact_reasons;  // each behind the one above it
  tickets::v1::TriagePolicy policy;
};

// Takes out who works there, and what is used no more.
void LeavePeopleOut(Arrangement& arrangement);

// Makes databases with it in the folder, which has none, as of now. FAILED_PRECONDITION, reason FOLDER_NOT_EMPTY;
// PERMISSION_DENIED, reason FOLDER_NOT_WRITABLE.
absl::Status Begin(const std::string& folder, const Arrangement& arrangement, absl::Time now);

}  // namespace dangol::demo
