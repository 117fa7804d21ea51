#include "services/metrics/observation/observation_store.h"

#include <tuple>

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/resource/table.h"
#include "services/metrics/day.h"
#include "services/metrics/kpi/kpi_rules.h"
#include "services/metrics/kpi/kpi_store.h"
#include "services/metrics/names.h"

namespace dangol::metrics {
namespace {

using resource::Column;
using resource::kKey;
using storage::Row;
using v1::Observation;

#define ROW(member) MEMBER_OF(ObservationRow, member)
#define KNOWN(member) MEMBER_OF(ObservationRow, known) / MEMBER_OF(Known, member)

// clang-format off
constexpr auto kObservationTable = resource::Table<ObservationRow>(
    "observation", std::tuple(
        Column<kKey>(ROW(engine_id)),
        Column<kKey>(ROW(kpi_id)),
        Column<kKey>(ROW(day)),
        Column(KNOWN(state)),
        Column(KNOWN(numerator)),
        Column(KNOWN(denominator)),
        Column(ROW(revision)),
        Column(ROW(on_time)),
        Column(ROW(first_record_time)),
        Column(ROW(record_time)),
        Column(ROW(recorded_by)),
        Column(ROW(note))));

constexpr auto kRevisionTable = resource::Table<ObservationRow>(
    "observation_revision", std::tuple(
        Column<kKey>(ROW(engine_id)),
        Column<kKey>(ROW(kpi_id)),
        Column<kKey>(ROW(day)),
        Column<kKey>(ROW(revision)),
        Column(KNOWN(state)),
        Column(KNOWN(numerator)),
        Column(KNOWN(denominator)),
        Column(ROW(record_time)),
        Column(ROW(recorded_by)),
        Column(ROW(note))));
// clang-format on

}  // namespace

absl::StatusOr<std::optional<ObservationRow>> FindObservation(storage::Snapshot& snapshot, std::string_view engine_id,
                                                              std::string_view kpi_id, int64_t day) {
  return resource::Find<kObservationTable>(snapshot, {engine_id, kpi_id, day});
}

Observation Shown(const ObservationRow& row, const v1::Kpi& kpi) {
  Observation observation;
  observation.set_name(kObservationPattern.Name(row.engine_id, row.kpi_id, ShownDay(row.day)));
  observation.set_state(row.known.state);
  if (row.known.state == Observation::NUMBER) {
    const auto value = ValueOf(kpi, row.known.numerator, row.known.denominator);
    if (value) observation.set_value(*value);
    if (IsFraction(kpi)) {
      observation.set_numerator(static_cast<double>(row.known.numerator) / kThousandths);
      observation.set_denominator(static_cast<double>(row.known.denominator) / kThousandths);
    }
  }
  observation.set_note(row.note);
  observation.set_recorded_by(row.recorded_by);
  *observation.mutable_first_record_time() = ToProtoTime(row.first_record_time);
  *observation.mutable_record_time() = ToProtoTime(row.record_time);
  observation.set_on_time(row.on_time);
  observation.set_revision(row.revision);
  return observation;
}

absl::StatusOr<Observation> ReadObservation(storage::Snapshot& snapshot, std::string_view name) {
  const std::string_view engine_id = kObservationPattern.Id(name);
  const std::string_view kpi_id = kObservationPattern.Id(name, 1);
  const std::optional<int64_t> day = ParseDay(kObservationPattern.Id(name, 2));
  if (!day) return NotFound(name);
  ASSIGN_OR_RETURN(const std::optional<ObservationRow> row, FindObservation(snapshot, engine_id, kpi_id, *day));
  if (!row) return NotFound(name);
  ASSIGN_OR_RETURN(const v1::Kpi kpi, ReadKpi(snapshot, kKpiPattern.Name(engine_id, kpi_id)));
  return Shown(*row, kpi);
}

absl::Status StoreObservation(storage::Transaction& transaction, const ObservationRow& row) {
  RETURN_IF_ERROR(resource::Replace<kObservationTable>(transaction, row));
  return resource::Insert<kRevisionTable>(transaction, row);
}

absl::StatusOr<bool> HasNumbers(storage::Snapshot& snapshot, std::string_view engine_id, std::string_view kpi_id) {
  bool found = false;
  RETURN_IF_ERROR(
      snapshot.Query("SELECT day FROM observation WHERE engine_id = $1 AND kpi_id = $2 ORDER BY day LIMIT 1",
                     {engine_id, kpi_id}, [&](const Row&) { found = true; }));
  return found;
}

absl::StatusOr<std::vector<ObservationRow>> ReadDays(storage::Snapshot& snapshot, std::string_view engine_id,
                                                     std::string_view kpi_id, Period period) {
  return resource::List<kObservationTable,
                        " WHERE engine_id = $1 AND kpi_id = $2 AND day BETWEEN $3 AND $4 ORDER BY day">(
      snapshot, {engine_id, kpi_id, period.first, period.last});
}

absl::StatusOr<std::set<int64_t>> ReadKnownDays(storage::Snapshot& snapshot, std::string_view engine_id,
                                                std::string_view kpi_id, Period period) {
  std::set<int64_t> days;
  RETURN_IF_ERROR(snapshot.Query(R"(
      SELECT day FROM observation
      WHERE engine_id = $1 AND kpi_id = $2 AND day BETWEEN $3 AND $4 AND state <> $5
      ORDER BY day)",
                                 {engine_id, kpi_id, period.first, period.last, Observation::EMPTY},
                                 [&](const Row& row) { days.insert(row.Integer(0)); }));
  return days;
}

absl::StatusOr<std::optional<int64_t>> ReadLast(storage::Snapshot& snapshot, std::string_view engine_id,
                                                std::string_view kpi_id, Period period) {
  std::optional<int64_t> last;
  RETURN_IF_ERROR(snapshot.Query(R"(
      SELECT numerator FROM observation
      WHERE engine_id = $1 AND kpi_id = $2 AND day BETWEEN $3 AND $4 AND state = $5
      ORDER BY day DESC
      LIMIT 1)",
                                 {engine_id, kpi_id, period.first, period.last, Observation::NUMBER},
                                 [&](const Row& row) { last = row.Integer(0); }));
  return last;
}

absl::StatusOr<std::vector<ObservationRow>> ReadRevisions(storage::Snapshot& snapshot, std::string_view engine_id,
                                                          std::string_view kpi_id, int64_t day,
                                                          const std::optional<resource::NumberKey>& before,
                                                          int64_t most) {
  return resource::List<
      kRevisionTable,
      " WHERE engine_id = $1 AND kpi_id = $2 AND day = $3 AND revision < $4 ORDER BY revision DESC LIMIT $5">(
      snapshot, {engine_id, kpi_id, day, before ? before->number : INT64_MAX, most});
}

}  // namespace dangol::metrics
