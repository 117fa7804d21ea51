#include <string>
#include <utility>
#include <vector>

#include "cli/command/command.h"
#include "cli/command/verb.h"

namespace dangol::cli {

Command ReasonCommand(CLI::App& root) {
  CLI::App* app = root.add_subcommand("reason", "Keep the tree of what complaints are about");
  const std::string service = "dangol.tickets.v1.PolicyService/";
  std::vector<Command> verbs;
  verbs.push_back(AddListVerb(*app, {"list", service + "ListContactReasons",
                                     "List contact reasons and their tickets, in the order of the tree"}));
  const auto add = [&](const char* name, const char* method, const char* description) {
    verbs.push_back(AddVerb(*app, {name, service + method, description}));
  };
  add("create", "CreateContactReason", "Make one, such as --path delivery/late --display-names ko=늦은배송");
  add("update", "UpdateContactReason", "Change how one is shown, its stage or its owner");
  add("delete", "DeleteContactReason", "Take one away that no ticket has");
  add("move", "MoveContactReason", "Give one another path, with its tickets, or make it one with another");
  return VerbsCommand(app, std::move(verbs));
}

}  // namespace dangol::cli
