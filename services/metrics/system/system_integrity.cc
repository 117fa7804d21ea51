#include "services/metrics/system/system_integrity.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <tuple>
#include <vector>

#include "common/base/status_macros.h"
#include "services/metrics/loop/loop_store.h"
#include "services/metrics/member/member_store.h"
#include "services/metrics/names.h"
#include "services/metrics/system/system_backfill.h"
#include "services/metrics/system/system_counts.h"
#include "services/metrics/system/work.h"

namespace dangol::metrics {
namespace {

using storage::Row;

constexpr int64_t kSliceRows = 250;

// The next KPI that is computed; empty: there is none.
absl::StatusOr<std::string> NextKpi(storage::Snapshot& snapshot, const std::string& position) {
  std::string name;
  RETURN_IF_ERROR(snapshot.Query(R"(
      SELECT engine_id, kpi_id FROM kpi
      WHERE system <> 0 AND (engine_id, kpi_id) > ($1, $2)
      ORDER BY engine_id, kpi_id
      LIMIT 1)",
                                 {kKpiPattern.Id(position), kKpiPattern.Id(position, 1)},
                                 [&](const Row& row) { name = kKpiPattern.Name(row.Bytes(0), row.Bytes(1)); }));
  return name;
}

absl::StatusOr<SystemCounts::Cells> Kept(storage::Snapshot& snapshot, const SystemEngine& engine,
                                         const SystemKpiRow& kpi) {
  SystemCounts::Cells cells;
  RETURN_IF_ERROR(
      snapshot.Query(R"(
      SELECT day, numerator, denominator FROM observation WHERE engine_id = $1 AND kpi_id = $2
      ORDER BY day)",
                     {engine.engine_id, kpi.kpi_id}, [&](const Row& row) {
                       cells[{engine.engine_id, kpi.kpi_id, row.Integer(0)}] = {row.Integer(1), row.Integer(2)};
                     }));
  return cells;
}

}  // namespace

absl::StatusOr<std::string> SystemKpisAreTrue(storage::Snapshot& snapshot, const std::string& position,
                                              service::Findings& findings) {
  ASSIGN_OR_RETURN(std::string name, NextKpi(snapshot, position));
  if (name.empty()) return "";
  constexpr int64_t kMost = service::kRecountMost;
  ASSIGN_OR_RETURN(
      const int64_t tickets,
      snapshot.QueryInteger("SELECT COUNT(*) FROM (SELECT 1 FROM ticket_loop LIMIT $1) AS l", {kMost + 1}));
  ASSIGN_OR_RETURN(const int64_t changes,
                   snapshot.QueryInteger("SELECT COUNT(*) FROM (SELECT 1 FROM change LIMIT $1) AS c", {kMost + 1}));
  if (tickets > kMost || changes > kMost) {
    findings.LeftOut();
    return "";
  }
  ASSIGN_OR_RETURN(const std::optional<SystemEngine> engine, ReadSystemEngine(snapshot, kKpiPattern.Id(name)));
  if (!engine) {
    findings.Violation(name, "its engine is not there");
    return name;
  }
  const auto kpi = std::ranges::find(engine->kpis, kKpiPattern.Id(name, 1), &SystemKpiRow::kpi_id);
  // It is being counted, or by the clock.
  if (kpi->counted_until || CountsDays(kpi->system)) return name;
  SystemCounts counts(snapshot);
  RETURN_IF_ERROR(CountBehind(snapshot, *engine, *kpi, "", kMost, counts).status());
  ASSIGN_OR_RETURN(const SystemCounts::Cells kept, Kept(snapshot, *engine, *kpi));
  if (kept != counts.cells()) findings.Violation(name, "its days are not a recount of what it counts");
  for (const v1::Granularity granularity : {v1::DAY, v1::WEEK, v1::MONTH}) {
    ASSIGN_OR_RETURN(const TimeSlots slots,
                     ReadTimeSlots(snapshot, engine->engine_id, kpi->kpi_id, granularity, {INT64_MIN, INT64_MAX}));
    if (slots == PutTogether(counts.slots(), engine->calendar, granularity)) continue;
    findings.Violation(name, "how long its complaints took is not a recount of what it counts");
  }
  findings.Examined(1);
  return name;
}

absl::StatusOr<std::string> CopiesAreTrue(storage::Snapshot& snapshot, const std::string& position,
                                          service::Findings& findings) {
  ASSIGN_OR_RETURN(const int64_t waiting,
                   snapshot.QueryInteger("SELECT COUNT(*) FROM timer WHERE kind = $1 OR kind = $2 OR kind = $3",
                                         {kDecidedTimer, kHeardTimer, kWorkTimer}));
  if (waiting > 0) {  // it is being made true
    findings.LeftOut();
    return "";
  }
  ASSIGN_OR_RETURN(const std::vector<Chain> chains, ListChainsAfter(snapshot, position, kSliceRows));
  for (const Chain& chain : chains) {
    Chain counted = chain;
    RETURN_IF_ERROR(NoteWork(snapshot, nullptr, counted));
    ASSIGN_OR_RETURN(counted.by_maker, IsMaker(snapshot, chain.heard_by));
    const auto copied = [](const Chain& one) {
      return std::tie(one.response_work, one.decision_work, one.loop_work, one.by_maker);
    };
    if (copied(counted) != copied(chain))
      findings.Violation(chain.loop.name(), "its working time, or by whom it was heard, is not what it counts as");
  }
  findings.Examined(static_cast<int64_t>(chains.size()));
  if (static_cast<int64_t>(chains.size()) < kSliceRows) return "";
  return std::string(kLoopPattern.Id(chains.back().loop.name()));
}

}  // namespace dangol::metrics
