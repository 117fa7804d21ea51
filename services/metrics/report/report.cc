#include "services/metrics/report/report.h"

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "services/metrics/calendar/work_calendar.h"
#include "services/metrics/day.h"
#include "services/metrics/engine/engine_store.h"
#include "services/metrics/kpi/kpi_store.h"
#include "services/metrics/names.h"
#include "services/metrics/observation/missing.h"
#include "services/metrics/observation/per_thousand.h"
#include "services/metrics/observation/series.h"
#include "services/metrics/report/review_store.h"
#include "services/metrics/report/xmr.h"
#include "services/metrics/system/system_rules.h"
#include "services/metrics/system/time_slots.h"

namespace dangol::metrics {
namespace {

using storage::Row;
using v1::Kpi;
using v1::Point;
using v1::Report;
using v1::ReportRow;

constexpr int64_t kShippedMost = 100;

// What all rows of a report have in common.
struct Frame {
  storage::Snapshot& snapshot;
  const v1::Engine& engine;
  const WorkCalendar calendar;
  v1::Granularity granularity;
  Period period;
  Period history;  // days from the first of the history to the last of the period
  absl::Time now;
};

int PeriodsOf(v1::Granularity granularity) {
  if (granularity == v1::DAY) return 28;
  return granularity == v1::WEEK ? 26 : 13;
}

absl::StatusOr<Frame> FrameOf(storage::Snapshot& snapshot, const v1::Engine& engine, v1::Granularity granularity,
                              int64_t day, absl::Time now) {
  ASSIGN_OR_RETURN(WorkCalendar calendar, ReadWorkCalendar(snapshot, engine));
  Frame frame{snapshot, engine, std::move(calendar), granularity, {}, {}, now};
  frame.period = frame.calendar.PeriodOf(day, granularity);
  Period first = frame.period;
  for (int i = 1; i < PeriodsOf(granularity); ++i) first = frame.calendar.Before(first, granularity);
  frame.history = {first.first, frame.period.last};
  return frame;
}

ReportRow::Status StatusOf(const Kpi& kpi, const Point& point) {
  if (!point.has_value()) return point.so_far() ? ReportRow::SO_FAR : ReportRow::NO_VALUE;
  if (!point.has_target() || kpi.better() == Kpi::BETTER_UNSPECIFIED) return ReportRow::NO_TARGET;
  if (point.so_far()) return ReportRow::SO_FAR;
  const bool reached = kpi.better() == Kpi::HIGHER ? point.value() >= point.target() : point.value() <= point.target();
  return reached ? ReportRow::ON_TARGET : ReportRow::OFF_TARGET;
}

void AddSignals(const std::vector<Point>& history, ReportRow& row) {
  std::vector<double> before;
  for (size_t i = 0; i + 1 < history.size(); ++i) {
    // What is known so far is not compared.
    if (history[i].has_value() && !history[i].so_far()) before.push_back(history[i].value());
  }
  const std::optional<XmrLimits> limits = LimitsOf(before);
  if (!limits) return;
  row.set_mean(limits->mean);
  row.set_lower_limit(limits->lower);
  row.set_upper_limit(limits->upper);
  const Point& point = history.back();
  if (!point.has_value() || point.so_far()) return;
  for (v1::Signal& signal : SignalsOf(*limits, before, point.value())) *row.add_signals() = std::move(signal);
}

absl::StatusOr<ReportRow> RowOf(const Frame& frame, const Kpi& kpi, int32_t missing) {
  ReportRow row;
  row.set_kpi(kpi.name());
  row.set_stage(kpi.stage());
  *row.mutable_display_names() = kpi.display_names();
  row.set_kind(kpi.kind());
  row.set_unit(kpi.unit());
  row.set_better(kpi.better());
  ASSIGN_OR_RETURN(std::vector<Point> history,
                   ReadPoints(frame.snapshot, kpi, frame.calendar, frame.granularity, frame.history, frame.now));
  history.back().set_missing(missing);
  RETURN_IF_ERROR(SetQuantiles(frame.snapshot, kpi, frame.granularity, std::span(&history.back(), 1)));
  RETURN_IF_ERROR(SetPerThousand(frame.snapshot, frame.engine, frame.calendar, kpi, std::span(&history.back(), 1)));
  *row.mutable_point() = history.back();
  row.set_status(StatusOf(kpi, history.back()));
  if (history.size() > 1 && history[history.size() - 2].has_value())
    row.set_previous(history[history.size() - 2].value());
  const Period year_before = frame.calendar.YearBefore(frame.period, frame.granularity);
  ASSIGN_OR_RETURN(const std::vector<Point> last_year,
                   ReadPoints(frame.snapshot, kpi, frame.calendar, frame.granularity, year_before, frame.now));
  if (last_year.front().has_value()) row.set_year_before(last_year.front().value());
  AddSignals(history, row);
  for (Point& point : history) *row.add_history() = std::move(point);
  return row;
}

// Working time stands behind the time that it is a part of.
int PlaceOf(v1::SystemKpi system) {
  constexpr int kStep = 2;
  switch (system) {
    case v1::FIRST_RESPONSE_WORK:
      return v1::FIRST_RESPONSE_TIME * kStep + 1;
    case v1::DECISION_WORK:
      return v1::DECISION_TIME * kStep + 1;
    case v1::LOOP_WORK:
      return v1::LOOP_TIME * kStep + 1;
    default:
      return system * kStep;
  }
}

// Stage by stage, those of the whole engine last; of each first what is entered. How often strategies were followed is
// told by GetStrategyMix.
std::vector<Kpi> InOrder(const v1::Engine& engine, std::vector<Kpi> kpis) {
  std::erase_if(kpis, [](const Kpi& kpi) { return kpi.state() != Kpi::ACTIVE || GenerationOf(kpi.system()) != 0; });
  std::map<std::string_view, int, std::less<>> places;
  for (const v1::Stage& stage : engine.stages()) places.emplace(stage.stage_id(), static_cast<int>(places.size()));
  const auto place = [&](const Kpi& kpi) {
    const auto found = places.find(kStagePattern.Id(kpi.stage(), 1));
    const int number = found == places.end() ? static_cast<int>(places.size()) : found->second;
    return std::pair(number, PlaceOf(kpi.system()));
  };
  std::ranges::stable_sort(kpis, {}, place);
  return kpis;
}

void AddMissing(const std::vector<v1::MissingEntry>& missing, Report& report) {
  std::map<std::string, v1::MissingByMember> by_member;
  for (const v1::MissingEntry& entry : missing) {
    v1::MissingByMember& of_member = by_member[entry.member()];
    of_member.set_member(entry.member());
    of_member.set_entries(of_member.entries() + 1);
    if (of_member.oldest_day().empty()) of_member.set_oldest_day(entry.day());
  }
  for (auto& [_, of_member] : by_member) *report.add_missing() = std::move(of_member);
  std::stable_sort(report.mutable_missing()->begin(), report.mutable_missing()->end(),
                   [](const auto& a, const auto& b) { return a.entries() > b.entries(); });
}

absl::Status AddShipped(const Frame& frame, Report& report) {
  return frame.snapshot.Query(
      R"(
      SELECT change_id, title, ship_time FROM change
      WHERE ship_time >= $1 AND ship_time < $2
      ORDER BY ship_time, change_id
      LIMIT $3)",
      {frame.calendar.StartOf(frame.period.first), frame.calendar.StartOf(frame.period.last + 1), kShippedMost},
      [&](const Row& row) {
        v1::ShippedChange& shipped = *report.add_shipped();
        shipped.set_change(kChangePattern.Name(row.Bytes(0)));
        shipped.set_title(row.Text(1));
        *shipped.mutable_ship_time() = ToProtoTime(row.Time(2));
      });
}

}  // namespace

