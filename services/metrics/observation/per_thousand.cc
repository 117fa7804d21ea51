#include "services/metrics/observation/per_thousand.h"

#include <vector>

#include "common/base/status_macros.h"
#include "services/metrics/day.h"
#include "services/metrics/kpi/kpi_store.h"
#include "services/metrics/observation/series.h"

namespace dangol::metrics {
namespace {

constexpr double kThousand = 1000;

}  // namespace

absl::Status SetPerThousand(storage::Snapshot& snapshot, const v1::Engine& engine, const WorkCalendar& calendar,
                            const v1::Kpi& kpi, v1::Granularity granularity, std::span<v1::Point> points,
                            absl::Time now) {
  if (kpi.system() != v1::COMPLAINTS || engine.exposure_kpi().empty() || points.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const v1::Kpi exposure, ReadKpi(snapshot, engine.exposure_kpi()));
  const Period range{*ParseDay(points.front().first_day()), *ParseDay(points.back().last_day())};
  ASSIGN_OR_RETURN(const std::vector<v1::Point> exposed,
                   ReadPoints(snapshot, exposure, calendar, granularity, range, now));
  for (size_t i = 0; i < points.size() && i < exposed.size(); ++i) {
    if (!points[i].has_value() || !exposed[i].has_value() || exposed[i].value() <= 0) continue;
    points[i].set_per_thousand(points[i].value() / exposed[i].value() * kThousand);
  }
  return absl::OkStatus();
}

}  // namespace dangol::metrics
