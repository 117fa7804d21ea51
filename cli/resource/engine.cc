// `dangol engine`
#include <memory>
#include <string>
#include <vector>

#include "cli/command/client.h"
#include "cli/command/command.h"
#include "cli/command/verb.h"
#include "cli/output/language.h"
#include "cli/output/output.h"
#include "cli/resource/engine_named.h"
#include "cli/resource/engine_text.h"
#include "cli/resource/people.h"
#include "common/base/json.h"
#include "dangol/metrics/v1/kpi_service.pb.h"

namespace dangol::cli {
namespace {

using dangol::metrics::v1::Engine;
using dangol::metrics::v1::GetKpiRequest;
using dangol::metrics::v1::Kpi;

constexpr char kService[] = "dangol.metrics.v1.EngineService/";

struct Flags {
  VerbFlags common;
  std::string engine;
  std::string language = TerminalLanguage();
};

// Empty: there is none, or nothing is known of it.
std::string ExposureName(Client& client, const Flags& flags, const Engine& engine) {
  if (engine.exposure_kpi().empty()) return "";
  GetKpiRequest request;
  request.set_name(engine.exposure_kpi());
  const auto kpi = Call<Kpi>(client, "/dangol.metrics.v1.KpiService/GetKpi", request, flags.common.timeout);
  return kpi.ok() ? InLanguage(kpi->display_names(), flags.language) : "";
}

int Show(const Flags& flags) {
  Client client(TargetAddress(flags.common.suite, "metrics"));
  const auto engine = EngineNamed(client, flags.engine, flags.common.timeout);
  if (!engine.ok()) return Fail("engine show", engine.status());
  if (flags.common.format == Format::kJson) return Print(ToJson(*engine, JsonStyle::kCompact) + "\n") ? 0 : 1;
  const auto people = AskPeople(client, flags.common.timeout);
  if (!people.ok()) return Fail("engine show", people.status());
  const std::string exposure = ExposureName(client, flags, *engine);
  return Print(EngineText(*engine, exposure, *people, flags.language, TerminalWidth())) ? 0 : 1;
}

Command ShowVerb(CLI::App& parent) {
  CLI::App* app = parent.add_subcommand("show", "Show the stages of an engine, and whose closed days it has");
  const auto flags = std::make_shared<Flags>();
  AddVerbFlags(*app, flags->common);
  app->add_option("ENGINE", flags->engine, "Its name; the default engine unless given")->type_name("");
  AddLanguageFlag(*app, flags->language);
  return {app, [flags] { return Show(*flags); }};
}

}  // namespace

Command EngineCommand(CLI::App& root) {
  CLI::App* app = root.add_subcommand("engine", "Keep the blueprint: how a stranger becomes a regular, stage by stage");
  std::vector<Command> verbs;
  const auto add = [&](const char* name, const char* method, const char* description, bool details = false) {
    verbs.push_back(AddVerb(*app, {name, std::string(kService) + method, description, details}));
  };
  verbs.push_back(
      AddListVerb(*app, {"list", std::string(kService) + "ListEngines", "List engines; * marks the default one"}));
  verbs.push_back(ShowVerb(*app));
  add("get", "GetEngine", "Show all of one engine, in all languages", true);
  add("create", "CreateEngine", "Make one, such as with --blueprint engine --time-zone Asia/Seoul");
  add("update", "UpdateEngine", "Change what the flags name, which makes a revision");
  verbs.push_back(AddListVerb(*app, {"revisions", std::string(kService) + "ListEngineRevisions",
                                     "List what was changed and why, the newest first"}));
  add("retire-stage", "RetireStage",
      "End a stage, and let one of another engine go on with it: shop/apply --into store/apply");
  add("acknowledge", "AcknowledgeRevision", "Say what a member thinks of a revision, such as shop/2");
  verbs.push_back(StopCandidatesCommand(*app));
  return VerbsCommand(app, std::move(verbs));
}

}  // namespace dangol::cli
