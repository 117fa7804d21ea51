#include "services/metrics/report/strategy_mix.h"

#include <cstdint>
#include <map>
#include <vector>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/metrics/calendar/calendar.h"
#include "services/metrics/day.h"
#include "services/metrics/engine/engine_store.h"
#include "services/metrics/kpi/kpi_store.h"
#include "services/metrics/names.h"
#include "services/metrics/observation/rollup.h"
#include "services/metrics/system/system_rules.h"

namespace dangol::metrics {
namespace {

constexpr size_t kMonthsMost = 60;
// As numbered: from MAKE_US_KNOWN to BECOME_ONE.
constexpr int kFirst = v1::MAKE_US_KNOWN;
constexpr int kLast = v1::BECOME_ONE;

absl::StatusOr<std::vector<Period>> MonthsOf(const Calendar& calendar, const v1::GetStrategyMixRequest& request) {
  ASSIGN_OR_RETURN(const int64_t first, DayIn("first_day", request.first_day()));
  ASSIGN_OR_RETURN(const int64_t last, DayIn("last_day", request.last_day()));
  std::vector<Period> months;
  Period month = calendar.PeriodOf(first, v1::MONTH);
  for (; month.first <= last && months.size() <= kMonthsMost; month = calendar.After(month, v1::MONTH))
    months.push_back(month);
  if (months.empty()) {
    return InvalidField("last_day", fmt::format("{} is before first_day, which is {}. Send a day that is not.",
                                                request.last_day(), request.first_day()));
  }
  if (months.size() > kMonthsMost) {
    return InvalidField("last_day", fmt::format("{} is more than {} months behind first_day. Ask again for the rest.",
                                                request.last_day(), kMonthsMost));
  }
  return months;
}

// The sums of the KPIs that count strategies for all of the engine, by strategy.
absl::StatusOr<std::map<int, Rollups>> ReadCounts(storage::Snapshot& snapshot, std::string_view engine_id, Period range,
                                                  v1::StrategyMix& mix) {
  std::map<int, Rollups> counts;
  ASSIGN_OR_RETURN(const std::vector<v1::Kpi> kpis, ReadKpis(snapshot, engine_id));
  for (const v1::Kpi& kpi : kpis) {
    if (GenerationOf(kpi.system()) == 0 || !kpi.stage().empty() || counts.contains(kpi.system())) continue;
    if (kpi.counting()) mix.set_counting(true);
    ASSIGN_OR_RETURN(counts[kpi.system()],
                     ReadRollups(snapshot, engine_id, kKpiPattern.Id(kpi.name(), 1), v1::MONTH, range));
  }
  return counts;
}

v1::StrategyMonth MonthOf(Period period, int64_t today, std::map<int, Rollups>& counts) {
  v1::StrategyMonth month;
  month.set_first_day(ShownDay(period.first));
  month.set_last_day(ShownDay(period.last));
  month.set_so_far(period.last >= today);
  int64_t sum = 0;
  int64_t weighted = 0;
  for (int number = kFirst; number <= kLast; ++number) {
    v1::StrategyShare& share = *month.add_strategies();
    share.set_strategy(static_cast<v1::SystemKpi>(number));
    share.set_count(counts[number][period.first].numerator / static_cast<int64_t>(kThousandths));
    sum += share.count();
    weighted += share.count() * GenerationOf(share.strategy());
  }
  if (sum == 0) return month;
  for (v1::StrategyShare& share : *month.mutable_strategies())
    share.set_share(static_cast<double>(share.count()) / static_cast<double>(sum));
  month.set_generation(static_cast<double>(weighted) / static_cast<double>(sum));
  return month;
}

}  // namespace

absl::StatusOr<v1::StrategyMix> GetStrategyMix(storage::Snapshot& snapshot, const rpc::Call& call,
                                               const v1::GetStrategyMixRequest& request) {
  ASSIGN_OR_RETURN(const v1::Engine engine, ReadEngine(snapshot, request.engine()));
  const Calendar calendar(engine);
  ASSIGN_OR_RETURN(const std::vector<Period> months, MonthsOf(calendar, request));
  v1::StrategyMix mix;
  mix.set_engine(engine.name());
  ASSIGN_OR_RETURN(auto counts, ReadCounts(snapshot, kEnginePattern.Id(engine.name()),
                                           {months.front().first, months.back().last}, mix));
  for (const Period& month : months) *mix.add_months() = MonthOf(month, calendar.DayAt(call.now()), counts);
  return mix;
}

}  // namespace dangol::metrics
