// How much one caller may ask for, so that there is something left for the others.
#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/time/time.h"

#include "common/base/runtime.h"

namespace dangol::gateway {

// A bucket for each caller: so many calls a second for as long as he likes, and some at once. Thread-safe.
class RateLimit {
 public:
  // 0: no limit. At once: those of two seconds.
  RateLimit(double calls_per_second, Runtime& runtime);
  RateLimit(double calls_per_second, double at_once, Runtime& runtime)
      : rate_(calls_per_second), at_once_(at_once), runtime_(runtime) {}

  // Counts a call. RESOURCE_EXHAUSTED, reason RATE_LIMITED, with the time to wait.
  absl::Status Take(std::string_view caller);
  // Counts a call: zero. Else how long to wait, and nothing is counted.
  absl::Duration WaitOf(std::string_view caller);

 private:
  struct Bucket {
    double calls = 0;  // that may come now
    absl::Time filled;
  };

  const double rate_;
  const double at_once_;
  Runtime& runtime_;
  std::mutex mutex_;
  absl::flat_hash_map<std::string, Bucket> buckets_;
};

}  // namespace dangol::gateway
