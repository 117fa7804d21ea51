#include "services/tickets/reason/reason_rules.h"

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/reason_path.h"
#include "common/base/status_macros.h"
#include "services/tickets/reason/reason_path.h"

namespace dangol::tickets {

absl::Status CheckLevels(std::string_view path, std::string_view field) {
  if (LevelsOf(path) <= kReasonLevelsMost) return absl::OkStatus();
  return InvalidField(field, fmt::format("{} has {} levels, and {} are the most. Leave some out.", ShownValue(path),
                                         LevelsOf(path), kReasonLevelsMost));
}

absl::Status RequireNotMoved(std::string_view path, const Resolved& resolved) {
  if (resolved.path == path) return absl::OkStatus();
  return Error(
      absl::StatusCode::kFailedPrecondition, "REASON_MOVED",
      fmt::format("What comes as {} lands in {}: it, or one above it, was moved. Use that one, or move it back.", path,
                  resolved.path));
}

absl::Status RequireManaged(const v1::ContactReason& reason, std::string_view etag) {
  if (!reason.managed()) return NotFound(reason.name());
  if (!etag.empty() && etag != reason.etag()) return EtagMismatch(reason.name(), etag, reason.etag());
  return absl::OkStatus();
}

absl::StatusOr<std::string> MovedManaged(std::string_view path, std::string_view from, std::string_view into) {
  const std::string moved = std::string(into).append(path.substr(from.size()));
  if (LevelsOf(moved) <= kReasonLevelsMost && moved.size() <= kReasonBytesMost) return moved;
  return InvalidField("into",
                      fmt::format("{} would make {} of {}, which has more than {} levels or {} bytes. Move to a "
                                  "shorter path.",
                                  ShownValue(into), moved, path, kReasonLevelsMost, kReasonBytesMost));
}

absl::Status CheckDestination(std::string_view from, std::string_view into) {
  if (!IsOrIsAbove(from, into)) return absl::OkStatus();
  return InvalidField("into", fmt::format("{} is {} or below it. Name another path.", ShownValue(into), from));
}

}  // namespace dangol::tickets
