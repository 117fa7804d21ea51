// `dangol begin`
#include "cli/demo/begin.h"

#include <memory>
#include <string>

#include "fmt/format.h"

#include "cli/command/client.h"
#include "cli/command/command.h"
#include "cli/command/verb.h"
#include "cli/output/output.h"
#include "common/base/folder_owner.h"
#include "common/base/runtime.h"
#include "common/base/status_macros.h"
#include "dangol/metrics/v1/engine_service.pb.h"
#include "dangol/metrics/v1/kpi_service.pb.h"
#include "dangol/tickets/v1/policy_service.pb.h"

namespace dangol::cli {
namespace {

constexpr int kPageSize = 1000;

struct Flags {
  SuiteFlags suite;
  absl::Duration timeout = absl::Seconds(30);
  std::string data = "data";
};

absl::Status AskKpis(Client& metrics, const Flags& flags, const std::string& engine,
                     std::vector<metrics::v1::Kpi>& kpis) {
  metrics::v1::ListKpisRequest request;
  request.set_parent(engine);
  request.set_page_size(kPageSize);
  metrics::v1::ListKpisResponse page;
  return EachPage(metrics, "/dangol.metrics.v1.KpiService/ListKpis", request, flags.timeout, page, [&](bool) {
    kpis.insert(kpis.end(), page.kpis().begin(), page.kpis().end());
    return absl::OkStatus();
  });
}

absl::Status AskEngines(Client& metrics, const Flags& flags, demo::Arrangement& arrangement) {
  metrics::v1::ListEnginesRequest request;
  request.set_page_size(kPageSize);
  metrics::v1::ListEnginesResponse page;
  RETURN_IF_ERROR(
      EachPage(metrics, "/dangol.metrics.v1.EngineService/ListEngines", request, flags.timeout, page, [&](bool) {
        arrangement.engines.insert(arrangement.engines.end(), page.engines().begin(), page.engines().end());
        return absl::OkStatus();
      }));
  for (const metrics::v1::Engine& engine : arrangement.engines)
    RETURN_IF_ERROR(AskKpis(metrics, flags, engine.name(), arrangement.kpis));
  return absl::OkStatus();
}

absl::Status AskPolicy(Client& tickets, const Flags& flags, demo::Arrangement& arrangement) {
  constexpr char kService[] = "/dangol.tickets.v1.PolicyService/";
  tickets::v1::ListContactReasonsRequest request;
  request.set_page_size(kPageSize);
  tickets::v1::ListContactReasonsResponse page;
  RETURN_IF_ERROR(
      EachPage(tickets, fmt::format("{}ListContactReasons", kService), request, flags.timeout, page, [&](bool) {
        arrangement.contact_reasons.insert(arrangement.contact_reasons.end(), page.contact_reasons().begin(),
                                           page.contact_reasons().end());
        return absl::OkStatus();
      }));
  ASSIGN_OR_RETURN(arrangement.policy,
                   Call<tickets::v1::TriagePolicy>(tickets, fmt::format("{}GetTriagePolicy", kService),
                                                   tickets::v1::GetTriagePolicyRequest(), flags.timeout));
  return absl::OkStatus();
}

absl::StatusOr<demo::Arrangement> BeginLike(const Flags& flags) {
  Client metrics(TargetAddress(flags.suite, "metrics"));
  Client tickets(TargetAddress(flags.suite, "tickets"));
  demo::Arrangement arrangement;
  RETURN_IF_ERROR(AskEngines(metrics, flags, arrangement));
  RETURN_IF_ERROR(AskPolicy(tickets, flags, arrangement));
  demo::LeavePeopleOut(arrangement);
  MakeFolders(flags.data);  // what is wrong is said where it is looked for
  RETURN_IF_ERROR(demo::Begin(flags.data, arrangement, RealRuntime().Now()));
  return arrangement;
}

int Run(const Flags& flags) {
  const auto arrangement = BeginLike(flags);
  if (!arrangement.ok()) return Fail("begin", arrangement.status());
  return Print(
             fmt::format("{}: engines {}, KPIs {}, contact reasons {}, and the triage policy; nothing else.\n"
                         "Stop the demonstration, start this (./run --data {}), and say who works here: dangol member "
                         "create.\n",
                         flags.data, arrangement->engines.size(), arrangement->kpis.size(),
                         arrangement->contact_reasons.size(), flags.data))
             ? 0
             : 1;
}

}  // namespace

Command BeginCommand(CLI::App& root) {
  CLI::App* app = root.add_subcommand("begin", "Begin for real with the engine that was tried on a demonstration");
  const auto flags = std::make_shared<Flags>();
  AddSuiteFlags(*app, flags->suite);
  AddTimeoutFlag(*app, flags->timeout);
  app->add_option("--data", flags->data, "The new folder of the databases; it must be empty")
      ->type_name("DIR")
      ->capture_default_str();
  app->footer(
      "Asks the suite that runs, such as `dangol up --demo`, and makes a new folder with its engines and their KPIs, its "
      "contact reasons and its triage policy. Nothing that has\n"
      "happened is copied, and nobody who works there: owners and who tickets are given to are left empty.");
  return {app, [flags] { return Run(*flags); }};
}

}  // namespace dangol::cli
