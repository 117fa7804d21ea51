#include "cli/doctor/audit_effects.h"

#include <map>
#include <string>

#include "fmt/format.h"

#include "cli/command/verb.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "dangol/metrics/v1/effect_service.pb.h"

namespace dangol::cli {
namespace {

using dangol::backlog::v1::Change;
using dangol::metrics::v1::Effect;

constexpr int kPageSize = 1000;

// What is not told is that it is too early.
bool HasHeard(const Change& change, const Effect& effect) {
  if (effect.verdict() == Effect::TOO_EARLY && change.effect_verdict() == 0) return true;
  return static_cast<int>(change.effect_verdict()) == static_cast<int>(effect.verdict());
}

}  // namespace

absl::Status AuditEffects(Client& metrics, absl::Duration timeout, const std::vector<Change>& changes,
                          Findings& findings) {
  dangol::metrics::v1::ListEffectsRequest request;
  dangol::metrics::v1::ListEffectsResponse response;
  request.set_page_size(kPageSize);
  std::map<std::string, Effect> effects;  // by change
  RETURN_IF_ERROR(
      EachPage(metrics, "/dangol.metrics.v1.EffectService/ListEffects", request, timeout, response, [&](bool) {
        for (const Effect& effect : response.effects()) effects[effect.change()] = effect;
        return absl::OkStatus();
      }));
  for (const Change& change : changes) {
    const auto found = effects.find(change.name());
    if (!change.has_ship_time() && found == effects.end()) continue;
    findings.Examined(kEffects);
    if (!change.has_ship_time()) {
      findings.Violation(kEffects, change.name(), "has no shipment that holds, and metrics keeps an effect of it");
      continue;
    }
    if (found == effects.end()) {
      findings.Violation(kEffects, change.name(), "has shipped, and metrics keeps no effect of it");
      continue;
    }
    const Effect& effect = found->second;
    if (FromProtoTime(effect.ship_time()) != FromProtoTime(change.ship_time())) {
      findings.Violation(kEffects, change.name(), "has shipped at another time than metrics says");
    } else if (!HasHeard(change, effect)) {
      findings.Violation(
          kEffects, change.name(),
          fmt::format("says {}, and metrics {}", dangol::backlog::v1::EffectVerdict_Name(change.effect_verdict()),
                      Effect::Verdict_Name(effect.verdict())));
    }
  }
  return absl::OkStatus();
}

}  // namespace dangol::cli
