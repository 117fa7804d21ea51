#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include "google/protobuf/wrappers.pb.h"

#include "cli/command/client.h"
#include "cli/command/command.h"
#include "cli/doctor/audit.h"
#include "cli/doctor/holidays.h"
#include "cli/output/output.h"
#include "cli/suite/status.h"
#include "common/base/error.h"
#include "common/base/json.h"
#include "dangol/api/v1/admin_service.pb.h"
#include "dangol/tickets/v1/policy_service.pb.h"

namespace dangol::cli {
namespace {

using dangol::api::v1::CheckIntegrityRequest;
using dangol::api::v1::CheckIntegrityResponse;
using dangol::api::v1::GetStatusResponse;

// That services which follow each other are given.
constexpr absl::Duration kCatchUpTimeMax = absl::Seconds(5);

struct Flags {
  SuiteFlags suite;
  Format format = Format::kTable;
  absl::Duration timeout = absl::Minutes(30);
  bool pages = false;
};

// What is known of one service.
struct Examination {
  Target target;
  absl::StatusOr<GetStatusResponse> status;
  absl::StatusOr<CheckIntegrityResponse> integrity;

  bool healthy() const {
    return status.ok() && status->state() == GetStatusResponse::SERVING && status->overdue_timers().empty() &&
           integrity.ok() && integrity->violation_count() == 0;
  }
};

std::string Mark(bool good) { return good ? Painted(Colour::kGood, "✓") : Painted(Colour::kBad, "✗"); }

std::string CheckLines(const CheckIntegrityResponse& integrity) {
  std::string lines;
  for (const auto& check : integrity.checks()) {
    std::string found;
    for (const auto& violation : integrity.violations()) {
      if (violation.check() != check.name()) continue;
      found += fmt::format("      {}{}{}\n", violation.resource(), violation.resource().empty() ? "" : ": ",
                           violation.description());
    }
    const std::string left_out =
        check.left_out() == 0 ? "" : fmt::format(", {} left out: too many rows to count again", check.left_out());
    lines +=
        fmt::format("  {} {}: {} examined{}\n{}", Mark(found.empty()), check.name(), check.examined(), left_out, found);
  }
  const int64_t unlisted = integrity.violation_count() - integrity.violations_size();
  if (unlisted > 0)
    lines += fmt::format("  {} {} more violations, of any of these checks, are not listed\n", Mark(false), unlisted);
  return lines;
}

std::string Text(const Examination& examination) {
  const Target& target = examination.target;
  if (!examination.status.ok()) {
    return fmt::format("{} {} at {}\n  {}\n", Mark(false), target.service.empty() ? "a service" : target.service,
                       target.address, Explanation(examination.status.status()));
  }
  const GetStatusResponse& status = *examination.status;
  const bool serving = status.state() == GetStatusResponse::SERVING;
  std::string text =
      fmt::format("{} at {}\n  {} state: {}{}{}\n", status.service(), target.address, Mark(serving),
                  GetStatusResponse::State_Name(status.state()), status.reason().empty() ? "" : ": ", status.reason());
  for (const auto& timer : status.overdue_timers()) text += fmt::format("  {} {}\n", Mark(false), Explanation(timer));
  if (examination.integrity.ok()) return text + CheckLines(*examination.integrity);
  return text + fmt::format("  {} not checked: {}\n", Mark(false), Explanation(examination.integrity.status()));
}

// Quoted by protobuf, which knows how.
std::string JsonText(const std::string& text) {
  google::protobuf::StringValue value;
  value.set_value(text);
  return ToJson(value, JsonStyle::kCompact);
}

std::string Json(const Examination& examination) {
  std::string json =
      fmt::format(R"({{"address":{},"healthy":{})", JsonText(examination.target.address), examination.healthy());
  absl::Status problem;
  if (examination.status.ok()) {
    json += fmt::format(R"(,"status":{})", ToJson(*examination.status, JsonStyle::kComplete));
  } else {
    problem = examination.status.status();
  }
  if (examination.integrity.ok()) {
    json += fmt::format(R"(,"integrity":{})", ToJson(*examination.integrity, JsonStyle::kComplete));
  } else if (problem.ok()) {
    problem = examination.integrity.status();
  }
  if (!problem.ok()) json += fmt::format(R"(,"error":{})", JsonText(Explanation(problem)));
  return json + "}\n";
}

// Between the services.
std::string Text(const absl::StatusOr<CheckIntegrityResponse>& audit) {
  if (audit.ok()) return "between the services\n" + CheckLines(*audit);
  return fmt::format("between the services\n  {} not checked: {}\n", Mark(false), Explanation(audit.status()));
}

std::string Json(const absl::StatusOr<CheckIntegrityResponse>& audit) {
  const bool healthy = audit.ok() && audit->violation_count() == 0;
  return fmt::format("{{\"between\":\"services\",\"healthy\":{},{}}}\n", healthy,
                     audit.ok() ? fmt::format("\"integrity\":{}", ToJson(*audit, JsonStyle::kComplete))
                                : fmt::format("\"error\":{}", JsonText(Explanation(audit.status()))));
}

// False where something is wrong, or nobody can see what it says.
bool CheckBetween(const Flags& flags) {
  const auto audit = AuditSuite(flags.suite, std::min(flags.timeout, kCatchUpTimeMax), flags.timeout);
  const bool printed = Print(flags.format == Format::kJson ? Json(audit) : Text(audit));
  return printed && audit.ok() && audit->violation_count() == 0;
}

// What is well today and will not be so for long; that it cannot be asked, the checks have said.
bool Warn(const Flags& flags) {
  Client client(TargetAddress(flags.suite, "tickets"));
  const auto policy = Call<dangol::tickets::v1::TriagePolicy>(
      client, "/dangol.tickets.v1.PolicyService/GetTriagePolicy", dangol::tickets::v1::GetTriagePolicyRequest(),
      std::min(flags.timeout, absl::Seconds(5)));
  const std::string warning = policy.ok() ? HolidaysWarning(*policy, absl::Now()) : "";
  if (warning.empty()) return true;
  return Print(flags.format == Format::kJson ? fmt::format("{{\"warning\":{}}}\n", JsonText(warning))
                                             : fmt::format("! {}\n", warning));
}

int Run(const Flags& flags) {
  const std::vector<Target> targets = Targets(flags.suite);
  CheckIntegrityRequest request;
  request.set_check_pages(flags.pages);
  const auto statuses = AskStatus(targets, std::min(flags.timeout, absl::Seconds(5)));
  const auto integrities =
      CallAll<CheckIntegrityResponse>(targets, "/dangol.api.v1.AdminService/CheckIntegrity", request, flags.timeout);
  bool healthy = true;
  for (size_t i = 0; i < targets.size(); ++i) {
    const Examination examination{targets[i], statuses[i], integrities[i]};
    healthy = healthy && examination.healthy();
    if (!Print(flags.format == Format::kJson ? Json(examination) : Text(examination))) return 1;
  }
  // Of one service alone there is nothing between.
  if (flags.suite.address.empty()) healthy = CheckBetween(flags) && Warn(flags) && healthy;
  return healthy ? 0 : 1;
}

}  // namespace

Command DoctorCommand(CLI::App& root) {
  CLI::App* app = root.add_subcommand("doctor", "Check what must always hold; 0 if it does");
  const auto flags = std::make_shared<Flags>();
  AddSuiteFlags(*app, flags->suite);
  AddFormatFlag(*app, flags->format);
  AddTimeoutFlag(*app, flags->timeout);
  app->add_flag("--pages", flags->pages, "Also every page of the databases; takes about a second for each GB");
  app->footer(
      "Each service checks itself, on one snapshot. Then what must hold between them is read through their APIs: that "
      "they\n"
      "follow each other, that every ticket which a change has or answered is one demand of it, and what changes, "
      "shipments\n"
      "and the loop ledger count. The services go on working meanwhile; what looks wrong is looked at twice.");
  return {app, [flags] { return Run(*flags); }};
}

}  // namespace dangol::cli
