// What has to hold of engines and their numbers once all has come to rest.
#pragma once

#include <functional>
#include <string>

#include "google/protobuf/message.h"

#include "tests/simulation/loop_agent.h"

namespace dangol::simulation {

// Asks the metrics service; false where it has no answer, which is a violation already.
using AskMetrics = std::function<bool(const std::string& method, const google::protobuf::Message& request,
                                      google::protobuf::Message& response)>;

// `dump`: all that the database of the service says. Adds to ledger.violations.
void CheckEngines(const AskMetrics& ask, const std::string& dump, absl::Time now, LoopLedger& ledger);

}  // namespace dangol::simulation
