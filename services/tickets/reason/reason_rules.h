// What may be done to contact reasons. Pure, without SQL, clock or identity.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "services/tickets/reason/reason_store.h"

namespace dangol::tickets {

// INVALID_ARGUMENT at `field` where the path has more levels than a managed one may have.
absl::Status CheckLevels(std::string_view path, std::string_view field);
// FAILED_PRECONDITION where what comes with this path lands elsewhere.
absl::Status RequireNotMoved(std::string_view path, const Resolved& resolved);
// NOT_FOUND; ABORTED unless `etag` is empty or the reason's.
absl::Status RequireManaged(const v1::ContactReason& reason, std::string_view etag);
// Where `path` lands once `from` is called `into`. INVALID_ARGUMENT at `into` where no managed reason may be.
absl::StatusOr<std::string> MovedManaged(std::string_view path, std::string_view from, std::string_view into);
// INVALID_ARGUMENT where `into` is `from` or below it.
absl::Status CheckDestination(std::string_view from, std::string_view into);

}  // namespace dangol::tickets
