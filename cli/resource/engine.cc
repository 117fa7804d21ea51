#include <memory>
#include <string>

#include "fmt/format.h"

#include "cli/command/client.h"
#include "cli/command/command.h"
#include "cli/command/request_flags.h"
#include "cli/command/verb.h"
#include "cli/output/output.h"
#include "cli/output/table.h"
#include "common/base/json.h"
#include "dangol/metrics/v1/engine_service.pb.h"

namespace dangol::cli {
namespace {

using dangol::metrics::v1::EngineReadiness;
using dangol::metrics::v1::GetEngineReadinessRequest;

constexpr char kService[] = "dangol.metrics.v1.EngineService/";

struct ReadinessFlags {
  VerbFlags common;
  std::string engine;
};

std::string InWords(EngineReadiness::Lack lack) {
  switch (lack) {
    case EngineReadiness::SCENARIO:
      return "says what the customer lives through";
    case EngineReadiness::PROCESS:
      return "has a process of at least one step";
    case EngineReadiness::OWNER:
      return "has an owner who works here";
    case EngineReadiness::KPI:
      return "has a KPI";
    case EngineReadiness::TARGET:
      return "has a target for the KPI";
    case EngineReadiness::ENTRIES:
      return "has all numbers of the last seven days";
    case EngineReadiness::AGREEMENT:
      return "has an owner who agreed to the newest revision";
    default:
      return EngineReadiness::Lack_Name(lack);
  }
}

int Readiness(const ReadinessFlags& flags) {
  Client client(TargetAddress(flags.common.suite, "metrics"));
  GetEngineReadinessRequest request;
  request.set_name(FullName(flags.engine, "engines/*"));
  const auto readiness =
      Call<EngineReadiness>(client, fmt::format("/{}GetEngineReadiness", kService), request, flags.common.timeout);
  if (!readiness.ok()) return Fail("readiness", readiness.status());
  if (flags.common.format == Format::kJson) return Print(ToJson(*readiness, JsonStyle::kCompact) + "\n") ? 0 : 1;
  if (readiness->ready()) return Print(fmt::format("{} lacks nothing.\n", readiness->engine())) ? 0 : 1;
  Table table({{"STAGE"}, {"KPI"}, {"NOT YET", Fit::kText}});
  std::vector<std::vector<Cell>> rows;
  for (const EngineReadiness::Gap& gap : readiness->gaps()) {
    const auto id = [](const std::string& name) { return name.empty() ? "-" : name.substr(name.rfind('/') + 1); };
    rows.push_back({{id(gap.stage())}, {id(gap.kpi())}, {InWords(gap.lack())}});
  }
  return Print(table.Rows(rows)) ? 0 : 1;
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

Command ReadinessCommand(CLI::App& root) {
  CLI::App* app =
      root.add_subcommand("readiness", "Say what an engine still lacks before it can be run by its numbers");
  const auto flags = std::make_shared<ReadinessFlags>();
  AddVerbFlags(*app, flags->common);
  app->add_option("ENGINE", flags->engine, "Its name")->required();
  return {app, [flags] { return Readiness(*flags); }};
}

}  // namespace dangol::cli
