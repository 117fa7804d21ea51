// `dangol report`
#include <csignal>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/civil_time.h"
#include "fmt/format.h"

#include "cli/command/client.h"
#include "cli/command/command.h"
#include "cli/command/request_flags.h"
#include "cli/command/verb.h"
#include "cli/demo/demo.h"
#include "cli/digest/send_digests.h"
#include "cli/output/language.h"
#include "cli/output/output.h"
#include "cli/resource/engine_named.h"
#include "cli/resource/people.h"
#include "cli/resource/report_text.h"
#include "common/base/error.h"
#include "common/base/json.h"
#include "common/base/runtime.h"
#include "common/base/status_macros.h"
#include "common/mail/smtp_mailer.h"
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
  bool send = false;
  std::string data = "data";
};

// Nobody of a demonstration is written to.
absl::StatusOr<mail::SmtpSettings> MailSettings(const std::string& data) {
  if (demo::Look(data) == demo::Folder::kDemo) {
    return Error(absl::StatusCode::kFailedPrecondition, "DEMO_SENDS_NOTHING",
                 fmt::format("{} is a demonstration, which sends nothing. Name another folder with --data.", data));
  }
  return mail::ReadSmtpSettings(mail::SmtpSettingsFile(data));
}

int Send(const Flags& flags) {
  // A mail server that hangs up is an error of the write.
  std::signal(SIGPIPE, SIG_IGN);
  absl::StatusOr<mail::SmtpSettings> settings = MailSettings(flags.data);
  if (!settings.ok()) return Fail("report --send", settings.status());
  mail::SmtpMailer mailer(RealRuntime(), *std::move(settings));
  const auto target = [&](std::string_view service) { return TargetAddress(flags.common.suite, service); };
  Client tickets(target("tickets"));
  Client backlog(target("backlog"));
  Client metrics(target("metrics"));
  DigestClients clients{tickets, backlog, metrics, flags.common.timeout};
  const auto run = SendDigests(clients, mailer, RealRuntime().Now());
  if (!run.ok()) return Fail("report --send", run.status());
  const bool printed = Print(fmt::format("{} sent, {} with nothing that waits\n", run->sent, run->nothing_due));
  for (const std::string& member : run->refused)
    PrintError(fmt::format("dangol report --send: the mail server refused the message to {}\n", member));
  for (const std::string& member : run->put_off)
    PrintError(
        fmt::format("dangol report --send: the mail server puts off the message to {}, which comes with the "
                    "next run\n",
                    member));
  if (!run->stopped.ok()) return Fail("report --send", run->stopped);
  return printed && run->refused.empty() && run->put_off.empty() ? 0 : 1;
}

// Without a day the newest period that has ended: on a Monday that is what there is to read.
absl::StatusOr<Report> AskReport(Client& client, GetReportRequest request, absl::Duration timeout) {
  constexpr char kMethod[] = "/dangol.metrics.v1.KpiService/GetReport";
  ASSIGN_OR_RETURN(Report report, Call<Report>(client, kMethod, request, timeout));
  absl::CivilDay first;
  if (!request.day().empty() || !report.so_far() || !absl::ParseCivilTime(report.first_day(), &first)) return report;
  request.set_day(absl::FormatCivilTime(first - 1));
  return Call<Report>(client, kMethod, request, timeout);
}

int ShowReport(const Flags& flags) {
  Client client(TargetAddress(flags.common.suite, "metrics"));
  const auto engine = EngineNamed(client, flags.engine, flags.common.timeout);
  if (!engine.ok()) return Fail("report", engine.status());
  GetReportRequest request;
  request.set_engine(engine->name());
  request.set_day(flags.day);
  const auto* granularity = FindEnumValue(dangol::metrics::v1::Granularity_descriptor(), flags.period);
  request.set_granularity(static_cast<dangol::metrics::v1::Granularity>(granularity->number()));
  const auto report = AskReport(client, request, flags.common.timeout);
  if (!report.ok()) return Fail("report", report.status());
  if (flags.common.format == Format::kJson) return Print(ToJson(*report, JsonStyle::kCompact) + "\n") ? 0 : 1;
  const auto people = AskPeople(client, flags.common.timeout);
  if (!people.ok()) return Fail("report", people.status());
  return Print(ReportText(*engine, *report, *people, flags.language)) ? 0 : 1;
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
  app->add_option("--day", flags->day,
                  "A day of the period, such as 2026-11-24; without it the newest period that has ended")
      ->type_name("DAY");
  AddLanguageFlag(*app, flags->language);
  app->add_flag(
      "--send", flags->send,
      "Instead: send each member who has an address what waits, once a working day from the member's hour on, "
      "by the mail server of DIR/mail.toml");
  app->add_option("--data", flags->data, "Folder with mail.toml, for --send")->type_name("DIR")->capture_default_str();
  app->footer(
      "The line behind a number is what it was: 28 days, 26 weeks or 13 months. A signal says that a value is not what "
      "chance alone makes of what the number usually is (an XmR chart).\n"
      "--send is for cron, every few minutes; `dangol up` does it by itself. mail.toml says host, port, tls (starttls, "
      "implicit or none), user, password-file and from.");
  return {app, [flags] { return flags->send ? Send(*flags) : ShowReport(*flags); }};
}

}  // namespace dangol::cli
