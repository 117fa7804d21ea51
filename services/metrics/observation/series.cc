#include "services/metrics/observation/series.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "services/metrics/day.h"
#include "services/metrics/effect/effect_store.h"
#include "services/metrics/kpi/kpi_rules.h"
#include "services/metrics/names.h"
#include "services/metrics/observation/observation_rules.h"
#include "services/metrics/observation/observation_store.h"
#include "services/metrics/observation/rollup.h"
#include "services/metrics/system/system_rules.h"

namespace dangol::metrics {
namespace {

using v1::Kpi;
using v1::Point;

std::string_view EngineIdOf(const Kpi& kpi) { return kKpiPattern.Id(kpi.name()); }
std::string_view IdOf(const Kpi& kpi) { return kKpiPattern.Id(kpi.name(), 1); }

// A day as the sum of itself.
absl::StatusOr<Rollups> ReadSums(storage::Snapshot& snapshot, const Kpi& kpi, v1::Granularity granularity,
                                 Period range) {
  if (granularity != v1::DAY) return ReadRollups(snapshot, EngineIdOf(kpi), IdOf(kpi), granularity, range);
  ASSIGN_OR_RETURN(const std::vector<ObservationRow> days, ReadDays(snapshot, EngineIdOf(kpi), IdOf(kpi), range));
  Rollups rollups;
  for (const ObservationRow& row : days) {
    rollups[row.day].Add(row.known, 1);
    if (row.revision > 1) rollups[row.day].Restate(row.record_time, row.recorded_by);
  }
  return rollups;
}

absl::Status SetValue(storage::Snapshot& snapshot, const Kpi& kpi, Period period, const Rollup& sums, Point& point) {
  if (sums.recorded == 0) return absl::OkStatus();
  if (IsFraction(kpi)) point.set_denominator(static_cast<double>(sums.denominator) / kThousandths);
  if (point.denominator() < static_cast<double>(FewestShown(kpi.system()))) return absl::OkStatus();
  int64_t numerator = sums.numerator;
  if (kpi.kind() == Kpi::LAST && period.first < period.last) {
    ASSIGN_OR_RETURN(const std::optional<int64_t> last, ReadLast(snapshot, EngineIdOf(kpi), IdOf(kpi), period));
    numerator = last.value_or(0);
  }
  if (const auto value = ValueOf(kpi, numerator, sums.denominator)) point.set_value(*value);
  point.set_numerator(static_cast<double>(numerator) / kThousandths);
  return absl::OkStatus();
}

absl::StatusOr<Point> PointOf(storage::Snapshot& snapshot, const Kpi& kpi, v1::Granularity granularity, Period period,
                              const Rollup& sums) {
  Point point;
  point.set_first_day(ShownDay(period.first));
  point.set_last_day(ShownDay(period.last));
  RETURN_IF_ERROR(SetValue(snapshot, kpi, period, sums, point));
  if (const auto target = TargetOf(kpi, granularity, period)) point.set_target(*target);
  point.set_recorded(static_cast<int32_t>(sums.recorded));
  point.set_not_applicable(static_cast<int32_t>(sums.not_applicable));
  if (sums.restate_time) {
    *point.mutable_restate_time() = ToProtoTime(*sums.restate_time);
    point.set_restated_by(sums.restated_by);
  }
  return point;
}

// A number of a period that has ended may still come in time.
absl::StatusOr<bool> IsAwaited(storage::Snapshot& snapshot, const Kpi& kpi, const WorkCalendar& calendar, Period period,
                               absl::Time now) {
  const auto may_come = [&](int64_t day) { return DueTime(kpi, calendar, day) > now; };
  int64_t day = period.last;
  while (day >= period.first && !IsDue(kpi, calendar, day)) --day;
  if (day < period.first || !may_come(day)) return false;
  ASSIGN_OR_RETURN(const std::set<int64_t> known, ReadKnownDays(snapshot, EngineIdOf(kpi), IdOf(kpi), period));
  for (; day >= period.first && may_come(day); --day) {
    if (IsDue(kpi, calendar, day) && !known.contains(day)) return true;
  }
  return false;
}

}  // namespace

absl::StatusOr<std::vector<Point>> ReadPoints(storage::Snapshot& snapshot, const Kpi& kpi, const WorkCalendar& calendar,
                                              v1::Granularity granularity, Period range, absl::Time now) {
  const Period first = calendar.PeriodOf(range.first, granularity);
  const Period last = calendar.PeriodOf(range.last, granularity);
  ASSIGN_OR_RETURN(const Rollups sums, ReadSums(snapshot, kpi, granularity, {first.first, last.last}));
  const int64_t today = calendar.DayAt(now);
  // Where nothing was counted, nothing came: once anything ever had.
  std::optional<int64_t> zeros_from;
  if (kpi.source() == Kpi::SYSTEM && kpi.kind() == Kpi::COUNT) {
    ASSIGN_OR_RETURN(const std::optional<absl::Time> first_known, FirstComplaintTime(snapshot));
    if (first_known) zeros_from = calendar.DayAt(*first_known);
  }
  std::vector<Point> points;
  for (Period period = first; period.first <= last.first; period = calendar.After(period, granularity)) {
    const auto found = sums.find(period.first);
    ASSIGN_OR_RETURN(Point point,
                     PointOf(snapshot, kpi, granularity, period, found == sums.end() ? Rollup() : found->second));
    bool so_far = period.last + HorizonDays(kpi.system()) >= today;
    if (!so_far) {
      ASSIGN_OR_RETURN(so_far, IsAwaited(snapshot, kpi, calendar, period, now));
    }
    point.set_so_far(so_far);
    if (!point.has_value() && zeros_from && period.last >= *zeros_from && period.first <= today) {
      point.set_value(0);
      point.set_numerator(0);
    }
    points.push_back(std::move(point));
  }
  return points;
}

}  // namespace dangol::metrics
