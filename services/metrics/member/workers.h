// Who does the work of members on one day.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/statusor.h"

#include "common/storage/database.h"

namespace dangol::metrics {

class Workers {
 public:
  Workers(storage::Snapshot& snapshot, int64_t day) : snapshot_(snapshot), day_(day) {}

  // The member, or the deputy who has not left; empty for nobody. `members/{member}`
  absl::StatusOr<std::string> Of(const std::string& owner);

 private:
  storage::Snapshot& snapshot_;
  const int64_t day_;
  std::map<std::string, std::string> by_owner_;
};

}  // namespace dangol::metrics
