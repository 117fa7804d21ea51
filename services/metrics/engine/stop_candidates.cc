#include "services/metrics/engine/stop_candidates.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "fmt/format.h"

#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "dangol/metrics/v1/effect.pb.h"
#include "services/metrics/engine/engine_store.h"
#include "services/metrics/kpi/kpi_store.h"
#include "services/metrics/names.h"

namespace dangol::metrics {
namespace {

using storage::Row;

constexpr size_t kChangesMost = 200;
// Revisions that are looked through, the newest first.
constexpr int64_t kRevisionsMost = 100;

absl::Status AddChanges(storage::Snapshot& snapshot, const v1::Engine& engine,
                        v1::GetStopCandidatesResponse& response) {
  return snapshot.Query(
      R"(
      SELECT c.change_id, c.title, c.stage, c.ship_time
      FROM effect AS e JOIN change AS c ON c.change_id = e.effect_id
      WHERE e.verdict = $1 AND c.ship_time IS NOT NULL
      ORDER BY e.ship_time DESC, e.effect_id DESC)",
      {v1::Effect::NO_DETECTABLE_EFFECT}, [&](const Row& row) {
        const std::string stage = row.Text(2);
        const bool is_of_engine =
            stage.empty() ? engine.default_engine() : kStagePattern.Id(stage) == kEnginePattern.Id(engine.name());
        if (!is_of_engine || static_cast<size_t>(response.changes_size()) == kChangesMost) return;
        v1::ChangeWithoutEffect& change = *response.add_changes();
        change.set_change(kChangePattern.Name(row.Bytes(0)));
        change.set_title(row.Text(1));
        change.set_effect(kEffectPattern.Name(row.Bytes(0)));
        *change.mutable_ship_time() = ToProtoTime(row.Time(3));
      });
}

// Revisions that changes caused, and those that somebody agreed to, as far as steps are concerned.
class Citations {
 public:
  absl::Status Read(storage::Snapshot& snapshot, std::string_view engine_id) {
    ASSIGN_OR_RETURN(const std::vector<resource::NumberKey> keys,
                     ListRevisionKeys(snapshot, engine_id, std::nullopt, kRevisionsMost));
    for (const resource::NumberKey& key : keys) {
      ASSIGN_OR_RETURN(v1::EngineRevision revision,
                       ReadRevision(snapshot, kEngineRevisionPattern.Name(engine_id, key.number)));
      revisions_.push_back(std::move(revision));
    }
    return absl::OkStatus();
  }

  // The newest revisions come first: what is agreed to before the one that made the step as it is was something else.
  bool Cites(std::string_view stage_id, std::string_view step_id) const {
    const std::string path = fmt::format("stages[{}].steps[{}]", stage_id, step_id);
    for (const v1::EngineRevision& revision : revisions_) {
      const bool is_agreed = std::ranges::any_of(revision.acknowledgements(), [](const v1::Acknowledgement& said) {
        return said.answer() == v1::Acknowledgement::AGREE;
      });
      if (is_agreed) return true;
      const bool made_it = std::ranges::any_of(revision.differences(), [&](const v1::Difference& difference) {
        return absl::StartsWith(difference.path(), path);
      });
      if (made_it) return !revision.changes().empty();
    }
    return false;
  }

 private:
  std::vector<v1::EngineRevision> revisions_;
};

}  // namespace

absl::StatusOr<v1::GetStopCandidatesResponse> GetStopCandidates(storage::Snapshot& snapshot, const rpc::Call&,
                                                                const v1::GetStopCandidatesRequest& request) {
  ASSIGN_OR_RETURN(const v1::Engine engine, ReadEngine(snapshot, request.engine()));
  const std::string_view engine_id = kEnginePattern.Id(engine.name());
  v1::GetStopCandidatesResponse response;
  RETURN_IF_ERROR(AddChanges(snapshot, engine, response));
  Citations citations;
  RETURN_IF_ERROR(citations.Read(snapshot, engine_id));
  ASSIGN_OR_RETURN(const std::vector<v1::Kpi> kpis, ReadKpis(snapshot, engine_id));
  std::set<std::string> measured;
  for (const v1::Kpi& kpi : kpis) {
    if (kpi.state() == v1::Kpi::ACTIVE) measured.insert(kpi.stage());
  }
  for (const v1::Stage& stage : engine.stages()) {
    const std::string name = kStagePattern.Name(engine_id, stage.stage_id());
    if (stage.retired() || measured.contains(name)) continue;
    for (const v1::ProcessStep& step : stage.steps()) {
      if (citations.Cites(stage.stage_id(), step.step_id())) continue;
      v1::UncitedStep& uncited = *response.add_steps();
      uncited.set_stage(name);
      uncited.set_step_id(step.step_id());
      *uncited.mutable_description() = step.description();
    }
  }
  return response;
}

}  // namespace dangol::metrics
