// What must hold of the KPIs that are computed.
#pragma once

#include <string>

#include "absl/status/statusor.h"

#include "common/service/integrity.h"
#include "common/storage/database.h"

namespace dangol::metrics {

// Their days are a recount of tickets and changes. As a check of CheckIntegrity: a slice is a KPI.
absl::StatusOr<std::string> SystemKpisAreTrue(storage::Snapshot& snapshot, const std::string& position,
                                              service::Findings& findings);

// What is copied to tickets is true: by whom they were heard, and how much of their times was working time.
absl::StatusOr<std::string> CopiesAreTrue(storage::Snapshot& snapshot, const std::string& position,
                                          service::Findings& findings);

}  // namespace dangol::metrics
