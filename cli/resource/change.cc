#include "cli/command/command.h"
#include "cli/command/verb.h"
#include "cli/resource/change_show.h"

namespace dangol::cli {

Command ChangeCommand(CLI::App& root) {
  CLI::App* app = root.add_subcommand("change", "Plan and ship what will be different for everyone");
  const std::string service = "dangol.backlog.v1.ChangeService/";
  std::vector<Command> verbs;
  const auto add = [&](std::string_view name, std::string_view method, std::string_view description,
                       bool details = false) {
    verbs.push_back(AddVerb(*app, {name, service + std::string(method), description, details}));
  };
  verbs.push_back(AddListVerb(*app, {"list", service + "ListChanges",
                                     "List changes, the newest first; with --order by score or by what is due"}));
  add("get", "GetChange", "Show all of one change", true);
  verbs.push_back(ChangeShowCommand(*app));
  add("create", "CreateChange", "Propose one: PROPOSED");
  add("update", "UpdateChange", "Correct what the flags say; an empty one clears its field", true);
  add("plan", "PlanChange", "Decide that it will be done: PLANNED");
  add("start", "StartChange", "Begin the work on it: IN_PROGRESS");
  add("ship", "ShipChange",
      "Say that it is there for everyone, and answer all who asked; with --tickets a part of it for these");
  add("drop", "DropChange", "Decide that it will not be done; who asked and has no answer is NOT_YET again");
  add("reconsider", "ReconsiderChange", "Think about a dropped one again: PROPOSED");
  add("revert", "RevertShipment", "Take its newest shipment back: REGRESSED, and whom it had answered waits again");
  add("conclude", "ConcludeChange", "Say whether it did what was expected: VERIFIED or REGRESSED");
  add("merge", "MergeChanges", "Let another one take its place, with all who asked for it: MERGED");
  add("invite", "InviteToPreview", "Invite some who ask for it to try it before it ships");
  add("move", "MoveDemands", "Move tickets to another change");
  verbs.push_back(
      AddListVerb(*app, {"demands", service + "ListDemands", "List who asks for it, in the order in which they came"}));
  add("comment", "CreateComment", "Say something about it to those who work on it; @kim names members/kim");
  verbs.push_back(AddListVerb(*app, {"comments", service + "ListComments", "List what was said about it"}));
  verbs.push_back(AddListVerb(
      *app, {"published", service + "ListPublishedChanges", "List what customers may know: \"you said, we did\""}));
  return VerbsCommand(app, std::move(verbs));
}

}  // namespace dangol::cli
