// What waits for a member.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/storage/database.h"
#include "dangol/metrics/v1/digest.pb.h"
#include "dangol/metrics/v1/member.pb.h"

namespace dangol::metrics {

absl::StatusOr<v1::Due> FindDue(storage::Snapshot& snapshot, const v1::Member& member, absl::Time now);

// The day of the member's messages, and whether one may be sent on it now, whether or not it was claimed.
struct DigestDay {
  std::string day;
  bool due = false;
};
absl::StatusOr<DigestDay> FindDigestDay(storage::Snapshot& snapshot, const v1::Member& member, absl::Time now);

// `digest` may be claimed.
bool IsFree(const std::optional<v1::Digest>& digest);

}  // namespace dangol::metrics
