// How the services are, as they say themselves.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "cli/suite/suite.h"
#include "dangol/api/v1/admin_service.pb.h"

namespace dangol::cli {

// What is wrong with it, in a sentence.
std::string Explanation(const dangol::api::v1::OverdueTimer& timer);

// Asks all at once. An error tells an operator what to do.
std::vector<absl::StatusOr<dangol::api::v1::GetStatusResponse>> AskStatus(const std::vector<Target>& targets,
                                                                          absl::Duration timeout);

}  // namespace dangol::cli
