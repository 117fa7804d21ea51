// What an answer means to a careful client.
#pragma once

#include "absl/status/status.h"

namespace dangol::simulation {

// The request itself, or the state, is against it: this copy of it had no effect.
inline bool IsRefusal(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kNotFound:
      return true;
    default:
      return false;
  }
}

// Worth another attempt: whether it had its effect is unknown.
inline bool IsPassing(absl::StatusCode code) {
  return code == absl::StatusCode::kUnavailable || code == absl::StatusCode::kDeadlineExceeded ||
         code == absl::StatusCode::kResourceExhausted || code == absl::StatusCode::kCancelled;
}

}  // namespace dangol::simulation
