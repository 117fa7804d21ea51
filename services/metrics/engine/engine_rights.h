// Who may change which part of an engine: an owner what his own stages say, and who may change all of it the rest.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

#include "common/rpc/call.h"
#include "dangol/metrics/v1/engine.pb.h"

namespace dangol::metrics {

// What belongs to a stage, such as its KPIs. `stage`: its name; empty: the whole engine. PERMISSION_DENIED unless the
// caller may.
absl::Status CheckMayWrite(const rpc::Call& call, std::string_view stage);

// What an update would make different. Whose a stage is, which stages there are and their order concern the whole
// engine. PERMISSION_DENIED unless the caller may.
absl::Status CheckMayRevise(const rpc::Call& call, const std::string& engine,
                            const std::vector<v1::Difference>& differences);

}  // namespace dangol::metrics
