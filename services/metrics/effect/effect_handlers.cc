#include "services/metrics/effect/effect_handlers.h"

#include <optional>
#include <utility>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/resource/page.h"
#include "services/metrics/effect/effect_store.h"
#include "services/metrics/names.h"

namespace dangol::metrics {

absl::StatusOr<v1::Effect> GetEffect(storage::Snapshot& snapshot, const rpc::Call&,
                                     const v1::GetEffectRequest& request) {
  return ReadEffect(snapshot, request.name());
}

absl::StatusOr<v1::ListEffectsResponse> ListEffects(storage::Snapshot& snapshot, const rpc::Call&,
                                                    const v1::ListEffectsRequest& request) {
  int64_t verdicts = 0;
  for (const int verdict : request.verdicts()) verdicts |= int64_t{1} << verdict;
  if (request.verdicts().empty()) verdicts = -1;
  return resource::Page<resource::TimeKey>(
      request, &v1::ListEffectsResponse::mutable_effects,
      [&](const auto& before, int64_t most) { return ListEffectKeys(snapshot, verdicts, before, most); },
      [&](const resource::TimeKey& key) -> absl::StatusOr<v1::Effect> {
        ASSIGN_OR_RETURN(std::optional<EffectRow> row, FindEffect(snapshot, key.id));
        if (!row) return InternalError(fmt::format("{} is listed and not there", kEffectPattern.Name(key.id)));
        return std::move(row->effect);
      });
}

}  // namespace dangol::metrics
