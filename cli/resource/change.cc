#include "cli/command/command.h"
#include "cli/command/verb.h"

namespace dangol::cli {

Command ChangeCommand(CLI::App& root) {
  CLI::App* app = root.add_subcommand("change", "What will be different for everyone, and who asked for it");
  const std::string service = "dangol.backlog.v1.ChangeService/";
  std::vector<Command> verbs;
  const auto add = [&](std::string_view name, std::string_view method, std::string_view description,
                       bool details = false) {
    verbs.push_back(AddVerb(*app, {name, service + std::string(method), description, details}));
  };
  verbs.push_back(AddListVerb(*app, {"list", service + "ListChanges", "Changes, the newest first"}));
  add("get", "GetChange", "All of one change", true);
  add("create", "CreateChange", "Make one: PROPOSED");
  add("plan", "PlanChange", "It will be done: PLANNED");
  add("start", "StartChange", "Work on it begins: IN_PROGRESS");
  add("ship", "ShipChange",
      "It is there for everyone, and all who asked are answered; with --tickets a part of it for these");
  add("drop", "DropChange", "It will not be done; who asked and has no answer is NOT_YET again");
  add("move", "MoveDemands", "These tickets ask for another change");
  verbs.push_back(
      AddListVerb(*app, {"demands", service + "ListDemands", "Who asks for it, in the order in which they came"}));
  return VerbsCommand(app, std::move(verbs));
}

}  // namespace dangol::cli
