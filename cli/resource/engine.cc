#include <string>

#include "cli/command/command.h"
#include "cli/command/verb.h"

namespace dangol::cli {
namespace {

constexpr char kService[] = "dangol.metrics.v1.EngineService/";

}  // namespace

Command EngineCommand(CLI::App& root) {
  CLI::App* app = root.add_subcommand("engine", "Keep the blueprint: how a stranger becomes a regular, stage by stage");
  std::vector<Command> verbs;
  const auto add = [&](const char* name, const char* method, const char* description, bool details = false) {
    verbs.push_back(AddVerb(*app, {name, std::string(kService) + method, description, details}));
  };
  verbs.push_back(
      AddListVerb(*app, {"list", std::string(kService) + "ListEngines", "List engines; * marks the default one"}));
  add("get", "GetEngine", "Show all of one engine", true);
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
