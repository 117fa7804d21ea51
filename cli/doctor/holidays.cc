#include "cli/doctor/holidays.h"

#include <optional>

#include "absl/time/civil_time.h"
#include "fmt/format.h"

#include "common/base/civil.h"

namespace dangol::cli {
namespace {

// Long enough for a new version, or for somebody to enter the days of the next year.
constexpr int kWarnedDays = 180;

}  // namespace

std::string HolidaysWarning(const dangol::tickets::v1::TriagePolicy& policy, absl::Time now) {
  const std::optional<absl::CivilDay> end = ParseCivilDay(policy.holidays_end_day());
  if (!end || *end - absl::ToCivilDay(now, absl::UTCTimeZone()) > kWarnedDays) return "";
  return fmt::format(
      "The built-in holidays of the triage policy end on {}: later ones count as working days. Use a newer version, or "
      "name them: dangol policy set --extra-holidays {}-01-01 …",
      policy.holidays_end_day(), end->year() + 1);
}

}  // namespace dangol::cli
