#include "cli/command/command.h"
#include "cli/command/verb.h"
#include "cli/resource/kpi_enter.h"
#include "cli/resource/kpi_import.h"

namespace dangol::cli {

Command KpiCommand(CLI::App& root) {
  CLI::App* app = root.add_subcommand("kpi", "Define the numbers of an engine, and enter them");
  const std::string service = "dangol.metrics.v1.KpiService/";
  std::vector<Command> verbs;
  const auto add = [&](const char* name, const char* method, const char* description, bool details = false) {
    verbs.push_back(AddVerb(*app, {name, service + method, description, details}));
  };
  verbs.push_back(KpiEnterVerb(*app));
  verbs.push_back(KpiImportVerb(*app));
  verbs.push_back(AddListVerb(*app, {"list", service + "ListKpis", "List the KPIs of an engine, the oldest first"}));
  add("get", "GetKpi", "Show all of one KPI, such as shop/orders", true);
  add("create", "CreateKpi", "Define one for an engine");
  add("update", "UpdateKpi", "Change what the flags name");
  verbs.push_back(AddListVerb(*app, {"missing", service + "ListMissingEntries", "List days that are to be entered"}));
  verbs.push_back(AddListVerb(*app, {"revisions", service + "ListObservationRevisions",
                                     "List what was said of a day, such as shop/orders/2026-11-24"}));
  return VerbsCommand(app, std::move(verbs));
}

}  // namespace dangol::cli
