#include "tests/simulation/engine_checks.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/time/civil_time.h"
#include "fmt/format.h"

#include "dangol/metrics/v1/engine_service.pb.h"
#include "dangol/metrics/v1/kpi_service.pb.h"
#include "tests/simulation/engine_operations.h"

namespace dangol::simulation {
namespace {

using metrics::v1::Engine;
using metrics::v1::Kpi;
using metrics::v1::Point;
using metrics::v1::RecordObservationsRequest;

// More than agents go back; whatever is entered lies in it.
constexpr int64_t kDaysBack = 100;
// More than a service's clock may be ahead.
constexpr int64_t kDaysAhead = 3;
// KPIs of one QuerySeries.
constexpr size_t kKpisMost = 20;

size_t CountOf(std::string_view text, std::string_view part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

class EngineCheck {
 public:
  EngineCheck(const AskMetrics& ask, const std::string& dump, absl::Time now, LoopLedger& ledger)
      : ask_(ask), dump_(dump), today_(absl::ToCivilDay(now, absl::UTCTimeZone())), ledger_(ledger) {}

  void Run() {
    Blocks();
    metrics::v1::ListEnginesRequest request;
    request.set_page_size(1000);
    metrics::v1::ListEnginesResponse engines;
    if (!ask_("/dangol.metrics.v1.EngineService/ListEngines", request, engines)) return;
    for (const Engine& engine : engines.engines()) Numbers(engine);
  }

 private:
  // A block is taken in whole or not at all, and once. What was refused is not there, unless it came again
  // when it was not.
  void Blocks() {
    for (const Operation& operation : ledger_.operations) {
      if (!operation.method.ends_with("RecordObservations") || operation.request_id.empty()) continue;
      RecordObservationsRequest request;
      request.ParseFromString(operation.request);
      int found = 0;
      for (int cell = 0; cell < request.entries_size(); ++cell) {
        // What was said of a day; and the day itself, as long as that was said last.
        const size_t rows = CountOf(dump_, BlockNote(operation, cell));
        if (rows > 2) ledger_.Violation(fmt::format("block {}: cell {} stands {} times", operation.number, cell, rows));
        found += rows > 0 ? 1 : 0;
      }
      const bool refused = operation.outcome == Outcome::kRefused && !ledger_.doubled;
      const bool whole = found == request.entries_size() && !refused;
      if (whole || (found == 0 && operation.outcome != Outcome::kAcknowledged)) continue;
      ledger_.Violation(
          fmt::format("block {} of {} cells: {} are there", operation.number, request.entries_size(), found));
    }
  }

  // Invariant 8: weeks and months are their days.
  void Numbers(const Engine& engine) {
    metrics::v1::ListKpisRequest request;
    request.set_parent(engine.name());
    request.set_page_size(1000);
    metrics::v1::ListKpisResponse kpis;
    if (!ask_("/dangol.metrics.v1.KpiService/ListKpis", request, kpis)) return;
    std::vector<Kpi> asked;
    for (const Kpi& kpi : kpis.kpis()) {
      asked.push_back(kpi);
      if (asked.size() < kKpisMost && &kpi != &*kpis.kpis().rbegin()) continue;
      const std::vector<metrics::v1::Series> days = SeriesOf(engine, asked, metrics::v1::DAY);
      for (const auto granularity : {metrics::v1::WEEK, metrics::v1::MONTH}) {
        const std::vector<metrics::v1::Series> periods = SeriesOf(engine, asked, granularity);
        for (size_t i = 0; i < std::min(days.size(), periods.size()); ++i) {
          for (const Point& period : periods[i].points()) Compare(asked[i], days[i], period);
        }
      }
      asked.clear();
    }
  }

  std::vector<metrics::v1::Series> SeriesOf(const Engine& engine, const std::vector<Kpi>& kpis,
                                            metrics::v1::Granularity granularity) {
    metrics::v1::QuerySeriesRequest request;
    request.set_engine(engine.name());
    for (const Kpi& kpi : kpis) request.add_kpis(kpi.name());
    request.set_granularity(granularity);
    request.set_first_day(absl::FormatCivilTime(today_ - kDaysBack));
    request.set_last_day(absl::FormatCivilTime(today_ + kDaysAhead));
    metrics::v1::QuerySeriesResponse response;
    if (!ask_("/dangol.metrics.v1.KpiService/QuerySeries", request, response)) return {};
    if (response.series_size() != request.kpis_size()) ledger_.Violation("a series is missing");
    return {response.series().begin(), response.series().end()};
  }

  void Compare(const Kpi& kpi, const metrics::v1::Series& series, const Point& period) {
    const auto& days = series.points();
    // Its other days were not asked for.
    if (days.empty() || period.first_day() < days.begin()->first_day() || period.last_day() > days.rbegin()->last_day())
      return;
    Point sum;
    std::optional<double> last;
    for (const Point& day : days) {
      if (day.first_day() < period.first_day() || day.first_day() > period.last_day()) continue;
      sum.set_numerator(sum.numerator() + day.numerator());
      sum.set_denominator(sum.denominator() + day.denominator());
      sum.set_recorded(sum.recorded() + day.recorded());
      sum.set_not_applicable(sum.not_applicable() + day.not_applicable());
      if (day.recorded() > 0) last = day.value();
    }
    const bool is_last = kpi.kind() == Kpi::LAST;
    Require(kpi, period, "numerator", period.numerator(), is_last ? last.value_or(0) : sum.numerator());
    Require(kpi, period, "denominator", period.denominator(), sum.denominator());
    Require(kpi, period, "recorded", period.recorded(), sum.recorded());
    Require(kpi, period, "not_applicable", period.not_applicable(), sum.not_applicable());
  }

  void Require(const Kpi& kpi, const Point& period, std::string_view what, double is, double should_be) {
    if (std::abs(is - should_be) < 0.0005) return;
    ledger_.Violation(fmt::format("{} from {} to {}: its {} is {}, and its days make {}", kpi.name(),
                                  period.first_day(), period.last_day(), what, is, should_be));
  }

  const AskMetrics& ask_;
  const std::string& dump_;
  const absl::CivilDay today_;
  LoopLedger& ledger_;
};

}  // namespace

void CheckEngines(const AskMetrics& ask, const std::string& dump, absl::Time now, LoopLedger& ledger) {
  EngineCheck(ask, dump, now, ledger).Run();
}

}  // namespace dangol::simulation
