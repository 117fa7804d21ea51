#include "services/metrics/system/system_counts.h"

#include <utility>

#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "services/metrics/loop/counts.h"
#include "services/metrics/names.h"
#include "services/metrics/observation/observation_store.h"
#include "services/metrics/observation/rollup.h"

namespace dangol::metrics {
namespace {

using storage::Row;

bool IsOf(const SystemKpiRow& kpi, std::string_view stage, std::string_view id) {
  if (!kpi.stage.empty() && kpi.stage != stage) return false;
  return !kpi.counted_until || id <= *kpi.counted_until;
}

absl::Status AddToPeriods(storage::Transaction& transaction, const Calendar& calendar, const std::string& engine_id,
                          const std::string& kpi_id, int64_t day, const Rollup& difference) {
  for (const v1::Granularity granularity : {v1::WEEK, v1::MONTH}) {
    const int64_t first_day = calendar.PeriodOf(day, granularity).first;
    RETURN_IF_ERROR(AddToRollup(transaction, engine_id, kpi_id, granularity, first_day, difference));
    if (difference.recorded >= 0) continue;
    RETURN_IF_ERROR(transaction.Execute(R"(
        DELETE FROM rollup
        WHERE engine_id = $1 AND kpi_id = $2 AND granularity = $3 AND first_day = $4 AND recorded = 0
          AND not_applicable = 0)",
                                        {engine_id, kpi_id, granularity, first_day}));
  }
  return absl::OkStatus();
}

}  // namespace

// What is 0 of 0 is not there, as if nothing had ever been added: only so the same facts always make the same rows.
absl::Status AddToDay(storage::Transaction& transaction, const Calendar& calendar, const std::string& engine_id,
                      const std::string& kpi_id, int64_t day, const std::pair<int64_t, int64_t>& sum, absl::Time now) {
  ASSIGN_OR_RETURN(const std::optional<ObservationRow> found, FindObservation(transaction, engine_id, kpi_id, day));
  const Known before = found ? found->known : Known();
  const Known after{v1::Observation::NUMBER, before.numerator + sum.first, before.denominator + sum.second};
  const bool is_empty = after.numerator == 0 && after.denominator == 0;
  Rollup difference;
  if (found) difference.Add(before, -1);
  if (!is_empty) difference.Add(after, 1);
  RETURN_IF_ERROR(AddToPeriods(transaction, calendar, engine_id, kpi_id, day, difference));
  if (is_empty) {
    return transaction.Execute("DELETE FROM observation WHERE engine_id = $1 AND kpi_id = $2 AND day = $3",
                               {engine_id, kpi_id, day});
  }
  return transaction.Execute(
      R"(
      INSERT INTO observation (engine_id, kpi_id, day, state, numerator, denominator, revision, on_time,
        first_record_time, record_time, recorded_by, note)
      VALUES ($1, $2, $3, $4, $5, $6, 1, 1, $7, $7, '', '')
      ON CONFLICT (engine_id, kpi_id, day) DO UPDATE SET numerator = excluded.numerator,
        denominator = excluded.denominator, record_time = excluded.record_time)",
      {engine_id, kpi_id, day, after.state, after.numerator, after.denominator, now});
}

absl::StatusOr<const SystemEngine*> SystemCounts::EngineOf(std::string_view stage) {
  std::string engine_id(stage.empty() ? "" : kStagePattern.Id(stage));
  if (engine_id.empty()) {
    if (!default_engine_) {
      ASSIGN_OR_RETURN(default_engine_, DefaultEngineId(snapshot_));
    }
    engine_id = *default_engine_;
    if (engine_id.empty()) return nullptr;
  }
  auto found = engines_.find(engine_id);
  if (found == engines_.end()) {
    ASSIGN_OR_RETURN(std::optional<SystemEngine> engine, ReadSystemEngine(snapshot_, engine_id));
    found = engines_.emplace(engine_id, std::move(engine)).first;
  }
  return found->second ? &*found->second : nullptr;
}

