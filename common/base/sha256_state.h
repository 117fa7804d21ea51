// SHA-256 (FIPS 180-4) of what comes in pieces, in calls far apart: between them the state is bytes that can be stored.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace dangol {

// The state once `bytes` have come behind what it stands for; empty: nothing has come yet. A state is 40 bytes, the
// same on every machine, and up to 63 bytes of the content: those behind its last full block. INTERNAL for what is no
// state.
absl::StatusOr<std::string> AddToSha256(std::string_view state, std::string_view bytes);

// The SHA-256 of all that has come, 32 bytes. INTERNAL for what is no state.
absl::StatusOr<std::string> Sha256OfState(std::string_view state);

}  // namespace dangol
