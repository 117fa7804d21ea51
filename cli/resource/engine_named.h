// The engine that a command is about.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "cli/command/client.h"
#include "dangol/metrics/v1/engine.pb.h"

namespace dangol::cli {

// The one that is named, else the default one.
absl::StatusOr<dangol::metrics::v1::Engine> EngineNamed(Client& client, const std::string& name,
                                                        absl::Duration timeout);

}  // namespace dangol::cli
