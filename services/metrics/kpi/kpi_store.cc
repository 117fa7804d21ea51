#include "services/metrics/kpi/kpi_store.h"

#include <tuple>
#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/feed/append.h"
#include "common/resource/transition.h"
#include "dangol/metrics/v1/metrics_feed.pb.h"
#include "services/metrics/names.h"
#include "services/metrics/system/system_backfill.h"

namespace dangol::metrics {
namespace {

using resource::Column;
using resource::kUpdate;
using storage::Row;
using v1::Kpi;

#define KPI(field) MEMBER_OF(KpiRow, kpi) / FIELD_OF(v1::Kpi, field)
#define IN_DETAILS(field) FIELD_OF(v1::Kpi, field)

// clang-format off
constexpr auto kKpiTable = resource::Table<KpiRow>(
    "kpi", std::tuple(
        resource::KeyColumn(kKpiPattern, 0, KPI(name), "engine_id"),
        resource::KeyColumn(kKpiPattern, 1, KPI(name), "kpi_id"),
        resource::VersionColumn(KPI(etag)),
        Column<kUpdate>(KPI(stage)),
        Column<kUpdate>(KPI(state)),
        Column<kUpdate>(KPI(kind)),
        Column(KPI(system)),
        resource::NullableColumn(MEMBER_OF(KpiRow, counted_until)),
        Column(KPI(create_time)),
        Column<kUpdate>(KPI(update_time)),
        resource::Rest(MEMBER_OF(KpiRow, kpi),
                       IN_DETAILS(display_names), IN_DETAILS(definition), IN_DETAILS(unit), IN_DETAILS(better),
                       IN_DETAILS(source), IN_DETAILS(targets), IN_DETAILS(owner), IN_DETAILS(due_time_of_day),
                       IN_DETAILS(first_day), IN_DETAILS(last_day))));
// clang-format on

absl::Status Tell(storage::Transaction& transaction, const rpc::Call& call, const KpiRow& row) {
  v1::MetricsEvent event;
  event.mutable_kpi_updated()->set_kpi(row.kpi.name());
  return feed::Append(transaction, call, event, {{row.kpi.name(), resource::VersionOf<kKpiTable>(row)}});
}

Kpi Shown(KpiRow row) {
  row.kpi.set_counting(row.counted_until.has_value());
  return std::move(row.kpi);
}

}  // namespace

absl::StatusOr<Kpi> ReadKpi(storage::Snapshot& snapshot, std::string_view name) {
  ASSIGN_OR_RETURN(KpiRow row, resource::Read<kKpiTable>(snapshot, name));
  return Shown(std::move(row));
}

absl::StatusOr<std::vector<Kpi>> ReadKpis(storage::Snapshot& snapshot, std::string_view engine_id) {
  ASSIGN_OR_RETURN(
      std::vector<KpiRow> rows,
      (resource::List<kKpiTable, " WHERE engine_id = $1 ORDER BY create_time, kpi_id">(snapshot, {engine_id})));
  std::vector<Kpi> kpis;
  for (KpiRow& row : rows) kpis.push_back(Shown(std::move(row)));
  return kpis;
}

absl::StatusOr<LoadedKpi> LoadKpi(storage::Snapshot& snapshot, std::string_view name, std::string_view etag) {
  return resource::Load<kKpiTable>(snapshot, name, etag);
}

absl::Status AddKpi(storage::Transaction& transaction, const rpc::Call& call, Kpi& kpi) {
  resource::SetFirstVersion(transaction, kpi);
  KpiRow row{kpi, std::nullopt};
  if (kpi.source() == Kpi::SYSTEM) row.counted_until = "";
  ASSIGN_OR_RETURN(const bool inserted, resource::InsertIfFree<kKpiTable>(transaction, row));
  if (!inserted) return AlreadyExists(kpi.name());
  if (row.counted_until) {
    RETURN_IF_ERROR(storage::SetTimerAtOnce(transaction, call.now(), kBackfillTimer, kpi.name()));
    kpi.set_counting(true);
  }
  return Tell(transaction, call, row);
}

absl::Status StoreKpi(storage::Transaction& transaction, const rpc::Call& call, LoadedKpi& kpi) {
  RETURN_IF_ERROR(resource::Store<kKpiTable>(transaction, kpi, kpi.row.kpi.mutable_update_time(), call.now()));
  return Tell(transaction, call, kpi.row);
}

absl::Status StoreCountedUntil(storage::Transaction& transaction, std::string_view name,
                               const std::optional<std::string>& counted_until) {
  return transaction.Execute("UPDATE kpi SET counted_until = $3 WHERE engine_id = $1 AND kpi_id = $2",
                             {kKpiPattern.Id(name), kKpiPattern.Id(name, 1),
                              counted_until ? storage::Param(*counted_until) : storage::Param(nullptr)});
}

absl::StatusOr<std::vector<resource::TimeKey>> ListKpiKeys(storage::Snapshot& snapshot, std::string_view engine_id,
                                                           const std::optional<resource::TimeKey>& after,
                                                           int64_t most) {
  const resource::TimeKey from = after.value_or(resource::TimeKey::BeforeOldest());
  return resource::ListTimeKeys(snapshot, R"(
      SELECT create_time, kpi_id FROM kpi
      WHERE engine_id = $1 AND (create_time, kpi_id) > ($2, $3)
      ORDER BY create_time, kpi_id
      LIMIT $4)",
                                {engine_id, from.time, from.id, most});
}

}  // namespace dangol::metrics
