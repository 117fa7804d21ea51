#include "cli/suite/status.h"

#include <memory>
#include <string>

#include "absl/time/clock.h"
#include "fmt/format.h"

#include "cli/command/client.h"
#include "cli/command/command.h"
#include "cli/output/output.h"
#include "common/base/error.h"
#include "common/base/json.h"

namespace dangol::cli {
namespace {

using dangol::api::v1::GetStatusRequest;
using dangol::api::v1::GetStatusResponse;
using dangol::api::v1::OverdueTimer;
using dangol::api::v1::SubscriptionStatus;
using Answer = absl::StatusOr<GetStatusResponse>;

struct Flags {
  SuiteFlags suite;
  Format format = Format::kTable;
  absl::Duration timeout = absl::Seconds(5);
};

constexpr size_t kColumns = 14;

std::vector<Cell> Row(const Target& target, const Answer& answer) {
  if (!answer.ok()) {
    const std::string service = target.service.empty() ? "?" : target.service;
    const std::string state = ErrorReason(answer.status()) == "UNREACHABLE" ? "UNREACHABLE" : "UNKNOWN";
    std::vector<Cell> row = {{service}, {target.address}, {state, Colour::kBad}};
    row.resize(kColumns, {"-"});
    return row;
  }
  const bool serving = answer->state() == GetStatusResponse::SERVING;
  std::vector<std::string> followed;
  int64_t lag = 0;
  int64_t parked = 0;
  bool broken = false;
  for (const SubscriptionStatus& subscription : answer->subscriptions()) {
    lag += subscription.lag_events();
    parked += subscription.parked_events();
    if (subscription.state() == SubscriptionStatus::FOLLOWING) followed.push_back(subscription.feed());
    broken = broken || subscription.state() == SubscriptionStatus::BROKEN;
  }
  const bool follows = answer->subscriptions_size() > 0;
  return {{answer->service()},
          {target.address},
          {GetStatusResponse::State_Name(answer->state()), serving ? Colour::kGood : Colour::kBad},
          {answer->version()},
          {std::to_string(answer->process())},
          {followed.empty() ? "-" : fmt::format("{}", fmt::join(followed, ","))},
          {std::to_string(answer->feed_sequence())},
          {std::to_string(answer->write_queue_calls() + answer->read_queue_calls())},
          {std::to_string(answer->open_streams())},
          {follows ? std::to_string(lag) : "-", broken ? Colour::kBad : Colour::kPlain},
          {follows ? std::to_string(parked) : "-", parked > 0 ? Colour::kBad : Colour::kPlain},
          {ShownBytes(answer->wal_bytes())},
          {ShownBytes(answer->database_bytes())},
          {ShownDuration(absl::Now() - absl::FromUnixSeconds(answer->start_time().seconds()))}};
}

bool PrintTable(const std::vector<Target>& targets, const std::vector<Answer>& answers) {
  constexpr Fit kIfRoom = Fit::kWholeIfRoom;
  Table table({{"SERVICE"},
               {"ADDRESS", kIfRoom},
               {"STATE"},
               {"VERSION", kIfRoom},
               {"PROCESS", kIfRoom},
               {"FOLLOWS", kIfRoom},
               {"FEED", kIfRoom},
               {"QUEUE", kIfRoom},
               {"STREAMS", kIfRoom},
               {"LAG"},
               {"PARKED"},
               {"WAL", kIfRoom},
               {"DATABASE", kIfRoom},
               {"UPTIME", kIfRoom}});
  std::vector<std::vector<Cell>> rows;
  for (size_t i = 0; i < targets.size(); ++i) rows.push_back(Row(targets[i], answers[i]));
  return Print(table.Rows(rows));
}

bool PrintJson(const std::vector<Answer>& answers) {
  for (const Answer& answer : answers) {
    if (answer.ok() && !Print(ToJson(*answer, JsonStyle::kComplete) + "\n")) return false;
  }
  return true;
}

// What an operator has to do something about; false where there is nothing.
bool PrintProblems(const std::string& name, const GetStatusResponse& status) {
  bool any = false;
  for (const SubscriptionStatus& subscription : status.subscriptions()) {
    if (subscription.state() == SubscriptionStatus::BROKEN) {
      PrintError(
          fmt::format("dangol status: {} cannot follow {}: {}\n", name, subscription.feed(), subscription.reason()));
      any = true;
    }
    if (subscription.parked_events() > 0) {
      PrintError(fmt::format("dangol status: {} has parked {} events of {}: `dangol parked list` says why.\n", name,
                             subscription.parked_events(), subscription.feed()));
      any = true;
    }
  }
  for (const OverdueTimer& timer : status.overdue_timers()) {
    PrintError(fmt::format("dangol status: {}: {}\n", name, Explanation(timer)));
    any = true;
  }
  return any;
}

// To standard error, so that -o json stays JSON. False where all is well.
bool PrintProblems(const std::vector<Target>& targets, const std::vector<Answer>& answers) {
  bool any = false;
  for (size_t i = 0; i < targets.size(); ++i) {
    const Answer& answer = answers[i];
    const std::string name = targets[i].service.empty()
                                 ? targets[i].address
                                 : fmt::format("{} at {}", targets[i].service, targets[i].address);
    if (!answer.ok()) {
      PrintError(fmt::format("dangol status: {}: {}\n", name, Explanation(answer.status())));
    } else if (answer->state() != GetStatusResponse::SERVING) {
      PrintError(fmt::format("dangol status: {} is {}: {}\n", name, GetStatusResponse::State_Name(answer->state()),
                             answer->reason().empty() ? "it says no reason." : answer->reason()));
    } else {
      any = PrintProblems(name, *answer) || any;
      continue;
    }
    any = true;
  }
  return any;
}

int Run(const Flags& flags) {
  const std::vector<Target> targets = Replicas(flags.suite);
  const std::vector<Answer> answers = AskStatus(targets, flags.timeout);
  const bool printed = flags.format == Format::kJson ? PrintJson(answers) : PrintTable(targets, answers);
  const bool problems = PrintProblems(targets, answers);
  return printed && !problems ? 0 : 1;
}

}  // namespace

std::string Explanation(const OverdueTimer& timer) {
  std::string text =
      fmt::format("the timer {}{}{}", timer.kind(), timer.resource().empty() ? "" : " of ", timer.resource());
  text += timer.overdue_seconds() > 0
              ? fmt::format(" is overdue by {}", ShownDuration(absl::Seconds(timer.overdue_seconds())))
              : " waits for its next attempt";
  if (timer.failed_attempts() > 0) {
    text += fmt::format(" and has failed {} times: the log of the service says why", timer.failed_attempts());
  }
  return text + ".";
}

std::vector<Answer> AskStatus(const std::vector<Target>& targets, absl::Duration timeout) {
  std::vector<Answer> answers =
      CallAll<GetStatusResponse>(targets, "/dangol.api.v1.AdminService/GetStatus", GetStatusRequest(), timeout);
  for (size_t i = 0; i < targets.size(); ++i) {
    if (!answers[i].ok() || targets[i].service.empty() || answers[i]->service() == targets[i].service) continue;
    answers[i] = Error(absl::StatusCode::kFailedPrecondition, "OTHER_SERVICE",
                       fmt::format("At {} the service {} answers, not {}. Check --port-base.", targets[i].address,
                                   answers[i]->service(), targets[i].service));
  }
  return answers;
}

Command StatusCommand(CLI::App& root) {
  CLI::App* app = root.add_subcommand(
      "status", "Say how the services are; 0 if all replicas are serving and nothing is to be done");
  const auto flags = std::make_shared<Flags>();
  AddSuiteFlags(*app, flags->suite);
  AddFormatFlag(*app, flags->format);
  AddTimeoutFlag(*app, flags->timeout);
  app->footer(
      "A line for each replica: for each address of a list, and each that a name has in the DNS. PROCESS says which start\n"
      "on its database it is, FOLLOWS the feeds whose leases it holds, FEED is the number of the newest event, QUEUE the\n"
      "calls that wait, STREAMS how often the feed is read now, LAG the events of other services that are not applied yet,\n"
      "PARKED those that cannot be, WAL what waits to be moved into the database. -o json prints a GetStatusResponse a\n"
      "line for each replica that answers.");
  return {app, [flags] { return Run(*flags); }};
}

}  // namespace dangol::cli
