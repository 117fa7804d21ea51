// `dangol inbox`: what a person has to do today, the most pressing first.
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fmt/format.h"

#include "cli/command/client.h"
#include "cli/command/command.h"
#include "cli/command/request_flags.h"
#include "cli/command/verb.h"
#include "cli/output/details.h"
#include "cli/output/names.h"
#include "cli/output/output.h"
#include "cli/output/table.h"
#include "cli/resource/acceptances.h"
#include "common/base/json.h"
#include "common/base/status_macros.h"
#include "dangol/tickets/v1/ticket_service.pb.h"

namespace dangol::cli {
namespace {

using dangol::tickets::v1::ListTicketsRequest;
using dangol::tickets::v1::ListTicketsResponse;
using dangol::tickets::v1::Ticket;
using dangol::tickets::v1::View;

constexpr char kCommand[] = "inbox";
constexpr char kService[] = "/dangol.tickets.v1.TicketService/";
constexpr int kShownMost = 50;  // of each view, unless all are wanted
constexpr char kKeys[] =
    "h         a person has read all of it\n"
    "x         the customer needs no reply\n"
    "s         it is spam\n"
    "r TEXT    reply to the customer\n"
    "n TEXT    a note for colleagues\n"
    "a MEMBER  who works on it\n"
    "c CHANGE  accept it into a change\n"
    "i TEXT    answer it with what the customer asked: nothing changes\n"
    "q         end\n"
    "Enter alone goes on to the next one.\n";

struct Flags {
  VerbFlags common;
  std::string assignee;
  bool all = false;
  bool work = false;
};

// A ticket, and why it is shown.
struct Task {
  std::string why;
  Ticket ticket;
};

// In the order of what presses.
constexpr std::pair<View, const char*> kViews[] = {{dangol::tickets::v1::OVERDUE, "OVERDUE"},
                                                   {dangol::tickets::v1::DUE_TODAY, "TODAY"},
                                                   {dangol::tickets::v1::INBOX, "INBOX"},
                                                   {dangol::tickets::v1::REVISIT, "REVISIT"}};

const std::vector<Column<Task>>& Columns() {
  static const auto& columns = *new std::vector<Column<Task>>{
      {{"WHY"}, [](const Task& t) { return Cell{t.why}; }},
      {{"TICKET"}, [](const Task& t) { return Cell{IdOf(t.ticket.name())}; }},
      {{"STATE"}, [](const Task& t) { return Cell{Ticket::State_Name(t.ticket.state())}; }},
      {{TimeHead("DUE")},
       [](const Task& t) { return Cell{t.ticket.has_due_time() ? ShownTime(t.ticket.due_time()) : "-"}; }},
      {{TimeHead("WAITS SINCE"), Fit::kWholeIfRoom},
       [](const Task& t) {
         return Cell{t.ticket.has_waiting_since_time() ? ShownTime(t.ticket.waiting_since_time()) : "-"};
       }},
      {{"SUBJECT", Fit::kText},
       [](const Task& t) { return Cell{t.ticket.subject().empty() ? t.ticket.body() : t.ticket.subject()}; }},
  };
  return columns;
}

absl::StatusOr<std::vector<Task>> ReadTasks(Client& client, const Flags& flags) {
  std::vector<Task> tasks;
  std::set<std::string> seen;
  for (const auto& [view, why] : kViews) {
    ListTicketsRequest request;
    request.set_view(view);
    request.set_assignee(FullName(flags.assignee, "members/*"));
    ListTicketsResponse response;
    int shown = 0;
    const absl::Status status = EachPage(client, "/dangol.tickets.v1.TicketService/ListTickets", request,
                                         flags.common.timeout, response, [&](bool) -> absl::Status {
                                           for (const Ticket& ticket : response.tickets()) {
                                             if (!seen.insert(ticket.name()).second) continue;
                                             if (!flags.all && shown == kShownMost) return absl::CancelledError();
                                             tasks.push_back({why, ticket});
                                             ++shown;
                                           }
                                           return absl::OkStatus();
                                         });
    if (!status.ok() && !absl::IsCancelled(status)) return status;
  }
  return tasks;
}

// About the ticket as it is shown: refused where it has changed since.
template <typename Request>
Request RequestFor(const Ticket& ticket) {
  Request request;
  request.set_name(ticket.name());
  request.set_etag(ticket.etag());
  return request;
}

// Says what the backlog made of it: it may refuse the ticket.
absl::Status AcceptAndTell(Client& client, const Flags& flags, const Ticket& ticket, std::string_view change) {
  auto request = RequestFor<dangol::tickets::v1::AcceptTicketRequest>(ticket);
  request.set_change(FullName(std::string(change), "changes/*"));
  request.set_accepted_by(FullName(flags.assignee, "members/*"));
  FillRequestId(request);
  ASSIGN_OR_RETURN(Ticket accepted,
                   Call<Ticket>(client, std::string(kService) + "AcceptTicket", request, flags.common.timeout));
  Acceptances acceptances = AcceptanceOf(std::move(accepted));
  WaitForBacklog(client, flags.common.timeout, acceptances);
  Print(Summary(acceptances));
  TellRest(kCommand, acceptances);
  return absl::OkStatus();
}

// What a line says is done to the ticket, and said. False: it says nothing that this knows.
absl::StatusOr<bool> Act(Client& client, const Flags& flags, const Ticket& ticket, std::string_view line) {
  // What is behind the key, such as `r `.
  const std::string words(line.substr(std::min<size_t>(line.size(), 2)));
  const auto send = [&](const char* method, google::protobuf::Message& request) -> absl::StatusOr<bool> {
    FillRequestId(request);
    RETURN_IF_ERROR(CallOnce(client, std::string(kService) + method, request, flags.common.timeout).status());
    Print("Done.\n");
    return true;
  };
  const auto say = [&](dangol::tickets::v1::Message::Kind kind) {
    dangol::tickets::v1::CreateMessageRequest request;
    request.set_parent(ticket.name());
    request.mutable_message()->set_kind(kind);
    request.mutable_message()->set_body(words);
    return send("CreateMessage", request);
  };
  if (line == "h") {
    auto request = RequestFor<dangol::tickets::v1::AcknowledgeTicketRequest>(ticket);
    request.set_heard_by(FullName(flags.assignee, "members/*"));
    return send("AcknowledgeTicket", request);
  }
  if (line == "x") {
    auto request = RequestFor<dangol::tickets::v1::DismissWaitingRequest>(ticket);
    return send("DismissWaiting", request);
  }
  if (line == "s") {
    auto request = RequestFor<dangol::tickets::v1::MarkTicketSpamRequest>(ticket);
    return send("MarkTicketSpam", request);
  }
  if (line.starts_with("c ")) {
    RETURN_IF_ERROR(AcceptAndTell(client, flags, ticket, words));
    return true;
  }
  if (line.starts_with("i ")) {
    auto request = RequestFor<dangol::tickets::v1::ResolveTicketRequest>(ticket);
    request.set_disposition(Ticket::INFORMED);
    request.set_reply(words);
    request.set_decided_by(flags.assignee.empty() ? ticket.assignee() : FullName(flags.assignee, "members/*"));
    if (request.decided_by().empty()) {
      return absl::FailedPreconditionError(
          "Nobody works on it, who would answer for that: say whose inbox it is, dangol "
          "inbox MEMBER, or who works on it, a MEMBER.");
    }
    return send("ResolveTicket", request);
  }
  if (line.starts_with("r ")) return say(dangol::tickets::v1::Message::PUBLIC);
  if (line.starts_with("n ")) return say(dangol::tickets::v1::Message::INTERNAL);
  if (line.starts_with("a ")) {
    dangol::tickets::v1::UpdateTicketRequest request;
    request.set_name(ticket.name());
    request.mutable_ticket()->set_assignee(FullName(words, "members/*"));
    return send("UpdateTicket", request);
  }
  return false;
}

absl::StatusOr<Ticket> ReadAgain(Client& client, const Flags& flags, const std::string& name) {
  dangol::tickets::v1::GetTicketRequest request;
  request.set_name(name);
  return Call<Ticket>(client, std::string(kService) + "GetTicket", request, flags.common.timeout);
}

// One ticket, until the person goes on. False: that was enough.
absl::StatusOr<bool> WorkOn(Client& client, const Flags& flags, const Task& task, const std::string& head) {
  while (true) {
    ASSIGN_OR_RETURN(const Ticket ticket, ReadAgain(client, flags, task.ticket.name()));
    Print(fmt::format("\n{}  {}\n{}> ", task.why, head, Details(ticket)));
    std::string line;
    if (!std::getline(std::cin, line) || line == "q") return false;
    if (line.empty()) return true;
    const absl::StatusOr<bool> done = Act(client, flags, ticket, line);
    if (!done.ok()) {
      Fail(kCommand, done.status());
    } else if (!*done) {
      Print(kKeys);
    }
  }
}

int Work(Client& client, const Flags& flags, const std::vector<Task>& tasks) {
  Print(kKeys);
  for (size_t i = 0; i < tasks.size(); ++i) {
    const auto goes_on = WorkOn(client, flags, tasks[i], fmt::format("{} of {}", i + 1, tasks.size()));
    if (!goes_on.ok()) return Fail(kCommand, goes_on.status());
    if (!*goes_on) break;
  }
  return 0;
}

int Run(const Flags& flags) {
  Client client(TargetAddress(flags.common.suite, "tickets"));
  const auto tasks = ReadTasks(client, flags);
  if (!tasks.ok()) return Fail(kCommand, tasks.status());
  if (flags.common.format == Format::kJson) {
    std::string json;
    for (const Task& task : *tasks) json += ToJson(task.ticket, JsonStyle::kCompact) + "\n";
    return Print(json) ? 0 : 1;
  }
  if (tasks->empty()) {
    PrintError(fmt::format("dangol {}: there is nothing to do.\n", kCommand));
    return 0;
  }
  const bool terminal = isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1;
  if (terminal || flags.work) return Work(client, flags, *tasks);
  return Print(TableOf(Columns(), *tasks)) ? 0 : 1;
}

}  // namespace

Command InboxCommand(CLI::App& root) {
  CLI::App* app = root.add_subcommand("inbox", "Work through what is to be done today, the most pressing first");
  const auto flags = std::make_shared<Flags>();
  AddVerbFlags(*app, flags->common);
  app->add_option("MEMBER", flags->assignee, "Whose; of everybody unless given")->type_name("");
  app->add_flag("--all", flags->all, fmt::format("All, not only the first {} of each view", kShownMost));
  app->add_flag("--work", flags->work, "Ask for each what to do, also where there is no terminal");
  app->footer(
      "OVERDUE is what is late, TODAY what is due before midnight where the triage policy is, INBOX what else waits for "
      "us, REVISIT\nwhat was declined until now. In a terminal it goes through them, one at a time:\n" +
      std::string(kKeys));
  return {app, [flags] { return Run(*flags); }};
}

}  // namespace dangol::cli
