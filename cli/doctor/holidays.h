// Holidays that are about to be unknown.
#pragma once

#include <string>

#include "absl/time/time.h"

#include "dangol/tickets/v1/policy.pb.h"

namespace dangol::cli {

// What is to be said where the built-in holidays of the policy end soon, or have ended; empty: nothing.
std::string HolidaysWarning(const dangol::tickets::v1::TriagePolicy& policy, absl::Time now);

}  // namespace dangol::cli
