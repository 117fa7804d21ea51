#include "services/gateway/rate_limit.h"

#include <algorithm>

#include "fmt/format.h"

#include "common/base/error.h"

namespace dangol::gateway {
namespace {

constexpr double kBurstSeconds = 2;
// There are not so many names: who has one has a credential. More than that, and all begin anew.
constexpr size_t kCallersMost = 10'000;

}  // namespace

RateLimit::RateLimit(double calls_per_second, Runtime& runtime)
    : RateLimit(calls_per_second, std::max(1.0, calls_per_second * kBurstSeconds), runtime) {}

absl::Duration RateLimit::WaitOf(std::string_view caller) {
  if (rate_ <= 0) return absl::ZeroDuration();
  const absl::Time now = runtime_.SteadyNow();
  std::lock_guard lock(mutex_);
  if (buckets_.size() >= kCallersMost) buckets_.clear();
  Bucket& bucket = buckets_.try_emplace(std::string(caller), Bucket{at_once_, now}).first->second;
  bucket.calls = std::min(at_once_, bucket.calls + rate_ * absl::ToDoubleSeconds(now - bucket.filled));
  bucket.filled = now;
  if (bucket.calls >= 1) {
    bucket.calls -= 1;
    return absl::ZeroDuration();
  }
  return absl::Seconds((1 - bucket.calls) / rate_);
}

absl::Status RateLimit::Take(std::string_view caller) {
  const absl::Duration wait = WaitOf(caller);
  if (wait == absl::ZeroDuration()) return absl::OkStatus();
  return WithRetry(
      Error(absl::StatusCode::kResourceExhausted, "RATE_LIMITED",
            fmt::format("{} makes more than {:g} calls a second. Wait, then send fewer at once.", caller, rate_)),
      wait);
}

}  // namespace dangol::gateway
