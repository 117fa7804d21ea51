// `dangol policy`
#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/command/client.h"
#include "cli/command/command.h"
#include "cli/command/request_flags.h"
#include "cli/command/verb.h"
#include "cli/output/output.h"
#include "cli/resource/policy_text.h"
#include "common/base/json.h"
#include "dangol/tickets/v1/policy_service.pb.h"

namespace dangol::cli {
namespace {

using dangol::tickets::v1::GetTriagePolicyRequest;
using dangol::tickets::v1::TriagePolicy;
using dangol::tickets::v1::UpdateTriagePolicyRequest;
using Texts = std::vector<std::string>;

constexpr char kService[] = "/dangol.tickets.v1.PolicyService/";

struct Flags {
  VerbFlags common;
  UpdateTriagePolicyRequest request;
  FlagNames names;
};

int Write(const char* command, const absl::StatusOr<TriagePolicy>& policy, const Flags& flags) {
  if (!policy.ok()) return Fail(command, policy.status(), flags.names);
  const bool json = flags.common.format == Format::kJson;
  return Print(json ? ToJson(*policy, JsonStyle::kCompact) + "\n" : PolicyText(*policy)) ? 0 : 1;
}

int Show(const Flags& flags) {
  Client client(TargetAddress(flags.common.suite, "tickets"));
  return Write("policy show",
               Call<TriagePolicy>(client, std::string(kService) + "GetTriagePolicy", GetTriagePolicyRequest(),
                                  flags.common.timeout),
               flags);
}

int Set(Flags& flags) {
  FillRequestId(flags.request);
  Client client(TargetAddress(flags.common.suite, "tickets"));
  return Write(
      "policy set",
      Call<TriagePolicy>(client, std::string(kService) + "UpdateTriagePolicy", flags.request, flags.common.timeout),
      flags);
}

// Names the field in the mask: it is replaced, by nothing where nothing else is said.
void Mark(UpdateTriagePolicyRequest& request, const std::string& field) {
  request.mutable_triage_policy();
  auto& paths = *request.mutable_update_mask()->mutable_paths();
  if (std::ranges::find(paths, field) == paths.end()) request.mutable_update_mask()->add_paths(field);
}

using AddPart = std::string (*)(const std::string& text, TriagePolicy& policy);

// A flag for each element of a list.
void AddPartFlag(CLI::App& app, Flags& flags, const std::string& flag, const std::string& field, AddPart add,
                 const std::string& type, const std::string& help) {
  app.add_option_function<Texts>(
         flag,
         [&flags, field, add](const Texts& values) {
           Mark(flags.request, field);
           for (const std::string& value : values) add(value, *flags.request.mutable_triage_policy());
         },
         help)
      ->type_name(type)
      ->allow_extra_args(false)
      ->check([add](const std::string& text) {
        TriagePolicy checked;
        return add(text, checked);
      });
}

Command SetVerb(CLI::App& parent) {
  CLI::App* app = parent.add_subcommand("set", "Change what the flags name; it holds for what begins from then on");
  const auto flags = std::make_shared<Flags>();
  AddVerbFlags(*app, flags->common);
  flags->names = AddRequestFlags(*app, flags->request);
  AddPartFlag(*app, *flags, "--open", "opening_hours", AddHours, "DAYS=HOURS",
              "When somebody works, such as mon-fri=09:00-12:00,13:00-18:00; replaces all hours");
  AddPartFlag(
      *app, *flags, "--respond", "response_times", AddTimes, "SEVERITY=REPLY/DECISION",
      "Minutes of work to a reply and to a decision, such as critical=30/240; replaces those of all severities");
  AddPartFlag(*app, *flags, "--assign", "assignment_rules", AddRule, "RULE",
              "Who gets a new ticket, such as contact-reason=delivery,severity=high,assignee=kim; replaces all rules");
  AddPartFlag(*app, *flags, "--remedy-limit", "remedy_limits", AddLimit, "CURRENCY=AMOUNT",
              "What may be given to one customer without asking, such as KRW=50000; replaces all limits");
  app->add_option_function<Texts>(
         "--clear",
         [flags = flags.get()](const Texts& values) {
           for (const std::string& value : values) Mark(flags->request, value);
         },
         "Empty it: extra_holidays, holiday_calendars, assignment_rules, quiet_hours, response_times or remedy_limits")
      ->type_name("FIELD")
      ->allow_extra_args(false)
      ->check(CLI::IsMember({"extra_holidays", "holiday_calendars", "assignment_rules", "quiet_hours", "response_times",
                             "remedy_limits"})
                  .description(""));
  return {app, [flags] { return Set(*flags); }};
}

}  // namespace

Command PolicyCommand(CLI::App& root) {
  CLI::App* app = root.add_subcommand("policy", "Agree on when work is done, how soon, and by whom");
  CLI::App* show = app->add_subcommand("show", "Show the triage policy");
  const auto flags = std::make_shared<Flags>();
  AddVerbFlags(*show, flags->common);
  std::vector<Command> verbs;
  verbs.push_back({show, [flags] { return Show(*flags); }});
  verbs.push_back(SetVerb(*app));
  return VerbsCommand(app, std::move(verbs));
}

}  // namespace dangol::cli