absl::Status SystemCounts::Add(const Chain& chain, int64_t sign) {
  ASSIGN_OR_RETURN(const SystemEngine* engine, EngineOf(chain.stage));
  if (engine == nullptr) return absl::OkStatus();
  for (const SystemKpiRow& kpi : engine->kpis) {
    if (IsOf(kpi, chain.stage, kLoopPattern.Id(chain.loop.name())))
      AddShare(*engine, kpi, ShareOf(kpi.system, chain), sign);
  }
  return absl::OkStatus();
}

absl::Status SystemCounts::Add(const KnownChange& change, const Voice& voice, int64_t sign) {
  ASSIGN_OR_RETURN(const SystemEngine* engine, EngineOf(change.stage));
  if (engine == nullptr) return absl::OkStatus();
  for (const SystemKpiRow& kpi : engine->kpis) {
    if (IsOf(kpi, change.stage, kChangePattern.Id(change.summary.change())))
      AddShare(*engine, kpi, ShareOf(kpi.system, change, voice), sign);
  }
  return absl::OkStatus();
}

void SystemCounts::AddTo(const SystemEngine& engine, const SystemKpiRow& kpi, const Chain& chain) {
  if (kpi.stage.empty() || kpi.stage == chain.stage) AddShare(engine, kpi, ShareOf(kpi.system, chain), 1);
}

void SystemCounts::AddTo(const SystemEngine& engine, const SystemKpiRow& kpi, const KnownChange& change,
                         const Voice& voice) {
  if (kpi.stage.empty() || kpi.stage == change.stage) AddShare(engine, kpi, ShareOf(kpi.system, change, voice), 1);
}

void SystemCounts::AddShare(const SystemEngine& engine, const SystemKpiRow& kpi, const std::optional<Share>& share,
                            int64_t sign) {
  if (!share) return;
  const int64_t day = engine.calendar.DayAt(share->time);
  if (share->seconds) metrics::AddTo(slots_, {engine.engine_id, kpi.kpi_id, day, SlotOf(*share->seconds)}, sign);
  const auto cell = cells_.try_emplace({engine.engine_id, kpi.kpi_id, day}, 0, 0).first;
  cell->second.first += sign * share->numerator;
  cell->second.second += sign * share->denominator;
  if (cell->second == std::pair<int64_t, int64_t>(0, 0)) cells_.erase(cell);
}

