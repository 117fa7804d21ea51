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

absl::Status RateLimit::Take(std::string_view caller) {
  if (rate_ <= 0) return absl::OkStatus();
  const double most = std::max(1.0, rate_ * kBurstSeconds);
  const absl::Time now = runtime_.SteadyNow();
  std::lock_guard lock(mutex_);
  if (buckets_.size() >= kCallersMost) buckets_.clear();
  Bucket& bucket = buckets_.try_emplace(std::string(caller), Bucket{most, now}).first->second;
  bucket.calls = std::min(most, bucket.calls + rate_ * absl::ToDoubleSeconds(now - bucket.filled));
  bucket.filled = now;
  if (bucket.calls >= 1) {
    bucket.calls -= 1;
    return absl::OkStatus();
  }
  return WithRetry(
      Error(absl::StatusCode::kResourceExhausted, "RATE_LIMITED",
            fmt::format("{} makes more than {:g} calls a second. Wait, then send fewer at once.", caller, rate_)),
      absl::Seconds((1 - bucket.calls) / rate_));
}

}  // namespace dangol::gateway
