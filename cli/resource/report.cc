// `dangol report`
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"

#include "cli/command/client.h"
#include "cli/command/command.h"
#include "cli/command/request_flags.h"
#include "cli/command/verb.h"
#include "cli/output/language.h"
#include "cli/output/output.h"
#include "cli/resource/engine_named.h"
#include "cli/resource/report_text.h"
#include "common/base/json.h"
#include "dangol/metrics/v1/kpi_service.pb.h"

namespace dangol::cli {
namespace {

using dangol::metrics::v1::GetReportRequest;
using dangol::metrics::v1::Report;

struct Flags {
  VerbFlags common;
  std::string period = "day";
  std::string engine;
  std::string day;
  std::string language = TerminalLanguage();
};

int ShowReport(const Flags& flags) {
  Client client(TargetAddress(flags.common.suite, "metrics"));
  const auto engine = EngineNamed(client, flags.engine, flags.common.timeout);
  if (!engine.ok()) return Fail("report", engine.status());
  GetReportRequest request;
  request.set_engine(engine->name());
  request.set_day(flags.day);
  const auto* granularity = FindEnumValue(dangol::metrics::v1::Granularity_descriptor(), flags.period);
  request.set_granularity(static_cast<dangol::metrics::v1::Granularity>(granularity->number()));
  const auto report = Call<Report>(client, "/dangol.metrics.v1.KpiService/GetReport", request, flags.common.timeout);
  if (!report.ok()) return Fail("report", report.status());
  const std::string text = flags.common.format == Format::kJson ? ToJson(*report, JsonStyle::kCompact) + "\n"
                                                                : ReportText(*engine, *report, flags.language);
  return Print(text) ? 0 : 1;
}

}  // namespace

Command ReportCommand(CLI::App& root) {
  CLI::App* app = root.add_subcommand("report", "Show what goes well, what does not, and who has not said");
  const auto flags = std::make_shared<Flags>();
  AddVerbFlags(*app, flags->common);
  app->add_option("PERIOD", flags->period, "day, week or month; day unless given")
      ->type_name("")
      ->check(CLI::IsMember({"day", "week", "month"}).description(""));
  app->add_option("ENGINE", flags->engine, "Its name; the default engine unless given")->type_name("");
  app->add_option("--day", flags->day, "A day of the period, such as 2026-11-24; today unless given")->type_name("DAY");
  app->add_option("--language", flags->language, "ko or en; that of the terminal unless given")
      ->type_name("")
      ->check(CLI::IsMember({"ko", "en"}).description(""));
  app->footer(
      "The line behind a number is what it was: 28 days, 26 weeks or 13 months. A signal says that a value is not what "
      "chance alone makes of what the number usually is (an XmR chart).");
  return {app, [flags] { return ShowReport(*flags); }};
}

}  // namespace dangol::cli