absl::Status StoreSystemCounts(storage::Transaction& transaction, const SystemCounts& counts, absl::Time now) {
  std::optional<SystemEngine> engine;
  for (const auto& [slot, tickets] : counts.slots()) {
    if (!engine || engine->engine_id != slot.engine_id) {
      ASSIGN_OR_RETURN(engine, ReadSystemEngine(transaction, slot.engine_id));
    }
    RETURN_IF_ERROR(AddToTimeSlot(transaction, engine->calendar, slot, tickets));
  }
  for (const auto& [cell, sum] : counts.cells()) {
    const auto& [engine_id, kpi_id, day] = cell;
    if (!engine || engine->engine_id != engine_id) {
      ASSIGN_OR_RETURN(engine, ReadSystemEngine(transaction, engine_id));
    }
    RETURN_IF_ERROR(AddToDay(transaction, engine->calendar, engine_id, kpi_id, day, sum, now));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> DefaultEngineId(storage::Snapshot& snapshot) {
  ASSIGN_OR_RETURN(const std::vector<std::string> engines,
                   snapshot.QueryTexts("SELECT engine_id FROM engine WHERE default_engine = 1", {}));
  return engines.empty() ? "" : engines[0];
}

bool CountsIn(const SystemEngine& engine, std::string_view default_engine_id, std::string_view stage) {
  return (stage.empty() ? default_engine_id : kStagePattern.Id(stage)) == engine.engine_id;
}

absl::StatusOr<std::optional<SystemEngine>> ReadSystemEngine(storage::Snapshot& snapshot, std::string_view engine_id) {
  std::optional<v1::Engine> calendar;
  RETURN_IF_ERROR(
      snapshot.Query("SELECT time_zone, week_start FROM engine WHERE engine_id = $1", {engine_id}, [&](const Row& row) {
        calendar.emplace().set_time_zone(row.Text(0));
        calendar->set_week_start(static_cast<v1::Weekday>(row.Integer(1)));
      }));
  if (!calendar) return std::nullopt;
  SystemEngine engine{std::string(engine_id), Calendar(*calendar), {}};
  RETURN_IF_ERROR(snapshot.Query(R"(
      SELECT kpi_id, system, stage, counted_until FROM kpi
      WHERE engine_id = $1 AND system <> 0
      ORDER BY kpi_id)",
                                 {engine_id}, [&](const Row& row) {
                                   engine.kpis.push_back({row.Text(0), static_cast<v1::SystemKpi>(row.Integer(1)),
                                                          row.Text(2),
                                                          row.IsNull(3) ? std::nullopt : std::optional(row.Text(3))});
                                 }));
  return engine;
}

absl::Status NoteReturn(storage::Transaction& transaction, std::string_view change_id, std::string_view ticket_id,
                        absl::Time time, bool by_customer) {
  return transaction.Execute(R"(
      INSERT INTO change_return (change_id, ticket_id, time, by_customer) VALUES ($1, $2, $3, $4)
      ON CONFLICT (change_id, ticket_id, time) DO NOTHING)",
                             {change_id, ticket_id, time, by_customer});
}

absl::Status ForgetReturns(storage::Transaction& transaction, std::string_view change_id, std::string_view ticket_id) {
  return transaction.Execute("DELETE FROM change_return WHERE change_id = $1 AND ticket_id = $2 AND by_customer = 0",
                             {change_id, ticket_id});
}

absl::Status NoteMended(storage::Transaction& transaction, std::string_view change_id, absl::Time time) {
  return transaction.Execute(R"(
      INSERT INTO change_mended (change_id, time) VALUES ($1, $2)
      ON CONFLICT (change_id) DO UPDATE SET time = excluded.time WHERE excluded.time < change_mended.time)",
                             {change_id, time});
}

absl::StatusOr<std::optional<absl::Time>> MendedTime(storage::Snapshot& snapshot, std::string_view change_id) {
  std::optional<absl::Time> time;
  RETURN_IF_ERROR(snapshot.Query("SELECT time FROM change_mended WHERE change_id = $1", {change_id},
                                 [&](const Row& row) { time = row.Time(0); }));
  return time;
}

absl::StatusOr<Voice> ReadVoice(storage::Snapshot& snapshot, const KnownChange& change) {
  Voice voice;
  if (!change.summary.has_ship_time()) return voice;
  const std::string_view change_id = kChangePattern.Id(change.summary.change());
  RETURN_IF_ERROR(
      snapshot.Query("SELECT time FROM change_return WHERE change_id = $1 AND time >= $2 ORDER BY time LIMIT 1",
                     {change_id, FromProtoTime(change.summary.ship_time())},
                     [&](const Row& row) { voice.first_return = row.Time(0); }));
  ASSIGN_OR_RETURN(voice.mended_time, MendedTime(snapshot, change_id));
  const auto has = [&](Measure measure) {
    return snapshot.QueryInteger(
        "SELECT COUNT(*) FROM (SELECT 1 FROM change_tally WHERE change_id = $1 AND measure = $2 AND tickets > 0 "
        "LIMIT 1) AS t",
        {change_id, static_cast<int>(measure)});
  };
  ASSIGN_OR_RETURN(const int64_t tickets, has(Measure::kState));
  ASSIGN_OR_RETURN(const int64_t may_ask, has(Measure::kMayAsk));
  voice.has_tickets = tickets > 0;
  voice.may_ask = may_ask > 0;
  return voice;
}

}  // namespace dangol::metrics
