#include "cli/demo/begin.h"

#include <algorithm>
#include <memory>
#include <string_view>

#include "fmt/format.h"

#include "cli/demo/demo.h"
#include "cli/demo/demo_suite.h"
#include "common/base/runtime.h"
#include "common/base/status_macros.h"
#include "dangol/metrics/v1/engine_service.pb.h"
#include "dangol/metrics/v1/kpi_service.pb.h"
#include "dangol/tickets/v1/policy_service.pb.h"
#include "services/metrics/names.h"

namespace dangol::demo {
namespace {

using metrics::v1::Engine;
using metrics::v1::Kpi;
using tickets::v1::AssignmentRule;

bool SaysNothing(const AssignmentRule& rule) {
  return rule.stage().empty() && rule.given_severity() == tickets::v1::Ticket::SEVERITY_UNSPECIFIED &&
         rule.given_labels().empty();
}

// Its KPIs are not there yet.
absl::Status MakeEngine(DemoSuite& suite, const Engine& engine) {
  metrics::v1::CreateEngineRequest request;
  request.set_engine_id(std::string(metrics::kEnginePattern.Id(engine.name())));
  *request.mutable_engine() = engine;
  request.mutable_engine()->clear_exposure_kpi();
  return suite.Call("/dangol.metrics.v1.EngineService/CreateEngine", request);
}

absl::Status MakeKpi(DemoSuite& suite, const Kpi& kpi) {
  metrics::v1::CreateKpiRequest request;
  request.set_parent(kpi.name().substr(0, kpi.name().find("/kpis/")));
  request.set_kpi_id(std::string(metrics::kKpiPattern.Id(kpi.name(), 1)));
  *request.mutable_kpi() = kpi;
  const absl::Status made = suite.Call("/dangol.metrics.v1.KpiService/CreateKpi", request);
  // What is computed comes with the engine.
  return absl::IsAlreadyExists(made) ? absl::OkStatus() : made;
}

absl::Status SetExposure(DemoSuite& suite, const Engine& engine) {
  if (engine.exposure_kpi().empty()) return absl::OkStatus();
  metrics::v1::UpdateEngineRequest request;
  request.set_name(engine.name());
  request.mutable_engine()->set_exposure_kpi(engine.exposure_kpi());
  return suite.Call("/dangol.metrics.v1.EngineService/UpdateEngine", request);
}

absl::Status Arrange(const std::string& folder, const Arrangement& arrangement, absl::Time now) {
  // Nobody is to guess its ids.
  ASSIGN_OR_RETURN(const std::unique_ptr<DemoSuite> suite, DemoSuite::Open(folder, RealRuntime().RandomSecret(), now));
  for (const Engine& engine : arrangement.engines) RETURN_IF_ERROR(MakeEngine(*suite, engine));
  for (const Kpi& kpi : arrangement.kpis) RETURN_IF_ERROR(MakeKpi(*suite, kpi));
  for (const Engine& engine : arrangement.engines) RETURN_IF_ERROR(SetExposure(*suite, engine));
  for (const tickets::v1::ContactReason& reason : arrangement.contact_reasons) {
    tickets::v1::CreateContactReasonRequest request;
    *request.mutable_contact_reason() = reason;
    RETURN_IF_ERROR(suite->Call("/dangol.tickets.v1.PolicyService/CreateContactReason", request));
  }
  tickets::v1::UpdateTriagePolicyRequest request;
  *request.mutable_triage_policy() = arrangement.policy;
  return suite->Call("/dangol.tickets.v1.PolicyService/UpdateTriagePolicy", request);
}

}  // namespace

void LeavePeopleOut(Arrangement& arrangement) {
  for (Engine& engine : arrangement.engines) {
    for (metrics::v1::Stage& stage : *engine.mutable_stages()) {
      stage.clear_owner();
      for (metrics::v1::ProcessStep& step : *stage.mutable_steps()) step.clear_owner();
    }
  }
  std::erase_if(arrangement.kpis, [](const Kpi& kpi) { return kpi.state() == Kpi::RETIRED; });
  for (Kpi& kpi : arrangement.kpis) {
    kpi.clear_owner();
    kpi.clear_first_day();  // the day on which it begins
  }
  std::erase_if(arrangement.contact_reasons, [](const auto& reason) { return !reason.managed(); });
  for (tickets::v1::ContactReason& reason : arrangement.contact_reasons) reason.clear_owner();
  auto& rules = *arrangement.policy.mutable_assignment_rules();
  for (AssignmentRule& rule : rules) {
    rule.clear_assignee();
    rule.clear_assignees();
  }
  rules.erase(std::remove_if(rules.begin(), rules.end(), SaysNothing), rules.end());
}

absl::Status Begin(const std::string& folder, const Arrangement& arrangement, absl::Time now) {
  return Fill(folder, [&](const std::string& unfinished) { return Arrange(unfinished, arrangement, now); });
}

}  // namespace dangol::demo
