// `dangol effect`
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/command/client.h"
#include "cli/command/command.h"
#include "cli/command/verb.h"
#include "cli/output/language.h"
#include "cli/output/names.h"
#include "cli/output/output.h"
#include "cli/resource/effect_text.h"
#include "common/base/json.h"
#include "dangol/metrics/v1/effect_service.pb.h"
#include "dangol/metrics/v1/kpi_service.pb.h"
#include "dangol/metrics/v1/loop_service.pb.h"

namespace dangol::cli {
namespace {

using dangol::metrics::v1::Effect;
using dangol::metrics::v1::GetEffectRequest;
using dangol::metrics::v1::GetKpiRequest;
using dangol::metrics::v1::Kpi;
using dangol::metrics::v1::LoopSummary;
using dangol::metrics::v1::SummarizeLoopRequest;

struct Flags {
  VerbFlags common;
  std::string change;
  std::string language = TerminalLanguage();
};

// What does not answer leaves an id.
EffectNames AskNames(Client& client, const Flags& flags, const Effect& effect) {
  EffectNames names;
  SummarizeLoopRequest loop;
  loop.set_change(effect.change());
  const auto summary =
      Call<LoopSummary>(client, "/dangol.metrics.v1.LoopService/SummarizeLoop", loop, flags.common.timeout);
  if (summary.ok()) names.change = summary->title();
  if (effect.exposure_kpi().empty()) return names;
  GetKpiRequest request;
  request.set_name(effect.exposure_kpi());
  const auto kpi = Call<Kpi>(client, "/dangol.metrics.v1.KpiService/GetKpi", request, flags.common.timeout);
  if (kpi.ok()) names.exposure = InLanguage(kpi->display_names(), flags.language);
  return names;
}

int ShowEffect(const Flags& flags) {
  Client client(TargetAddress(flags.common.suite, "metrics"));
  GetEffectRequest request;
  request.set_name("effects/" + IdOf(flags.change));
  const auto effect = Call<Effect>(client, "/dangol.metrics.v1.EffectService/GetEffect", request, flags.common.timeout);
  if (!effect.ok()) return Fail("effect show", effect.status());
  if (flags.common.format == Format::kJson) return Print(ToJson(*effect, JsonStyle::kCompact) + "\n") ? 0 : 1;
  return Print(EffectText(*effect, AskNames(client, flags, *effect), flags.language, TerminalWidth())) ? 0 : 1;
}

Command ShowVerb(CLI::App& parent) {
  CLI::App* app = parent.add_subcommand("show", "Show what a change did: before, after, and how sure that is");
  const auto flags = std::make_shared<Flags>();
  AddVerbFlags(*app, flags->common);
  app->add_option("CHANGE", flags->change, "c1, changes/c1 or effects/c1")->type_name("")->required();
  AddLanguageFlag(*app, flags->language);
  app->footer("-o json prints the Effect with all its looks, day by day.");
  return {app, [flags] { return ShowEffect(*flags); }};
}

}  // namespace

Command EffectCommand(CLI::App& root) {
  CLI::App* app = root.add_subcommand("effect", "Tell what shipped changes did to the complaints that they answer");
  std::vector<Command> verbs;
  verbs.push_back(AddListVerb(
      *app, {"list", "dangol.metrics.v1.EffectService/ListEffects", "List effects, the newest shipment first"}));
  verbs.push_back(ShowVerb(*app));
  return VerbsCommand(app, std::move(verbs));
}

}  // namespace dangol::cli
