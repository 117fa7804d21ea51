#include "services/metrics/engine/retire_stage.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/metrics/calendar/calendar.h"
#include "services/metrics/day.h"
#include "services/metrics/engine/engine_rights.h"
#include "services/metrics/engine/engine_rules.h"
#include "services/metrics/engine/engine_store.h"
#include "services/metrics/kpi/kpi_handlers.h"
#include "services/metrics/kpi/kpi_rules.h"
#include "services/metrics/kpi/kpi_store.h"
#include "services/metrics/names.h"

namespace dangol::metrics {
namespace {

using v1::Engine;
using v1::Kpi;

// The engine whose stage ends, and the one that goes on with it.
struct Move {
  storage::Transaction& transaction;
  const rpc::Call& call;
  const v1::RetireStageRequest& request;
  Engine from = {};
  Engine to = {};
};

// The KPI as the other engine goes on with it.
Kpi Continued(const Move& move, const Kpi& kpi, const std::string& name, const std::string& stage) {
  Kpi continued = kpi;
  continued.set_name(name);
  continued.set_stage(stage);
  continued.clear_first_day();  // today
  // Who entered it because the stage was theirs goes on, too.
  continued.clear_owner();
  const std::string& owner = OwnerOf(kpi, move.from);
  if (OwnerOf(continued, move.to) != owner) continued.set_owner(owner);
  return continued;
}

// The other engine has a KPI of this name: it is the same one, or in the way.
absl::Status CheckSame(const Kpi& known, const Kpi& continued) {
  const bool same = known.kind() == continued.kind() && known.source() == continued.source() &&
                    known.stage() == continued.stage() && known.state() == Kpi::ACTIVE;
  if (same) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, "KPI_DIFFERS",
               fmt::format("{} is there, of another stage or kind, or is retired, so that it cannot go on with the KPI "
                           "of this id. Retire the one of the stage that ends first.",
                           known.name()),
               {{"resource", known.name()}});
}

absl::Status End(Move& move, const Kpi& kpi) {
  ASSIGN_OR_RETURN(LoadedKpi loaded, LoadKpi(move.transaction, kpi.name(), ""));
  loaded.row.kpi.set_state(Kpi::RETIRED);
  if (kpi.source() == Kpi::MANUAL)
    loaded.row.kpi.set_last_day(ShownDay(Calendar(move.from).DayAt(move.call.now()) - 1));
  return StoreKpi(move.transaction, move.call, loaded);
}

absl::Status MoveKpi(Move& move, const Kpi& kpi, const std::string& stage) {
  const std::string name = kKpiPattern.Name(kEnginePattern.Id(move.to.name()), kKpiPattern.Id(kpi.name(), 1));
  Kpi continued = Continued(move, kpi, name, stage);
  const absl::StatusOr<Kpi> known = ReadKpi(move.transaction, name);
  if (known.ok()) {
    RETURN_IF_ERROR(CheckSame(*known, continued));
  } else {
    if (!absl::IsNotFound(known.status())) return known.status();
    RETURN_IF_ERROR(CheckRoom(move.transaction, move.to.name()));
    RETURN_IF_ERROR(DefineKpi(continued, move.to, move.call.now()));
    RETURN_IF_ERROR(AddKpi(move.transaction, move.call, continued));
  }
  return End(move, kpi);
}

absl::Status MoveKpis(Move& move) {
  const bool was_last = std::ranges::all_of(move.from.stages(), &v1::Stage::retired);
  ASSIGN_OR_RETURN(const std::vector<Kpi> kpis, ReadKpis(move.transaction, kEnginePattern.Id(move.from.name())));
  for (const Kpi& kpi : kpis) {
    if (kpi.state() != Kpi::ACTIVE) continue;
    if (kpi.stage() == move.request.name()) RETURN_IF_ERROR(MoveKpi(move, kpi, move.request.into()));
    // What is computed of the whole engine the other has itself.
    if (!was_last || !kpi.stage().empty() || kpi.source() != Kpi::MANUAL) continue;
    RETURN_IF_ERROR(CheckMayWrite(move.call, ""));
    RETURN_IF_ERROR(MoveKpi(move, kpi, ""));
  }
  return absl::OkStatus();
}

absl::Status Store(Move& move, LoadedEngine& loaded, const Engine& changed) {
  const Engine before = std::exchange(loaded.row.engine, changed);
  if (before.revision() == changed.revision()) return absl::OkStatus();
  return StoreEngine(move.transaction, move.call, loaded, {move.request.note(), {}, DifferencesOf(before, changed)});
}

}  // namespace

absl::StatusOr<Engine> RetireStage(storage::Transaction& transaction, const rpc::Call& call,
                                   const v1::RetireStageRequest& request) {
  RETURN_IF_ERROR(CheckMayWrite(call, request.name()));
  RETURN_IF_ERROR(CheckMayWrite(call, request.into()));
  const std::string from_name = kEnginePattern.Name(kStagePattern.Id(request.name()));
  const std::string to_name = kEnginePattern.Name(kStagePattern.Id(request.into()));
  ASSIGN_OR_RETURN(LoadedEngine from, LoadEngine(transaction, from_name, request.etag()));
  absl::StatusOr<LoadedEngine> to = LoadEngine(transaction, to_name, "");
  if (!to.ok()) return AtField(to.status(), "into");
  Move move{transaction, call, request, from.row.engine, to->row.engine};
  RETURN_IF_ERROR(RetireInto(move.from, move.to, request));
  RETURN_IF_ERROR(MoveKpis(move));
  RETURN_IF_ERROR(Store(move, *to, move.to));
  RETURN_IF_ERROR(Store(move, from, move.from));
  return std::move(from.row.engine);
}

}  // namespace dangol::metrics
