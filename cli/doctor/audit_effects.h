// Of every change that has shipped the metrics service keeps what it did, and the backlog has heard of it.
#pragma once

#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "cli/command/client.h"
#include "cli/doctor/findings.h"
#include "dangol/backlog/v1/change.pb.h"

namespace dangol::cli {

inline constexpr std::string_view kEffects = "effects";

// Invariant 6, of changes that have shipped and have contact reasons, which have an effect, and of those that have not
// shipped, which have none. Of `changes` are read name, ship_time and effect_verdict. An error: metrics does not
// answer.
absl::Status AuditEffects(Client& metrics, absl::Duration timeout,
                          const std::vector<dangol::backlog::v1::Change>& changes, Findings& findings);

}  // namespace dangol::cli
