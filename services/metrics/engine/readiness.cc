#include "services/metrics/engine/readiness.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "common/base/status_macros.h"
#include "services/metrics/calendar/work_calendar.h"
#include "services/metrics/engine/engine_store.h"
#include "services/metrics/kpi/kpi_store.h"
#include "services/metrics/member/member_store.h"
#include "services/metrics/names.h"
#include "services/metrics/observation/missing.h"

namespace dangol::metrics {
namespace {

using v1::EngineReadiness;

constexpr int64_t kEntryDays = 7;

class Readiness {
 public:
  Readiness(storage::Snapshot& snapshot, absl::Time now, const v1::Engine& engine, const std::vector<v1::Kpi>& kpis,
            const WorkCalendar& calendar)
      : snapshot_(snapshot), now_(now), engine_(engine), kpis_(kpis), calendar_(calendar) {
    result.set_engine(engine.name());
  }

  absl::Status Examine(const v1::Stage& stage, const std::set<std::string>& agreed) {
    stage_ = kStagePattern.Name(kEnginePattern.Id(engine_.name()), stage.stage_id());
    Require(!stage.scenario().empty(), EngineReadiness::SCENARIO);
    Require(!stage.steps().empty(), EngineReadiness::PROCESS);
    ASSIGN_OR_RETURN(const bool owned, WorksHere(stage.owner()));
    Require(owned, EngineReadiness::OWNER);
    ASSIGN_OR_RETURN(const bool any, ExamineKpis());
    Require(any, EngineReadiness::KPI);
    Require(!owned || agreed.contains(stage.owner()), EngineReadiness::AGREEMENT);
    return absl::OkStatus();
  }

  // Of no stage. What is computed of the whole engine lacks nothing.
  absl::Status ExamineWhole() {
    stage_.clear();
    return ExamineKpis().status();
  }

  EngineReadiness result;

 private:
  void Require(bool there, EngineReadiness::Lack lack, const std::string& kpi = "") {
    if (there) return;
    EngineReadiness::Gap& gap = *result.add_gaps();
    gap.set_stage(stage_);
    gap.set_lack(lack);
    gap.set_kpi(kpi);
  }

  absl::StatusOr<bool> WorksHere(const std::string& owner) {
    if (owner.empty()) return false;
    ASSIGN_OR_RETURN(const std::optional<v1::Member> member, FindMember(snapshot_, owner));
    return member && member->state() == v1::Member::ACTIVE;
  }

  // Whether there are any.
  absl::StatusOr<bool> ExamineKpis() {
    bool any = false;
    const int64_t today = calendar_.DayAt(now_);
    for (const v1::Kpi& kpi : kpis_) {
      if (kpi.stage() != stage_ || kpi.state() != v1::Kpi::ACTIVE) continue;
      if (stage_.empty() && kpi.source() != v1::Kpi::MANUAL) continue;
      any = true;
      Require(!kpi.targets().empty() || kpi.better() == v1::Kpi::BETTER_UNSPECIFIED, EngineReadiness::TARGET,
              kpi.name());
      ASSIGN_OR_RETURN(const std::vector<int64_t> overdue,
                       OverdueDays(snapshot_, kpi, calendar_, {today - kEntryDays, today - 1}, now_));
      Require(overdue.empty(), EngineReadiness::ENTRIES, kpi.name());
    }
    return any;
  }

  storage::Snapshot& snapshot_;
  const absl::Time now_;
  const v1::Engine& engine_;
  const std::vector<v1::Kpi>& kpis_;
  const WorkCalendar& calendar_;
  std::string stage_;
};

}  // namespace

absl::StatusOr<EngineReadiness> GetEngineReadiness(storage::Snapshot& snapshot, const rpc::Call& call,
                                                   const v1::GetEngineReadinessRequest& request) {
  ASSIGN_OR_RETURN(const v1::Engine engine, ReadEngine(snapshot, request.name()));
  const std::string_view engine_id = kEnginePattern.Id(engine.name());
  ASSIGN_OR_RETURN(const std::vector<v1::Kpi> kpis, ReadKpis(snapshot, engine_id));
  ASSIGN_OR_RETURN(const v1::EngineRevision revision,
                   ReadRevision(snapshot, kEngineRevisionPattern.Name(engine_id, engine.revision())));
  std::set<std::string> agreed;
  for (const v1::Acknowledgement& acknowledgement : revision.acknowledgements()) {
    if (acknowledgement.answer() == v1::Acknowledgement::AGREE) agreed.insert(acknowledgement.member());
  }
  ASSIGN_OR_RETURN(const WorkCalendar calendar, ReadWorkCalendar(snapshot, engine));
  Readiness readiness(snapshot, call.now(), engine, kpis, calendar);
  for (const v1::Stage& stage : engine.stages()) {
    if (!stage.retired()) RETURN_IF_ERROR(readiness.Examine(stage, agreed));
  }
  RETURN_IF_ERROR(readiness.ExamineWhole());
  readiness.result.set_ready(readiness.result.gaps().empty());
  return std::move(readiness.result);
}

}  // namespace dangol::metrics
