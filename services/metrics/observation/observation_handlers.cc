#include "services/metrics/observation/observation_handlers.h"

#include <algorithm>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/resource/page.h"
#include "services/metrics/calendar/work_calendar.h"
#include "services/metrics/day.h"
#include "services/metrics/engine/engine_store.h"
#include "services/metrics/kpi/kpi_store.h"
#include "services/metrics/names.h"
#include "services/metrics/observation/missing.h"
#include "services/metrics/observation/observation_store.h"
#include "services/metrics/observation/per_thousand.h"
#include "services/metrics/observation/series.h"
#include "services/metrics/system/time_slots.h"

namespace dangol::metrics {
namespace {

constexpr int64_t kPeriodsMost = 400;

// How many periods have one of these days.
int64_t PeriodsOf(const Calendar& calendar, int64_t first, int64_t last, v1::Granularity granularity) {
  if (granularity == v1::MONTH) return absl::CivilMonth(CivilDayOf(last)) - absl::CivilMonth(CivilDayOf(first)) + 1;
  const int64_t days = calendar.PeriodOf(last, granularity).first - calendar.PeriodOf(first, granularity).first;
  return days / (granularity == v1::WEEK ? 7 : 1) + 1;
}

absl::StatusOr<Period> RangeOf(const v1::QuerySeriesRequest& request, const Calendar& calendar) {
  ASSIGN_OR_RETURN(const int64_t first, DayIn("first_day", request.first_day()));
  ASSIGN_OR_RETURN(const int64_t last, DayIn("last_day", request.last_day()));
  if (last < first) {
    return InvalidField("last_day", fmt::format("{} is before first_day, which is {}. Send a day that is not.",
                                                request.last_day(), request.first_day()));
  }
  if (PeriodsOf(calendar, first, last, request.granularity()) > kPeriodsMost) {
    return InvalidField("last_day", fmt::format("{} makes more than {} periods. Send a longer granularity, or ask "
                                                "again for the rest.",
                                                request.last_day(), kPeriodsMost));
  }
  return Period{first, last};
}

absl::StatusOr<v1::Series> SeriesOf(storage::Snapshot& snapshot, const v1::Engine& engine, const WorkCalendar& calendar,
                                    const v1::Kpi& kpi, v1::Granularity granularity, Period range, absl::Time now) {
  v1::Series series;
  series.set_kpi(kpi.name());
  ASSIGN_OR_RETURN(std::vector<v1::Point> points, ReadPoints(snapshot, kpi, calendar, granularity, range, now));
  RETURN_IF_ERROR(SetQuantiles(snapshot, kpi, granularity, points));
  RETURN_IF_ERROR(SetPerThousand(snapshot, engine, calendar, kpi, points));
  const Period whole{calendar.PeriodOf(range.first, granularity).first,
                     calendar.PeriodOf(range.last, granularity).last};
  ASSIGN_OR_RETURN(const std::vector<int64_t> overdue, OverdueDays(snapshot, kpi, calendar, whole, now));
  for (v1::Point& point : points) {
    const auto first = std::ranges::lower_bound(overdue, ParseDay(point.first_day()).value_or(0));
    const auto behind = std::ranges::upper_bound(overdue, ParseDay(point.last_day()).value_or(0));
    point.set_missing(static_cast<int32_t>(behind - first));
    *series.add_points() = std::move(point);
  }
  return series;
}

}  // namespace

absl::StatusOr<v1::ListObservationRevisionsResponse> ListObservationRevisions(
    storage::Snapshot& snapshot, const rpc::Call&, const v1::ListObservationRevisionsRequest& request) {
  const std::string& name = request.parent();
  RETURN_IF_ERROR(ReadObservation(snapshot, name).status());
  const std::string_view engine_id = kObservationPattern.Id(name);
  const std::string_view kpi_id = kObservationPattern.Id(name, 1);
  ASSIGN_OR_RETURN(const v1::Kpi kpi, ReadKpi(snapshot, kKpiPattern.Name(engine_id, kpi_id)));
  const int64_t day = ParseDay(kObservationPattern.Id(name, 2)).value_or(0);
  return resource::Page<resource::NumberKey>(
      request, &v1::ListObservationRevisionsResponse::mutable_revisions,
      [&](const auto& before, int64_t most) { return ReadRevisions(snapshot, engine_id, kpi_id, day, before, most); },
      [&](const ObservationRow& row) -> absl::StatusOr<v1::ObservationRevision> {
        v1::ObservationRevision revision;
        revision.set_name(kObservationRevisionPattern.Name(engine_id, kpi_id, ShownDay(day), row.revision));
        *revision.mutable_observation() = Shown(row, kpi);
        revision.mutable_observation()->clear_first_record_time();  // a later revision knows no better
        return revision;
      },
      [](const ObservationRow& row) { return resource::NumberKey{row.revision}; });
}

absl::StatusOr<v1::QuerySeriesResponse> QuerySeries(storage::Snapshot& snapshot, const rpc::Call& call,
                                                    const v1::QuerySeriesRequest& request) {
  ASSIGN_OR_RETURN(const v1::Engine engine, ReadEngine(snapshot, request.engine()));
  ASSIGN_OR_RETURN(const WorkCalendar calendar, ReadWorkCalendar(snapshot, engine));
  ASSIGN_OR_RETURN(const Period range, RangeOf(request, calendar));
  v1::QuerySeriesResponse response;
  for (int i = 0; i < request.kpis_size(); ++i) {
    const std::string& name = request.kpis(i);
    const std::string path = fmt::format("kpis[{}]", i);
    if (kEnginePattern.Name(kKpiPattern.Id(name)) != request.engine())
      return InvalidField(path, fmt::format("{} is not of {}. Name its own.", ShownValue(name), request.engine()));
    absl::StatusOr<v1::Kpi> kpi = ReadKpi(snapshot, name);
    if (!kpi.ok()) return AtField(kpi.status(), path);
    ASSIGN_OR_RETURN(*response.add_series(),
                     SeriesOf(snapshot, engine, calendar, *kpi, request.granularity(), range, call.now()));
  }
  return response;
}

absl::StatusOr<v1::ListMissingEntriesResponse> ListMissingEntries(storage::Snapshot& snapshot, const rpc::Call& call,
                                                                  const v1::ListMissingEntriesRequest& request) {
  ASSIGN_OR_RETURN(const v1::Engine engine, ReadEngine(snapshot, request.parent()));
  ASSIGN_OR_RETURN(const WorkCalendar calendar, ReadWorkCalendar(snapshot, engine));
  const int64_t today = calendar.DayAt(call.now());
  ASSIGN_OR_RETURN(const std::vector<v1::Kpi> kpis, ReadKpis(snapshot, kEnginePattern.Id(engine.name())));
  ASSIGN_OR_RETURN(std::vector<v1::MissingEntry> missing,
                   FindMissing(snapshot, engine, calendar, kpis, {today - kMissingDays, today - 1}, call.now()));
  if (!request.member().empty()) {
    std::erase_if(missing, [&](const v1::MissingEntry& entry) { return entry.member() != request.member(); });
  }
  // The key is the day, as a time in UTC, and the KPI.
  const auto key_of = [](const v1::MissingEntry& entry) {
    return resource::TimeKey{absl::UnixEpoch() + ParseDay(entry.day()).value_or(0) * absl::Hours(24),
                             std::string(kKpiPattern.Id(entry.kpi(), 1))};
  };
  return resource::Page<resource::TimeKey>(
      request, &v1::ListMissingEntriesResponse::mutable_missing_entries,
      [&](const std::optional<resource::TimeKey>& after,
          int64_t most) -> absl::StatusOr<std::vector<v1::MissingEntry>> {
        const auto is_before = [&](const v1::MissingEntry& entry) {
          const resource::TimeKey key = key_of(entry);
          return after && std::tie(key.time, key.id) <= std::tie(after->time, after->id);
        };
        std::erase_if(missing, is_before);
        missing.resize(std::min(missing.size(), static_cast<size_t>(most)));
        return missing;
      },
      [](const v1::MissingEntry& entry) -> absl::StatusOr<v1::MissingEntry> { return entry; }, key_of);
}

}  // namespace dangol::metrics
