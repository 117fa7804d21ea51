#include "services/metrics/engine/engine_handlers.h"

#include <utility>

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/resource/page.h"
#include "common/rpc/authorization.h"
#include "services/metrics/engine/blueprint.h"
#include "services/metrics/engine/engine_rights.h"
#include "services/metrics/engine/engine_rules.h"
#include "services/metrics/engine/engine_store.h"
#include "services/metrics/kpi/kpi_rules.h"
#include "services/metrics/kpi/kpi_store.h"
#include "services/metrics/member/member_store.h"
#include "services/metrics/names.h"
#include "services/metrics/observation/rollup.h"
#include "services/metrics/system/close_day.h"
#include "services/metrics/system/time_slots.h"

namespace dangol::metrics {
namespace {

using v1::Engine;

absl::Status AddKpis(storage::Transaction& transaction, const rpc::Call& call, const Engine& engine,
                     std::vector<v1::CreateKpiRequest> kpis) {
  for (v1::CreateKpiRequest& request : kpis) {
    v1::Kpi& kpi = *request.mutable_kpi();
    kpi.set_name(kKpiPattern.Name(kEnginePattern.Id(engine.name()), request.kpi_id()));
    RETURN_IF_ERROR(DefineKpi(kpi, engine, call.now()));
    RETURN_IF_ERROR(AddKpi(transaction, call, kpi));
  }
  return absl::OkStatus();
}

absl::Status CheckExposure(storage::Snapshot& snapshot, const Engine& engine) {
  if (engine.exposure_kpi().empty()) return absl::OkStatus();
  absl::StatusOr<v1::Kpi> kpi = ReadKpi(snapshot, engine.exposure_kpi());
  if (absl::IsNotFound(kpi.status())) return AtField(kpi.status(), "engine.exposure_kpi");
  RETURN_IF_ERROR(kpi.status());
  return CanBeExposure(*kpi) ? absl::OkStatus()
                             : InvalidField("engine.exposure_kpi",
                                            "is neither a COUNT nor a SUM. Name one that says how much there was to "
                                            "complain about, such as orders.");
}

}  // namespace

absl::StatusOr<Engine> CreateEngine(storage::Transaction& transaction, const rpc::Call& call,
                                    const v1::CreateEngineRequest& request) {
  RETURN_IF_ERROR(CheckMayWrite(call, ""));
  Engine engine = request.engine();
  engine.set_name(kEnginePattern.Name(request.engine_id().empty() ? call.NewId() : request.engine_id()));
  RETURN_IF_ERROR(Found(engine, request.blueprint(), call.now()));
  absl::Status added = AddEngine(transaction, call, engine);
  if (absl::IsAlreadyExists(added)) return AtField(std::move(added), "engine_id");
  RETURN_IF_ERROR(std::move(added));
  RETURN_IF_ERROR(BeginDays(transaction, call, engine));
  if (request.blueprint() != v1::CreateEngineRequest::BLUEPRINT_UNSPECIFIED)
    RETURN_IF_ERROR(AddKpis(transaction, call, engine, KpisOf(request.blueprint(), engine.name())));
  RETURN_IF_ERROR(AddKpis(transaction, call, engine, SystemKpisOf(engine.name())));
  RETURN_IF_ERROR(CheckExposure(transaction, engine));
  return engine;
}

absl::StatusOr<Engine> GetEngine(storage::Snapshot& snapshot, const rpc::Call&, const v1::GetEngineRequest& request) {
  return ReadEngine(snapshot, request.name());
}

absl::StatusOr<v1::ListEnginesResponse> ListEngines(storage::Snapshot& snapshot, const rpc::Call&,
                                                    const v1::ListEnginesRequest& request) {
  return resource::Page<resource::TimeKey>(
      request, &v1::ListEnginesResponse::mutable_engines,
      [&](const auto& after, int64_t most) { return ListEngineKeys(snapshot, after, most); },
      [&](const resource::TimeKey& key) { return ReadEngine(snapshot, kEnginePattern.Name(key.id)); });
}

absl::StatusOr<Engine> UpdateEngine(storage::Transaction& transaction, const rpc::Call& call,
                                    const v1::UpdateEngineRequest& request) {
  ASSIGN_OR_RETURN(LoadedEngine loaded, LoadEngine(transaction, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const EngineUse use, ReadEngineUse(transaction, kEnginePattern.Id(request.name())));
  const Engine before = loaded.row.engine;
  Engine& engine = loaded.row.engine;
  RETURN_IF_ERROR(Revise(engine, request, use));
  if (engine.revision() == before.revision()) return engine;
  std::vector<v1::Difference> differences = DifferencesOf(before, engine);
  RETURN_IF_ERROR(CheckMayRevise(call, engine.name(), differences));
  RETURN_IF_ERROR(CheckExposure(transaction, engine));
  Occasion occasion{request.note(), {request.changes().begin(), request.changes().end()}, std::move(differences)};
  RETURN_IF_ERROR(StoreEngine(transaction, call, loaded, std::move(occasion)));
  if (engine.week_start() != before.week_start()) {
    RETURN_IF_ERROR(CountWeeksAnew(transaction, engine));
    RETURN_IF_ERROR(CountWeekSlotsAnew(transaction, engine));
  }
  return engine;
}

absl::StatusOr<v1::ListEngineRevisionsResponse> ListEngineRevisions(storage::Snapshot& snapshot, const rpc::Call&,
                                                                    const v1::ListEngineRevisionsRequest& request) {
  RETURN_IF_ERROR(ReadEngine(snapshot, request.parent()).status());
  const std::string_view engine_id = kEnginePattern.Id(request.parent());
  return resource::Page<resource::NumberKey>(
      request, &v1::ListEngineRevisionsResponse::mutable_revisions,
      [&](const auto& before, int64_t most) { return ListRevisionKeys(snapshot, engine_id, before, most); },
      [&](const resource::NumberKey& key) {
        return ReadRevision(snapshot, kEngineRevisionPattern.Name(engine_id, key.number));
      });
}

absl::StatusOr<v1::EngineRevision> AcknowledgeRevision(storage::Transaction& transaction, const rpc::Call& call,
                                                       const v1::AcknowledgeRevisionRequest& request) {
  RETURN_IF_ERROR(rpc::CheckDecidedBy(call.principal(), "member", request.member()));
  ASSIGN_OR_RETURN(LoadedRevision revision, LoadRevision(transaction, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const std::optional<v1::Member> member, FindMember(transaction, request.member()));
  if (!member) return AtField(NotFound(request.member()), "member");
  RETURN_IF_ERROR(RequireNotLeft(transaction, request.member(), "member"));
  v1::Acknowledgement acknowledgement;
  acknowledgement.set_member(request.member());
  acknowledgement.set_answer(request.answer());
  acknowledgement.set_note(request.note());
  *acknowledgement.mutable_time() = ToProtoTime(call.now());
  RETURN_IF_ERROR(StoreAcknowledgement(transaction, revision, acknowledgement));
  return ReadRevision(transaction, request.name());
}

}  // namespace dangol::metrics
