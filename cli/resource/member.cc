#include "cli/command/command.h"
#include "cli/command/verb.h"

namespace dangol::cli {

Command MemberCommand(CLI::App& root) {
  CLI::App* app = root.add_subcommand("member", "Know who works here, and who stands in for whom");
  const std::string service = "dangol.metrics.v1.MemberService/";
  std::vector<Command> verbs;
  verbs.push_back(AddListVerb(*app, {"list", service + "ListMembers", "List members, the oldest first"}));
  verbs.push_back(AddVerb(*app, {"get", service + "GetMember", "Show all of one member", true}));
  verbs.push_back(AddVerb(*app, {"create", service + "CreateMember", "Make a member known"}));
  verbs.push_back(AddVerb(*app, {"update", service + "UpdateMember", "Change what the flags name"}));
  verbs.push_back(AddVerb(
      *app, {"transfer", service + "TransferWork", "Give the stages and the KPIs of one who leaves to another"}));
  return VerbsCommand(app, std::move(verbs));
}

}  // namespace dangol::cli
