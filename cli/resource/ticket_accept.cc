#include "cli/resource/ticket_accept.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "fmt/format.h"

#include "cli/command/client.h"
#include "cli/command/request_flags.h"
#include "cli/command/verb.h"
#include "cli/output/json.h"
#include "cli/output/output.h"
#include "cli/output/progress.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "dangol/backlog/v1/change_service.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"

namespace dangol::cli {
namespace {

using dangol::tickets::v1::AcceptTicketRequest;
using dangol::tickets::v1::BatchAcceptTicketsRequest;
using dangol::tickets::v1::BatchAcceptTicketsResponse;
using dangol::tickets::v1::ListTicketsRequest;
using dangol::tickets::v1::ListTicketsResponse;
using dangol::tickets::v1::Ticket;
using dangol::tickets::v1::TicketResult;

constexpr char kCommand[] = "ticket accept";
// Of one call, as the API has it.
constexpr size_t kTicketsMax = 1000;
// Skipped ones that are named; the rest are counted.
constexpr int64_t kSkippedShownMax = 20;

struct Flags {
  VerbFlags verb;
  std::vector<std::string> names;
  std::string contact_reason;
  std::vector<std::string> states;
  std::string change;
  std::string draft;
  std::string etag;
};

struct Outcome {
  std::string change;
  int64_t accepted = 0;
  int64_t skipped = 0;
  std::string cursor;  // of the last call's effect
};

// Those that are chosen by what they are about. As many names as there are tickets like that are held, and no more of
// them.
absl::Status Choose(Client& client, const Flags& flags, std::vector<std::string>& names) {
  ListTicketsRequest request;
  request.set_page_size(static_cast<int>(kTicketsMax));
  for (const std::string& state : flags.states)
    request.add_states(static_cast<Ticket::State>(FindEnumValue(Ticket::State_descriptor(), state)->number()));
  if (flags.states.empty()) {
    request.add_states(Ticket::RECEIVED);
    request.add_states(Ticket::HEARD);
  }
  ListTicketsResponse response;
  return EachPage(client, "dangol.tickets.v1.TicketService/ListTickets", request, flags.verb.timeout, response,
                  [&](bool) {
                    for (const Ticket& ticket : response.tickets()) {
                      if (IsAbout(ticket, flags.contact_reason)) names.push_back(ticket.name());
                    }
                    return absl::OkStatus();
                  });
}

bool Show(const TicketResult& result, Format format, Outcome& outcome) {
  if (result.skip_reason().empty()) {
    ++outcome.accepted;
    outcome.change = result.change();
  } else if (++outcome.skipped <= kSkippedShownMax) {
    fmt::print(stderr, "dangol {}: {} was skipped: {}{}{}\n", kCommand, result.name(), result.skip_reason(),
               result.state() == Ticket::STATE_UNSPECIFIED ? "" : ", it is ",
               result.state() == Ticket::STATE_UNSPECIFIED ? "" : Ticket::State_Name(result.state()));
  }
  return format != Format::kJson || Print(ToJson(result, JsonStyle::kCompact) + "\n");
}

// As many calls as it takes, all into one change: a draft becomes a change by the first ticket that is accepted.
absl::Status AcceptAll(Client& client, const Flags& flags, const std::vector<std::string>& names, Outcome& outcome) {
  outcome.change = FullName(flags.change, "changes/*");
  for (size_t begin = 0; begin < names.size(); begin += kTicketsMax) {
    BatchAcceptTicketsRequest request;
    const size_t end = std::min(names.size(), begin + kTicketsMax);
    for (size_t i = begin; i < end; ++i) request.add_names(names[i]);
    if (outcome.change.empty()) {
      request.mutable_draft()->set_title(flags.draft);
    } else {
      request.set_change(outcome.change);
    }
    FillRequestId(request);
    ASSIGN_OR_RETURN(const rpc::Reply reply, CallOnce(client, "/dangol.tickets.v1.TicketService/BatchAcceptTickets",
                                                      request, flags.verb.timeout));
    BatchAcceptTicketsResponse response;
    if (!response.ParseFromString(reply.message))
      return absl::InternalError("The answer is not of this version of Dangol.");
    outcome.cursor = rpc::FindMetadata(reply.trailing, "x-dangol-cursor");
    for (const TicketResult& result : response.results()) {
      if (!Show(result, flags.verb.format, outcome)) return absl::CancelledError();
    }
  }
  return absl::OkStatus();
}

// With an etag it is about one ticket as somebody saw it.
absl::Status AcceptOne(Client& client, const Flags& flags, Outcome& outcome) {
  AcceptTicketRequest request;
  request.set_name(FullName(flags.names.front(), "tickets/*"));
  request.set_etag(flags.etag);
  if (!flags.change.empty()) request.set_change(FullName(flags.change, "changes/*"));
  if (!flags.draft.empty()) request.mutable_draft()->set_title(flags.draft);
  FillRequestId(request);
  ASSIGN_OR_RETURN(const rpc::Reply reply,
                   CallOnce(client, "/dangol.tickets.v1.TicketService/AcceptTicket", request, flags.verb.timeout));
  Ticket ticket;
  if (!ticket.ParseFromString(reply.message))
    return absl::InternalError("The answer is not of this version of Dangol.");
  outcome.change = ticket.change();
  outcome.accepted = 1;
  outcome.cursor = rpc::FindMetadata(reply.trailing, "x-dangol-cursor");
  if (flags.verb.format == Format::kJson && !Print(ToJson(ticket, JsonStyle::kCompact) + "\n"))
    return absl::CancelledError();
  return absl::OkStatus();
}

// So that the next command finds the change, and finds it counting. The backlog may be away: the acceptance stands all
// the same.
void WaitForBacklog(const Flags& flags, const Outcome& outcome) {
  constexpr absl::Duration kPatience = absl::Seconds(2);
  constexpr absl::Duration kInterval = absl::Milliseconds(20);
  if (!flags.verb.suite.address.empty() || outcome.change.empty()) return;
  dangol::backlog::v1::GetChangeRequest request;
  request.set_name(outcome.change);
  Client backlog(TargetAddress(flags.verb.suite, "backlog"));
  const absl::Time end = absl::Now() + kPatience;
  while (absl::Now() < end) {
    const absl::Status status =
        Call<dangol::backlog::v1::Change>(backlog, "/dangol.backlog.v1.ChangeService/GetChange", request,
                                          end - absl::Now(), {{"x-dangol-min-cursor", outcome.cursor}})
            .status();
    // Else it has not come to the acceptance yet, or not reached the tickets service since it was started.
    if (status.ok() || ErrorReason(status) == "UNREACHABLE") return;
    absl::SleepFor(kInterval);
  }
}

absl::Status Accept(const Flags& flags, Outcome& outcome) {
  Client client(TargetAddress(flags.verb.suite, "tickets"));
  // One is told by an error, not by a result.
  if (flags.names.size() == 1) return AcceptOne(client, flags, outcome);
  std::vector<std::string> names;
  for (const std::string& name : flags.names) names.push_back(FullName(name, "tickets/*"));
  if (!flags.contact_reason.empty()) RETURN_IF_ERROR(Choose(client, flags, names));
  if (names.empty()) {
    return Error(
        absl::StatusCode::kNotFound, "NO_TICKETS",
        fmt::format("No such ticket has the contact reason {}. `dangol ticket list` shows what they are about.",
                    ShownValue(flags.contact_reason)));
  }
  return AcceptAll(client, flags, names, outcome);
}

int Run(const Flags& flags) {
  Outcome outcome;
  const absl::Status status = Accept(flags, outcome);
  if (outcome.skipped > kSkippedShownMax) {
    fmt::print(stderr, "dangol {}: {} more were skipped.\n", kCommand, ShownCount(outcome.skipped - kSkippedShownMax));
  }
  if (flags.verb.format == Format::kTable && outcome.accepted > 0) {
    const std::string line = fmt::format("{} accepted into {}, {} skipped\n", ShownCount(outcome.accepted),
                                         outcome.change, ShownCount(outcome.skipped));
    if (!Print(line)) return 1;
  }
  if (outcome.accepted > 0) WaitForBacklog(flags, outcome);
  if (absl::IsCancelled(status)) return 1;
  if (!status.ok()) return Fail(kCommand, status);
  return outcome.skipped == 0 ? 0 : 1;
}

// What CLI11 cannot say by itself; empty: nothing is wrong.
std::string UsageProblem(const Flags& flags) {
  if (flags.names.empty() == flags.contact_reason.empty())
    return "name the tickets, or say which with --contact-reason";
  if (flags.change.empty() == flags.draft.empty()) return "say into what: --change, or --draft TITLE for a new one";
  if (!flags.etag.empty() && flags.names.size() != 1) return "--etag is about one ticket";
  if (!flags.states.empty() && flags.contact_reason.empty()) return "--state belongs to --contact-reason";
  return "";
}

}  // namespace

bool IsAbout(const Ticket& ticket, std::string_view contact_reason) {
  const std::string_view reason = ticket.contact_reason();
  return reason.starts_with(contact_reason) &&
         (reason.size() == contact_reason.size() || reason[contact_reason.size()] == '/');
}

Command AcceptVerb(CLI::App& parent) {
  CLI::App* app = parent.add_subcommand("accept", "Adopt tickets: they are linked to a change. ACCEPTED");
  const auto flags = std::make_shared<Flags>();
  app->add_option("TICKETS", flags->names, "One or many")->type_name("");
  app->add_option("--contact-reason", flags->contact_reason, "Instead: all that are about this, or below it")
      ->type_name("TEXT");
  app->add_option("--state", flags->states, "Only those in this state; RECEIVED and HEARD unless given")
      ->type_name("NAME")
      ->allow_extra_args(false)
      ->check([](const std::string& text) {
        if (FindEnumValue(Ticket::State_descriptor(), text) != nullptr) return std::string();
        return fmt::format("{} is none of {}", ShownValue(text),
                           fmt::join(EnumNames(Ticket::State_descriptor()), ", "));
      });
  app->add_option("--change", flags->change, "The change")->type_name("CHANGE");
  app->add_option("--draft", flags->draft, "A new change: what will be different for everyone, in one line")
      ->type_name("TITLE");
  app->add_option("--etag", flags->etag, "Refuse where the ticket has changed since this etag was seen")
      ->type_name("TEXT");
  AddVerbFlags(*app, flags->verb);
  app->final_callback([flags] {
    if (const std::string problem = UsageProblem(*flags); !problem.empty()) throw CLI::ValidationError(problem);
  });
  app->footer(
      "A thousand are accepted by one call; more go by further calls into the same change. Those whose state forbids "
      "it\n"
      "are skipped and named, and the exit code is 1.");
  return {app, [flags] { return Run(*flags); }};
}

}  // namespace dangol::cli
