#include "services/metrics/kpi/kpi_handlers.h"

#include <string>
#include <string_view>
#include <utility>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/resource/page.h"
#include "services/metrics/engine/engine_rights.h"
#include "services/metrics/engine/engine_store.h"
#include "services/metrics/kpi/kpi_rules.h"
#include "services/metrics/kpi/kpi_store.h"
#include "services/metrics/names.h"
#include "services/metrics/observation/observation_store.h"

namespace dangol::metrics {

namespace {

using v1::Kpi;

// What concerns all of an engine reads all of them.
constexpr int64_t kKpisMost = 1000;

}  // namespace

absl::Status CheckRoom(storage::Snapshot& snapshot, std::string_view engine) {
  ASSIGN_OR_RETURN(const int64_t kpis,
                   snapshot.QueryInteger("SELECT COUNT(*) FROM kpi WHERE engine_id = $1", {kEnginePattern.Id(engine)}));
  if (kpis < kKpisMost) return absl::OkStatus();
  return Error(
      absl::StatusCode::kFailedPrecondition, "TOO_MANY_KPIS",
      fmt::format("{} has {} KPIs, and may have no more. Use one that is there, or make another engine.", engine, kpis),
      {{"resource", std::string(engine)}});
}

absl::StatusOr<Kpi> CreateKpi(storage::Transaction& transaction, const rpc::Call& call,
                              const v1::CreateKpiRequest& request) {
  ASSIGN_OR_RETURN(const v1::Engine engine, ReadEngine(transaction, request.parent()));
  RETURN_IF_ERROR(CheckMayWrite(call, request.kpi().stage()));
  RETURN_IF_ERROR(CheckRoom(transaction, request.parent()));
  Kpi kpi = request.kpi();
  kpi.set_name(kKpiPattern.Name(kEnginePattern.Id(request.parent()),
                                request.kpi_id().empty() ? call.NewId() : request.kpi_id()));
  RETURN_IF_ERROR(DefineKpi(kpi, engine, call.now()));
  absl::Status added = AddKpi(transaction, call, kpi);
  if (absl::IsAlreadyExists(added)) return AtField(std::move(added), "kpi_id");
  RETURN_IF_ERROR(std::move(added));
  return kpi;
}

absl::StatusOr<Kpi> GetKpi(storage::Snapshot& snapshot, const rpc::Call&, const v1::GetKpiRequest& request) {
  return ReadKpi(snapshot, request.name());
}

absl::StatusOr<v1::ListKpisResponse> ListKpis(storage::Snapshot& snapshot, const rpc::Call&,
                                              const v1::ListKpisRequest& request) {
  RETURN_IF_ERROR(ReadEngine(snapshot, request.parent()).status());
  const std::string_view engine_id = kEnginePattern.Id(request.parent());
  return resource::Page<resource::TimeKey>(
      request, &v1::ListKpisResponse::mutable_kpis,
      [&](const auto& after, int64_t most) { return ListKpiKeys(snapshot, engine_id, after, most); },
      [&](const resource::TimeKey& key) { return ReadKpi(snapshot, kKpiPattern.Name(engine_id, key.id)); });
}

absl::StatusOr<Kpi> UpdateKpi(storage::Transaction& transaction, const rpc::Call& call,
                              const v1::UpdateKpiRequest& request) {
  ASSIGN_OR_RETURN(LoadedKpi loaded, LoadKpi(transaction, request.name(), request.etag()));
  RETURN_IF_ERROR(CheckMayWrite(call, loaded.row.kpi.stage()));
  const std::string_view engine_id = kKpiPattern.Id(request.name());
  ASSIGN_OR_RETURN(const v1::Engine engine, ReadEngine(transaction, kEnginePattern.Name(engine_id)));
  ASSIGN_OR_RETURN(const bool has_numbers, HasNumbers(transaction, engine_id, kKpiPattern.Id(request.name(), 1)));
  RETURN_IF_ERROR(RedefineKpi(loaded.row.kpi, request, engine, has_numbers));
  RETURN_IF_ERROR(CheckMayWrite(call, loaded.row.kpi.stage()));
  RETURN_IF_ERROR(StoreKpi(transaction, call, loaded));
  return std::move(loaded.row.kpi);
}

}  // namespace dangol::metrics
