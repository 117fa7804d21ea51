// `dangol effect`
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/command/client.h"
#include "cli/command/command.h"
#include "cli/command/verb.h"
#include "cli/output/language.h"
#include "cli/output/output.h"
#include "cli/resource/effect_text.h"
#include "common/base/json.h"
#include "dangol/metrics/v1/effect_service.pb.h"

namespace dangol::cli {
namespace {

using dangol::metrics::v1::Effect;
using dangol::metrics::v1::GetEffectRequest;

struct Flags {
  VerbFlags common;
  std::string change;
  std::string language = TerminalLanguage();
};

int ShowEffect(const Flags& flags) {
  Client client(TargetAddress(flags.common.suite, "metrics"));
  GetEffectRequest request;
  request.set_name("effects/" + flags.change.substr(flags.change.rfind('/') + 1));
  const auto effect = Call<Effect>(client, "/dangol.metrics.v1.EffectService/GetEffect", request, flags.common.timeout);
  if (!effect.ok()) return Fail("effect show", effect.status());
  const std::string text = flags.common.format == Format::kJson ? ToJson(*effect, JsonStyle::kCompact) + "\n"
                                                                : EffectText(*effect, flags.language);
  return Print(text) ? 0 : 1;
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
