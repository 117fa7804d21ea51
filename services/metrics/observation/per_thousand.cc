#include "services/metrics/observation/per_thousand.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "common/base/status_macros.h"
#include "services/metrics/day.h"
#include "services/metrics/effect/effect_store.h"
#include "services/metrics/names.h"
#include "services/metrics/observation/observation_store.h"

namespace dangol::metrics {
namespace {

constexpr double kThousand = 1000;

// The numbers of a KPI by their days.
using Numbers = std::map<int64_t, int64_t>;

absl::StatusOr<Numbers> ReadNumbers(storage::Snapshot& snapshot, std::string_view kpi, Period range) {
  ASSIGN_OR_RETURN(const std::vector<ObservationRow> days,
                   ReadDays(snapshot, kKpiPattern.Id(kpi), kKpiPattern.Id(kpi, 1), range));
  Numbers numbers;
  for (const ObservationRow& row : days) {
    if (row.known.state == v1::Observation::NUMBER) numbers[row.day] = row.known.numerator;
  }
  return numbers;
}

// Both of the same days: those of which the exposure is known.
std::optional<double> PerThousandOf(const Numbers& complaints, const Numbers& exposures, Period period) {
  int64_t complained = 0;
  int64_t exposed = 0;
  const auto end = exposures.upper_bound(period.last);
  for (auto day = exposures.lower_bound(period.first); day != end; ++day) {
    exposed += day->second;
    if (const auto found = complaints.find(day->first); found != complaints.end()) complained += found->second;
  }
  if (exposed <= 0) return std::nullopt;
  return static_cast<double>(complained) / static_cast<double>(exposed) * kThousand;
}

}  // namespace

absl::Status SetPerThousand(storage::Snapshot& snapshot, const v1::Engine& engine, const Calendar& calendar,
                            const v1::Kpi& kpi, std::span<v1::Point> points) {
  if (kpi.system() != v1::COMPLAINTS || engine.exposure_kpi().empty() || points.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::optional<absl::Time> first_known, FirstComplaintTime(snapshot));
  if (!first_known) return absl::OkStatus();
  const Period range{std::max(*ParseDay(points.front().first_day()), calendar.DayAt(*first_known)),
                     *ParseDay(points.back().last_day())};
  ASSIGN_OR_RETURN(const Numbers complaints, ReadNumbers(snapshot, kpi.name(), range));
  ASSIGN_OR_RETURN(const Numbers exposures, ReadNumbers(snapshot, engine.exposure_kpi(), range));
  for (v1::Point& point : points) {
    if (!point.has_value()) continue;
    const Period period{*ParseDay(point.first_day()), *ParseDay(point.last_day())};
    if (const auto value = PerThousandOf(complaints, exposures, period)) point.set_per_thousand(*value);
  }
  return absl::OkStatus();
}

}  // namespace dangol::metrics
