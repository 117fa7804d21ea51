#include "common/service/integrity.h"

#include <cstdlib>

#include "common/base/status_macros.h"
#include "fmt/format.h"

namespace dangol::service {
namespace {

constexpr int64_t kSliceRows = 250;
constexpr int kViolationsMax = 100;

// Invariant 7: 1, 2, 3 … without a gap, up to the head.
absl::StatusOr<std::string> FeedIsDense(storage::Snapshot& snapshot, const std::string& position, Findings& findings) {
  int64_t expected = position.empty() ? 1 : std::strtoll(position.c_str(), nullptr, 10);
  ASSIGN_OR_RETURN(const int64_t head, snapshot.QueryInteger("SELECT last_seq FROM feed_head", {}));
  int64_t rows = 0;
  RETURN_IF_ERROR(snapshot.Query("SELECT seq FROM feed WHERE seq >= $1 ORDER BY seq LIMIT $2", {expected, kSliceRows},
                                 [&](const storage::Row& row) {
                                   ++rows;
                                   const int64_t sequence = row.Integer(0);
                                   if (sequence != expected) {
                                     findings.Violation(fmt::format("feed {}", expected),
                                                        fmt::format("the feed goes on at {} instead of {}", sequence, expected));
                                   }
                                   if (sequence > head) {
                                     findings.Violation(fmt::format("feed {}", sequence),
                                                        fmt::format("the event is behind the head, which is at {}", head));
                                   }
                                   expected = sequence + 1;
                                 }));
  findings.Examined(rows);
  if (rows == kSliceRows) return std::to_string(expected);
  if (expected != head + 1) findings.Violation("feed", fmt::format("the head is at {}, the last event at {}", head, expected - 1));
  return "";
}

}  // namespace

void Findings::Violation(std::string_view resource, std::string_view description) {
  response_.set_violation_count(response_.violation_count() + 1);
  if (response_.violations_size() >= kViolationsMax) return;
  auto* violation = response_.add_violations();
  violation->set_check(check_->name());
  violation->set_resource(std::string(resource));
  violation->set_description(std::string(description));
}

std::vector<IntegrityCheck> CoreIntegrityChecks() { return {{"feed-dense", FeedIsDense}}; }

}  // namespace dangol::service
