#include "common/base/ids.h"

#include <algorithm>

#include "fmt/format.h"

namespace dangol {
namespace {

// Crockford's base 32 in lower case: sorts as the number does, and has no letters that are mistaken for digits.
constexpr char kDigits[] = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr uint64_t kCounterEnd = 1 << 12;

std::string FormatUuid(uint64_t high, uint64_t low) {
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xffff, high & 0xffff, low >> 48,
                     low & 0xffff'ffff'ffff);
}

constexpr uint64_t kVariant = uint64_t{0b10} << 62;

}  // namespace

void IdMaker::Use(int replica, absl::Time behind) {
  std::lock_guard lock(mutex_);
  replica_ = static_cast<uint64_t>(replica % kReplicas);
  millis_ = std::max(millis_, absl::ToUnixMillis(std::max(behind, absl::UnixEpoch())) + 1);
  counter_ = 0;
}

std::string IdMaker::Next(absl::Time now) {
  uint64_t value;
  {
    std::lock_guard lock(mutex_);
    const int64_t millis = absl::ToUnixMillis(now);
    if (millis > millis_) {
      millis_ = millis;
      counter_ = 0;
    } else if (++counter_ == kCounterEnd) {
      ++millis_;  // borrowed from the future rather than waited for
      counter_ = 0;
    }
    value = (static_cast<uint64_t>(millis_) << 22) | (replica_ << 12) | counter_;
  }
  std::string id(13, '0');
  for (int i = 12; i >= 0; --i, value >>= 5) id[static_cast<size_t>(i)] = kDigits[value & 31];
  return id;
}

std::string RandomUuid(Runtime& runtime) {
  const uint64_t high = (runtime.Random() & ~uint64_t{0xf000}) | 0x4000;
  return FormatUuid(high, (runtime.Random() >> 2) | kVariant);
}

std::string TimeOrderedUuid(Runtime& runtime) {
  const auto millis = static_cast<uint64_t>(absl::ToUnixMillis(runtime.Now()));
  const uint64_t high = (millis << 16) | 0x7000 | (runtime.Random() & 0xfff);
  return FormatUuid(high, (runtime.Random() >> 2) | kVariant);
}

bool IsResourceId(std::string_view id) {
  return !id.empty() && id.size() <= 63 &&
         std::ranges::all_of(id, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

}  // namespace dangol
