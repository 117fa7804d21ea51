#include "services/metrics/observation/missing.h"

#include <algorithm>
#include <set>
#include <string>
#include <tuple>

#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "services/metrics/day.h"
#include "services/metrics/kpi/kpi_rules.h"
#include "services/metrics/member/workers.h"
#include "services/metrics/names.h"
#include "services/metrics/observation/observation_store.h"

namespace dangol::metrics {
namespace {

// Days of the period, before today, that are to be entered and of which nothing is known, in order.
absl::StatusOr<std::vector<int64_t>> MissingDays(storage::Snapshot& snapshot, const v1::Kpi& kpi,
                                                 const WorkCalendar& calendar, Period period, absl::Time now) {
  period.last = std::min(period.last, calendar.DayAt(now) - 1);
  ASSIGN_OR_RETURN(const std::set<int64_t> known,
                   ReadKnownDays(snapshot, kKpiPattern.Id(kpi.name()), kKpiPattern.Id(kpi.name(), 1), period));
  std::vector<int64_t> days;
  for (int64_t day = period.first; day <= period.last; ++day) {
    if (!known.contains(day) && IsDue(kpi, calendar, day)) days.push_back(day);
  }
  return days;
}

}  // namespace

absl::StatusOr<std::vector<v1::MissingEntry>> FindMissing(storage::Snapshot& snapshot, const v1::Engine& engine,
                                                          const WorkCalendar& calendar,
                                                          const std::vector<v1::Kpi>& kpis, Period period,
                                                          absl::Time now) {
  Workers workers(snapshot, calendar.DayAt(now));
  std::vector<v1::MissingEntry> missing;
  for (const v1::Kpi& kpi : kpis) {
    if (kpi.state() != v1::Kpi::ACTIVE && kpi.last_day().empty()) continue;
    ASSIGN_OR_RETURN(const std::string worker, workers.Of(OwnerOf(kpi, engine)));
    ASSIGN_OR_RETURN(const std::vector<int64_t> days, MissingDays(snapshot, kpi, calendar, period, now));
    for (const int64_t day : days) {
      v1::MissingEntry& entry = missing.emplace_back();
      entry.set_kpi(kpi.name());
      entry.set_day(ShownDay(day));
      entry.set_member(worker);
      *entry.mutable_due_time() = ToProtoTime(DueTime(kpi, calendar, day));
    }
  }
  std::ranges::sort(missing, {}, [](const v1::MissingEntry& entry) { return std::tie(entry.day(), entry.kpi()); });
  return missing;
}

absl::StatusOr<std::vector<int64_t>> OverdueDays(storage::Snapshot& snapshot, const v1::Kpi& kpi,
                                                 const WorkCalendar& calendar, Period period, absl::Time now) {
  ASSIGN_OR_RETURN(std::vector<int64_t> days, MissingDays(snapshot, kpi, calendar, period, now));
  std::erase_if(days, [&](int64_t day) { return DueTime(kpi, calendar, day) > now; });
  return days;
}

}  // namespace dangol::metrics
