#include "services/metrics/system/close_day.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/storage/sweep.h"
#include "services/metrics/calendar/work_calendar.h"
#include "services/metrics/engine/engine_store.h"
#include "services/metrics/kpi/kpi_rules.h"
#include "services/metrics/kpi/kpi_store.h"
#include "services/metrics/names.h"
#include "services/metrics/observation/observation_rules.h"
#include "services/metrics/observation/observation_store.h"
#include "services/metrics/report/review_store.h"
#include "services/metrics/system/system_counts.h"

namespace dangol::metrics {
namespace {

using v1::Kpi;

// That are counted at once.
constexpr int64_t kDaysMost = 40;
// So far back is looked for the day before that was open.
constexpr int64_t kClosedMost = 366;
constexpr int64_t kOne = static_cast<int64_t>(kThousandths);

struct ClosedDay {
  storage::Transaction& transaction;
  const v1::Engine& engine;
  const WorkCalendar& calendar;
  const std::vector<Kpi>& kpis;
  int64_t day;
};

std::string_view EngineId(const ClosedDay& closed) { return kEnginePattern.Id(closed.engine.name()); }

// Numbers that were due on the day, in thousandths: those of the day before that was open.
absl::StatusOr<Share> EntriesOf(const ClosedDay& closed, const std::string& stage) {
  Share share;
  if (!closed.calendar.IsOpen(closed.day)) return share;
  int64_t before = closed.day - 1;
  while (!closed.calendar.IsOpen(before) && closed.day - before < kClosedMost) --before;
  for (const Kpi& kpi : closed.kpis) {
    if (!IsDue(kpi, closed.calendar, before) || (!stage.empty() && kpi.stage() != stage)) continue;
    share.denominator += kOne;
    ASSIGN_OR_RETURN(const std::optional<ObservationRow> found,
                     FindObservation(closed.transaction, EngineId(closed), kKpiPattern.Id(kpi.name(), 1), before));
    if (found && found->on_time) share.numerator += kOne;
  }
  return share;
}

// Reports of the weeks and months before those that end on the day: until then somebody was to read them.
absl::StatusOr<Share> ReportsOf(const ClosedDay& closed) {
  Share share;
  const absl::Time end = closed.calendar.StartOf(closed.day + 1);
  const int64_t first_day = closed.calendar.DayAt(FromProtoTime(closed.engine.create_time()));
  for (const v1::Granularity granularity : {v1::WEEK, v1::MONTH}) {
    const Period period = closed.calendar.PeriodOf(closed.day, granularity);
    const Period before = closed.calendar.Before(period, granularity);
    if (period.last != closed.day || before.last < first_day) continue;
    share.denominator += kOne;
    ASSIGN_OR_RETURN(const std::vector<v1::ReportReview> reviews,
                     ReadReviews(closed.transaction, EngineId(closed), granularity, before.first));
    // Who looked into it while it was not complete has not read it.
    const absl::Time complete = closed.calendar.StartOf(period.first);
    const bool is_read = std::ranges::any_of(reviews, [&](const v1::ReportReview& one) {
      return complete <= FromProtoTime(one.time()) && FromProtoTime(one.time()) < end;
    });
    if (is_read) share.numerator += kOne;
  }
  return share;
}

absl::Status Close(const ClosedDay& closed, absl::Time now) {
  for (const Kpi& kpi : closed.kpis) {
    if (!CountsDays(kpi.system())) continue;
    ASSIGN_OR_RETURN(const Share share,
                     kpi.system() == v1::ON_TIME_ENTRIES ? EntriesOf(closed, kpi.stage()) : ReportsOf(closed));
    if (share.denominator == 0) continue;
    RETURN_IF_ERROR(AddToDay(closed.transaction, closed.calendar, std::string(EngineId(closed)),
                             std::string(kKpiPattern.Id(kpi.name(), 1)), closed.day,
                             {share.numerator, share.denominator}, now));
  }
  return absl::OkStatus();
}

// The first day that was not counted yet.
absl::StatusOr<int64_t> OpenDay(storage::Snapshot& snapshot, std::string_view engine_id) {
  return snapshot.QueryInteger("SELECT day FROM open_day WHERE engine_id = $1", {engine_id});
}

// Counts the days of an engine that have ended, so many at most.
absl::Status CloseEngine(storage::Transaction& transaction, absl::Time now, std::string_view engine_id) {
  ASSIGN_OR_RETURN(const v1::Engine engine, ReadEngine(transaction, kEnginePattern.Name(engine_id)));
  ASSIGN_OR_RETURN(const std::vector<Kpi> kpis, ReadKpis(transaction, engine_id));
  ASSIGN_OR_RETURN(int64_t day, OpenDay(transaction, engine_id));
  ASSIGN_OR_RETURN(const WorkCalendar calendar, ReadWorkCalendar(transaction, engine));
  const int64_t end = std::min(calendar.DayAt(now), day + kDaysMost);
  for (; day < end; ++day) RETURN_IF_ERROR(Close({transaction, engine, calendar, kpis, day}, now));
  return transaction.Execute("UPDATE open_day SET day = $2, end_time = $3 WHERE engine_id = $1",
                             {engine_id, day, calendar.StartOf(day + 1)});
}

}  // namespace

absl::Status BeginDays(storage::Transaction& transaction, const rpc::Call& call, const v1::Engine& engine) {
  const Calendar calendar(engine);
  const int64_t today = calendar.DayAt(call.now());
  const absl::Time end = calendar.StartOf(today + 1);
  RETURN_IF_ERROR(transaction.Execute("INSERT INTO open_day (engine_id, day, end_time) VALUES ($1, $2, $3)",
                                      {kEnginePattern.Id(engine.name()), today, end}));
  return storage::SetTimerNoLater(transaction, end, kCloseTimer, "");
}

absl::Status CloseDays(storage::Transaction& transaction, const rpc::Call& call, const storage::Timer& timer) {
  const auto close = [&](std::string_view engine_id) { return CloseEngine(transaction, call.now(), engine_id); };
  return storage::Sweep(transaction, timer, call.now(),
                        "SELECT engine_id, end_time FROM open_day ORDER BY end_time, engine_id LIMIT $1", close)
      .status();
}

}  // namespace dangol::metrics
