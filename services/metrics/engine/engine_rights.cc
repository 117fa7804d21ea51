#include "services/metrics/engine/engine_rights.h"

#include "fmt/format.h"

#include "common/base/status_macros.h"
#include "common/rpc/authorization.h"
#include "services/metrics/names.h"

namespace dangol::metrics {
namespace {

constexpr std::string_view kStages = "stages[";

// Id of the stage whose owner may write what stands at this path, such as `stages[apply].scenario[ko]`; empty: none.
std::string_view StageIdOf(std::string_view path) {
  if (!path.starts_with(kStages)) return "";
  const size_t end = path.find(']');
  if (path.substr(end) == "].owner") return "";
  return path.substr(kStages.size(), end - kStages.size());
}

}  // namespace

absl::Status CheckMayWrite(const rpc::Call& call, std::string_view stage) {
  return rpc::CheckStage(call.principal(), "engines.write", stage);
}

absl::Status CheckMayRevise(const rpc::Call& call, const std::string& engine,
                            const std::vector<v1::Difference>& differences) {
  for (const v1::Difference& difference : differences) {
    const std::string_view stage_id = StageIdOf(difference.path());
    RETURN_IF_ERROR(
        CheckMayWrite(call, stage_id.empty() ? "" : kStagePattern.Name(kEnginePattern.Id(engine), stage_id)));
  }
  return absl::OkStatus();
}

}  // namespace dangol::metrics
