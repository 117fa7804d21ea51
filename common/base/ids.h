// Identifiers that services make: short, sortable by time, unique without asking anybody.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "absl/time/time.h"

#include "common/base/runtime.h"

namespace dangol {

// 13 characters of base 32 (0-9, a-z without i, l, o, u): 42 bits milliseconds since 1970, 10 bits replica, 12 bits
// counter. Strictly increasing within one maker of one number, whatever the clock does; unique among makers of
// different replica numbers. Thread-safe.
class IdMaker {
 public:
  static constexpr int kReplicas = 1024;

  // No identifier is of the time `behind`, or earlier: another maker of this number went so far.
  explicit IdMaker(int replica, absl::Time behind = absl::UnixEpoch()) { Use(replica, behind); }

  // From now on, as if made anew.
  void Use(int replica, absl::Time behind);
  std::string Next(absl::Time now);

 private:
  std::mutex mutex_;
  uint64_t replica_ = 0;
  int64_t millis_ = 0;
  uint64_t counter_ = 0;
};

// Random, version 4 (RFC 9562).
std::string RandomUuid(Runtime& runtime);

// Ordered by time, version 7 (RFC 9562): the best request_id, because keys that come in order are written fastest.
std::string TimeOrderedUuid(Runtime& runtime);

// 1 to 63 of a-z, 0-9, -.
bool IsResourceId(std::string_view id);

}  // namespace dangol
