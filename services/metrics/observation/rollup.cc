#include "services/metrics/observation/rollup.h"

#include "common/base/status_macros.h"
#include "services/metrics/kpi/kpi_store.h"
#include "services/metrics/names.h"

namespace dangol::metrics {
namespace {

using storage::Row;
using v1::Observation;

}  // namespace

void Rollup::Add(const Known& known, int64_t times) {
  if (known.state == Observation::NOT_APPLICABLE) not_applicable += times;
  if (known.state != Observation::NUMBER) return;
  numerator += times * known.numerator;
  denominator += times * known.denominator;
  recorded += times;
}

void Rollup::Restate(absl::Time time, std::string_view member) {
  if (restate_time && *restate_time > time) return;
  restate_time = time;
  restated_by = member;
}

absl::Status AddToRollup(storage::Transaction& transaction, std::string_view engine_id, std::string_view kpi_id,
                         v1::Granularity granularity, int64_t first_day, const Rollup& difference) {
  return transaction.Execute(
      R"(
      INSERT INTO rollup (engine_id, kpi_id, granularity, first_day, numerator, denominator, recorded, not_applicable,
        restate_time, restated_by)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
      ON CONFLICT (engine_id, kpi_id, granularity, first_day) DO UPDATE SET
        numerator = rollup.numerator + excluded.numerator,
        denominator = rollup.denominator + excluded.denominator,
        recorded = rollup.recorded + excluded.recorded,
        not_applicable = rollup.not_applicable + excluded.not_applicable,
        restate_time = CASE WHEN excluded.restate_time IS NULL OR rollup.restate_time > excluded.restate_time
          THEN rollup.restate_time ELSE excluded.restate_time END,
        restated_by = CASE WHEN excluded.restate_time IS NULL OR rollup.restate_time > excluded.restate_time
          THEN rollup.restated_by ELSE excluded.restated_by END)",
      {engine_id, kpi_id, granularity, first_day, difference.numerator, difference.denominator, difference.recorded,
       difference.not_applicable, difference.restate_time, difference.restated_by});
}

absl::StatusOr<Rollups> ReadRollups(storage::Snapshot& snapshot, std::string_view engine_id, std::string_view kpi_id,
                                    v1::Granularity granularity, Period range) {
  Rollups rollups;
  RETURN_IF_ERROR(snapshot.Query(R"(
      SELECT first_day, numerator, denominator, recorded, not_applicable, restate_time, restated_by
      FROM rollup
      WHERE engine_id = $1 AND kpi_id = $2 AND granularity = $3 AND first_day BETWEEN $4 AND $5
      ORDER BY first_day)",
                                 {engine_id, kpi_id, granularity, range.first, range.last}, [&](const Row& row) {
                                   rollups[row.Integer(0)] = {row.Integer(1), row.Integer(2),      row.Integer(3),
                                                              row.Integer(4), row.OptionalTime(5), row.Text(6)};
                                 }));
  return rollups;
}

absl::StatusOr<Rollups> CountRollups(storage::Snapshot& snapshot, std::string_view engine_id, std::string_view kpi_id,
                                     v1::Granularity granularity, const Calendar& calendar) {
  Rollups rollups;
  RETURN_IF_ERROR(
      snapshot.Query(R"(
      SELECT day, state, numerator, denominator, revision, record_time, recorded_by
      FROM observation
      WHERE engine_id = $1 AND kpi_id = $2
      ORDER BY day)",
                     {engine_id, kpi_id}, [&](const Row& row) {
                       Rollup& rollup = rollups[calendar.PeriodOf(row.Integer(0), granularity).first];
                       rollup.Add({static_cast<Observation::State>(row.Integer(1)), row.Integer(2), row.Integer(3)}, 1);
                       if (row.Integer(4) > 1) rollup.Restate(row.Time(5), row.Bytes(6));
                     }));
  return rollups;
}

absl::Status CountWeeksAnew(storage::Transaction& transaction, const v1::Engine& engine) {
  const std::string_view engine_id = kEnginePattern.Id(engine.name());
  RETURN_IF_ERROR(
      transaction.Execute("DELETE FROM rollup WHERE engine_id = $1 AND granularity = $2", {engine_id, v1::WEEK}));
  ASSIGN_OR_RETURN(const std::vector<v1::Kpi> kpis, ReadKpis(transaction, engine_id));
  const Calendar calendar(engine);
  for (const v1::Kpi& kpi : kpis) {
    const std::string_view kpi_id = kKpiPattern.Id(kpi.name(), 1);
    ASSIGN_OR_RETURN(const Rollups rollups, CountRollups(transaction, engine_id, kpi_id, v1::WEEK, calendar));
    for (const auto& [first_day, rollup] : rollups)
      RETURN_IF_ERROR(AddToRollup(transaction, engine_id, kpi_id, v1::WEEK, first_day, rollup));
  }
  return absl::OkStatus();
}

}  // namespace dangol::metrics
