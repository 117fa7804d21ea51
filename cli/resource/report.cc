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
#include "cli/resource/report_text.h"
#include "common/base/json.h"
#include "common/base/status_macros.h"
#include "dangol/metrics/v1/engine_service.pb.h"
#include "dangol/metrics/v1/kpi_service.pb.h"

namespace dangol::cli {
namespace {

using dangol::metrics::v1::GetEngineRequest;
using dangol::metrics::v1::GetReportRequest;
using dangol::metrics::v1::ListEnginesRequest;
using dangol::metrics::v1::ListEnginesResponse;
using dangol::metrics::v1::Report;

constexpr char kEngines[] = "/dangol.metrics.v1.EngineService/";

struct Flags {
  VerbFlags common;
  std::string period = "day";
  std::string engine;
  std::string day;
  std::string language = TerminalLanguage();
};

// The one that is named, else the default one.
absl::StatusOr<dangol::metrics::v1::Engine> EngineOf(Client& client, const Flags& flags) {
  if (!flags.engine.empty()) {
    GetEngineRequest request;
    request.set_name(FullName(flags.engine, "engines/*"));
    return Call<dangol::metrics::v1::Engine>(client, std::string(kEngines) + "GetEngine", request,
                                             flags.common.timeout);
  }
  ListEnginesRequest request;
  request.set_page_size(1);
  ASSIGN_OR_RETURN(const auto engines, Call<ListEnginesResponse>(client, std::string(kEngines) + "ListEngines", request,
                                                                 flags.common.timeout));
  if (!engines.engines().empty()) return engines.engines(0);
  return Error(absl::StatusCode::kNotFound, "NO_ENGINE",
               "There is no engine. Make one: dangol engine create --blueprint engine --time-zone Asia/Seoul");
}

int ShowReport(const Flags& flags) {
  Client client(TargetAddress(flags.common.suite, "metrics"));
  const auto engine = EngineOf(client, flags);
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
