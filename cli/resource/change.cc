#include "cli/command/command.h"
#include "cli/command/verb.h"

namespace dangol::cli {

Command ChangeCommand(CLI::App& root) {
  CLI::App* app = root.add_subcommand("change", "Plan and ship what will be different for everyone");
  const std::string service = "dangol.backlog.v1.ChangeService/";
  std::vector<Command> verbs;
  const auto add = [&](std::string_view name, std::string_view method, std::string_view description,
                       bool details = false) {
    verbs.push_back(AddVerb(*app, {name, service + std::string(method), description, details}));
  };
  verbs.push_back(AddListVerb(*app, {"list", service + "ListChanges", "List changes, the newest first"}));
  add("get", "GetChange", "Show all of one change", true);
  add("create", "CreateChange", "Propose one: PROPOSED");
  add("plan", "PlanChange", "Decide that it will be done: PLANNED");
  add("start", "StartChange", "Begin the work on it: IN_PROGRESS");
  add("ship", "ShipChange",
      "Say that it is there for everyone, and answer all who asked; with --tickets a part of it for these");
  add("drop", "DropChange", "Decide that it will not be done; who asked and has no answer is NOT_YET again");
  add("move", "MoveDemands", "Move tickets to another change");
  verbs.push_back(
      AddListVerb(*app, {"demands", service + "ListDemands", "List who asks for it, in the order in which they came"}));
  return VerbsCommand(app, std::move(verbs));
}

}  // namespace dangol::cli
