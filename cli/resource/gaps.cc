// `dangol gaps`
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/command/client.h"
#include "cli/command/command.h"
#include "cli/command/verb.h"
#include "cli/output/table.h"
#include "cli/output/times.h"
#include "common/base/json.h"
#include "dangol/metrics/v1/gap.pb.h"

namespace dangol::cli {
namespace {

using dangol::metrics::v1::Gap;
using dangol::metrics::v1::GapReport;
using dangol::metrics::v1::GetGapReportRequest;

struct Flags {
  VerbFlags common;
  std::string gap;
};

const std::vector<Column<Gap>>& Columns() {
  static const auto& columns = *new std::vector<Column<Gap>>{
      {{"GAP", Fit::kText}, [](const Gap& gap) { return Cell{gap.capability_gap()}; }},
      {{"CUSTOMERS"}, [](const Gap& gap) { return Cell{std::to_string(gap.customers())}; }},
      {{"OF NOBODY KNOWN"}, [](const Gap& gap) { return Cell{std::to_string(gap.anonymous())}; }},
      {{"TICKETS"}, [](const Gap& gap) { return Cell{std::to_string(gap.tickets())}; }},
      {{"SINCE", Fit::kWholeIfRoom}, [](const Gap& gap) { return Cell{TimeWithZone(gap.first_receive_time())}; }},
  };
  return columns;
}

int ShowGaps(const Flags& flags) {
  Client client(TargetAddress(flags.common.suite, "metrics"));
  GetGapReportRequest request;
  request.set_capability_gap(flags.gap);
  const auto report =
      Call<GapReport>(client, "/dangol.metrics.v1.KpiService/GetGapReport", request, flags.common.timeout);
  if (!report.ok()) return Fail("gaps", report.status());
  if (flags.common.format == Format::kJson) return Print(ToJson(*report, JsonStyle::kCompact) + "\n") ? 0 : 1;
  return Print(TableOf(Columns(), std::vector<Gap>(report->gaps().begin(), report->gaps().end()))) ? 0 : 1;
}

}  // namespace

Command GapsCommand(CLI::App& root) {
  CLI::App* app = root.add_subcommand("gaps", "List what cannot be done yet, and who waits for it");
  const auto flags = std::make_shared<Flags>();
  AddVerbFlags(*app, flags->common);
  app->add_option("GAP", flags->gap, "Only this one, such as cold-chain")->type_name("");
  return {app, [flags] { return ShowGaps(*flags); }};
}

}  // namespace dangol::cli
