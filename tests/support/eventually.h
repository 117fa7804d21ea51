// For what nothing tells of: a test asks until it is so.
#pragma once

#include "absl/functional/function_ref.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace dangol::testing {

// Whether it came to hold within `patience`. Asked at least once, and every 20 ms.
inline bool Eventually(absl::FunctionRef<bool()> holds, absl::Duration patience) {
  const absl::Time end = absl::Now() + patience;
  while (!holds()) {
    if (absl::Now() > end) return false;
    absl::SleepFor(absl::Milliseconds(20));
  }
  return true;
}

}  // namespace dangol::testing