absl::StatusOr<Report> GetReport(storage::Snapshot& snapshot, const rpc::Call& call,
                                 const v1::GetReportRequest& request) {
  ASSIGN_OR_RETURN(const v1::Engine engine, ReadEngine(snapshot, request.engine()));
  const std::string_view engine_id = kEnginePattern.Id(engine.name());
  int64_t day = Calendar(engine).DayAt(call.now());
  if (!request.day().empty()) {
    ASSIGN_OR_RETURN(day, DayIn("day", request.day()));
  }
  ASSIGN_OR_RETURN(const Frame frame, FrameOf(snapshot, engine, request.granularity(), day, call.now()));
  Report report;
  report.set_engine(engine.name());
  report.set_granularity(frame.granularity);
  report.set_first_day(ShownDay(frame.period.first));
  report.set_last_day(ShownDay(frame.period.last));
  report.set_so_far(frame.period.last >= frame.calendar.DayAt(call.now()));
  ASSIGN_OR_RETURN(std::vector<Kpi> kpis, ReadKpis(snapshot, engine_id));
  ASSIGN_OR_RETURN(std::vector<v1::MissingEntry> missing,
                   FindMissing(snapshot, engine, frame.calendar, kpis, frame.period, call.now()));
  std::erase_if(missing, [&](const v1::MissingEntry& entry) { return FromProtoTime(entry.due_time()) > call.now(); });
  std::map<std::string_view, int32_t> missing_of;  // by KPI
  for (const v1::MissingEntry& entry : missing) ++missing_of[entry.kpi()];
  for (const Kpi& kpi : InOrder(engine, std::move(kpis))) {
    ASSIGN_OR_RETURN(*report.add_rows(), RowOf(frame, kpi, missing_of[kpi.name()]));
  }
  AddMissing(missing, report);
  RETURN_IF_ERROR(AddShipped(frame, report));
  ASSIGN_OR_RETURN(std::vector<v1::ReportReview> reviews,
                   ReadReviews(snapshot, engine_id, frame.granularity, frame.period.first));
  for (v1::ReportReview& review : reviews) *report.add_reviews() = std::move(review);
  return report;
}

}  // namespace dangol::metrics
