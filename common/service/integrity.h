// Checks of the invariants that a service can check alone, while it runs.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "common/feed/append.h"
#include "common/storage/database.h"
#include "dangol/api/v1/admin_service.pb.h"

namespace dangol::service {

// Collects what one check finds.
class Findings {
 public:
  // `check` is one of the response's.
  Findings(dangol::api::v1::CheckIntegrityResponse::Check& check, dangol::api::v1::CheckIntegrityResponse& response)
      : response_(response), check_(&check) {}

  void Examined(int64_t rows) { check_->set_examined(check_->examined() + rows); }
  // A part that has too many rows.
  void LeftOut() { check_->set_left_out(check_->left_out() + 1); }
  // `description` must not hold personal data.
  void Violation(std::string_view resource, std::string_view description);

 private:
  dangol::api::v1::CheckIntegrityResponse& response_;
  dangol::api::v1::CheckIntegrityResponse::Check* check_;
};

// One resource of an event's row, such as `tickets/a@3`, in its parts; none where it has no such form.
std::optional<feed::Touched> ParseTouched(std::string_view touched);

// Rows that a slice may read whole to count them again, and entries of an index: more would hold its snapshot too long.
inline constexpr int64_t kRecountMost = 20'000;
inline constexpr int64_t kCountMost = 200'000;

// A check looks at a slice of a few hundred rows behind `position` and returns where the next slice begins; empty:
// done. `position` is empty at first. What is wrong with a row is a violation, and no error of the check: an error ends
// the check, and is listed as a violation. A slice has a snapshot of its own, which it may hold for 100 ms only: a
// check must not compare slices with each other, and leaves out what is too large for one. Where a slice is too slow
// again and again, the rest of the check is left out.
struct IntegrityCheck {
  std::string_view name;
  std::function<absl::StatusOr<std::string>(storage::Snapshot&, const std::string& position, Findings&)> slice;
};

// The checks of the tables that every service has.
std::vector<IntegrityCheck> CoreIntegrityChecks();

}  // namespace dangol::service
