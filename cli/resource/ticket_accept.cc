#include "cli/resource/ticket_accept.h"

#include <algorithm>
#include <future>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "fmt/format.h"

#include "cli/command/client.h"
#include "cli/command/request_flags.h"
#include "cli/command/verb.h"
#include "cli/output/output.h"
#include "cli/output/progress.h"
#include "common/base/error.h"
#include "common/base/json.h"
#include "common/base/status_macros.h"
#include "dangol/tickets/v1/ticket_service.pb.h"

namespace dangol::cli {
namespace {

using dangol::tickets::v1::AcceptanceRefusal;
using dangol::tickets::v1::AcceptTicketRequest;
using dangol::tickets::v1::BatchAcceptTicketsRequest;
using dangol::tickets::v1::BatchAcceptTicketsResponse;
using dangol::tickets::v1::Happened;
using dangol::tickets::v1::ListTicketsRequest;
using dangol::tickets::v1::ListTicketsResponse;
using dangol::tickets::v1::Ticket;
using dangol::tickets::v1::TicketResult;

constexpr char kCommand[] = "ticket accept";
// Of one call, as the API has it.
constexpr size_t kTicketsMax = 1000;
// Skipped and refused ones that are named; the rest are counted.
constexpr int64_t kShownMax = 20;

struct Flags {
  VerbFlags verb;
  std::vector<std::string> names;
  std::string contact_reason;
  std::vector<std::string> states;
  std::string happened;
  std::string change;
  std::string draft;
  std::string etag;
};

// What has become of the tickets. How each one's acceptance ended is known when Wait returns.
struct Outcome {
  std::string change;
  std::vector<TicketResult> results;  // a skipped or refused one has a reason
  std::optional<Ticket> one;          // where one was accepted by itself
  int64_t accepted = 0;               // confirmed by the backlog
  int64_t refused = 0;
  int64_t unknown = 0;  // neither, in time
  int64_t skipped = 0;
};

Happened HappenedOf(const Flags& flags) {
  if (flags.happened.empty()) return dangol::tickets::v1::HAPPENED_UNSPECIFIED;
  return static_cast<Happened>(FindEnumValue(dangol::tickets::v1::Happened_descriptor(), flags.happened)->number());
}

// Those that are chosen by what they are about. As many names as there are tickets like that are held, and no more of
// them.
absl::Status Choose(Client& client, const Flags& flags, std::vector<std::string>& names) {
  ListTicketsRequest request;
  request.set_page_size(static_cast<int>(kTicketsMax));
  request.set_contact_reason(flags.contact_reason);
  for (const std::string& state : flags.states)
    request.add_states(static_cast<Ticket::State>(FindEnumValue(Ticket::State_descriptor(), state)->number()));
  if (flags.states.empty()) {
    request.add_states(Ticket::RECEIVED);
    request.add_states(Ticket::HEARD);
  }
  ListTicketsResponse response;
  return EachPage(client, "dangol.tickets.v1.TicketService/ListTickets", request, flags.verb.timeout, response,
                  [&](bool) {
                    for (const Ticket& ticket : response.tickets()) names.push_back(ticket.name());
                    return absl::OkStatus();
                  });
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
    request.set_happened(HappenedOf(flags));
    FillRequestId(request);
    ASSIGN_OR_RETURN(const rpc::Reply reply, CallOnce(client, "/dangol.tickets.v1.TicketService/BatchAcceptTickets",
                                                      request, flags.verb.timeout));
    BatchAcceptTicketsResponse response;
    if (!response.ParseFromString(reply.message))
      return absl::InternalError("The answer is not of this version of Dangol.");
    for (const TicketResult& result : response.results()) {
      if (result.skip_reason().empty()) outcome.change = result.change();
      outcome.results.push_back(result);
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
  request.set_happened(HappenedOf(flags));
  FillRequestId(request);
  ASSIGN_OR_RETURN(const rpc::Reply reply,
                   CallOnce(client, "/dangol.tickets.v1.TicketService/AcceptTicket", request, flags.verb.timeout));
  Ticket ticket;
  if (!ticket.ParseFromString(reply.message))
    return absl::InternalError("The answer is not of this version of Dangol.");
  outcome.change = ticket.change();
  outcome.results.emplace_back().set_name(ticket.name());
  outcome.one = std::move(ticket);
  return absl::OkStatus();
}

// What the ticket says of its acceptance into the change; false: nothing yet.
bool Ended(const Ticket& ticket, const std::string& change, TicketResult& result) {
  result.set_state(ticket.state());
  result.set_change(ticket.change());
  if (ticket.change() == change) return ticket.has_confirm_time();
  // Without a refusal, somebody has taken it further since.
  if (ticket.acceptance_refusal().change() == change)
    result.set_skip_reason(AcceptanceRefusal::Reason_Name(ticket.acceptance_refusal().reason()));
  return true;
}

// Asks for the tickets in `open`, and leaves there those whose acceptance has no end yet.
void Ask(Client& client, Outcome& outcome, absl::Duration timeout, std::vector<size_t>& open) {
  constexpr size_t kCallsMax = 100;
  std::vector<size_t> still_open;
  for (size_t begin = 0; begin < open.size(); begin += kCallsMax) {
    const size_t end = std::min(open.size(), begin + kCallsMax);
    std::vector<std::future<rpc::Reply>> replies;
    for (size_t i = begin; i < end; ++i) {
      dangol::tickets::v1::GetTicketRequest request;
      request.set_name(outcome.results[open[i]].name());
      replies.push_back(client.Start("/dangol.tickets.v1.TicketService/GetTicket", request, timeout));
    }
    for (size_t i = begin; i < end; ++i) {
      const rpc::Reply reply = replies[i - begin].get();
      Ticket ticket;
      const bool known = reply.status.ok() && ticket.ParseFromString(reply.message);
      if (!known || !Ended(ticket, outcome.change, outcome.results[open[i]])) still_open.push_back(open[i]);
      if (known && outcome.one) outcome.one = ticket;
    }
  }
  open = std::move(still_open);
}

// The backlog decides whether the change takes the tickets, and tells the tickets service. It may be away: then an
// acceptance stands as it is until it is back.
void Wait(Client& client, absl::Duration timeout, Outcome& outcome) {
  constexpr absl::Duration kPatience = absl::Seconds(5);
  std::vector<size_t> open;
  for (size_t i = 0; i < outcome.results.size(); ++i) {
    if (outcome.results[i].skip_reason().empty()) open.push_back(i);
  }
  outcome.skipped = static_cast<int64_t>(outcome.results.size() - open.size());
  const std::vector<size_t> sent = open;
  const absl::Time end = absl::Now() + std::min(timeout, kPatience);
  for (int attempt = 0; !open.empty() && absl::Now() < end; ++attempt) {
    if (attempt > 0) absl::SleepFor(std::min(absl::Milliseconds(10) * attempt, absl::Milliseconds(200)));
    Ask(client, outcome, std::max(end - absl::Now(), absl::Milliseconds(1)), open);
  }
  outcome.unknown = static_cast<int64_t>(open.size());
  for (const size_t i : sent) outcome.refused += outcome.results[i].skip_reason().empty() ? 0 : 1;
  outcome.accepted = static_cast<int64_t>(sent.size()) - outcome.refused - outcome.unknown;
}

absl::Status Accept(Client& client, const Flags& flags, Outcome& outcome) {
  // One is told by an error, not by a result.
  if (flags.names.size() == 1) return AcceptOne(client, flags, outcome);
  std::vector<std::string> names;
  for (const std::string& name : flags.names) names.push_back(FullName(name, "tickets/*"));
  if (!flags.contact_reason.empty()) RETURN_IF_ERROR(Choose(client, flags, names));
  if (names.empty()) {
    return Error(
        absl::StatusCode::kNotFound, "NO_TICKETS",
        fmt::format("No such ticket has the contact reason {}. `dangol ticket reasons` shows what they are about.",
                    ShownValue(flags.contact_reason)));
  }
  return AcceptAll(client, flags, names, outcome);
}

// Why not, and where the ticket stands.
std::string Because(const TicketResult& result) {
  const std::string state = result.state() == Ticket::STATE_UNSPECIFIED ? "" : Ticket::State_Name(result.state());
  return fmt::format("{}{}{}", result.skip_reason(), state.empty() ? "" : ", it is ", state);
}

// Those that did not come in, to standard error: so many by name, the rest in numbers.
void TellRest(const Outcome& outcome) {
  int64_t shown = 0;
  const int64_t total = outcome.skipped + outcome.refused;
  for (const TicketResult& result : outcome.results) {
    if (result.skip_reason().empty() || shown == kShownMax) continue;
    ++shown;
    const bool refused = AcceptanceRefusal::Reason_descriptor()->FindValueByName(result.skip_reason()) != nullptr;
    PrintError(fmt::format("dangol {}: {} was {}: {}\n", kCommand, result.name(),
                           refused ? "refused by the backlog" : "skipped", Because(result)));
  }
  if (total > shown)
    PrintError(fmt::format("dangol {}: {} more were skipped or refused.\n", kCommand, ShownCount(total - shown)));
  if (outcome.unknown > 0) {
    PrintError(
        fmt::format("dangol {}: whether {} takes {} of them is not known yet: the backlog has not answered. They are "
                    "ACCEPTED until it does; `dangol status` says how it is.\n",
                    kCommand, outcome.change, ShownCount(outcome.unknown)));
  }
}

std::string Summary(const Outcome& outcome) {
  std::string text = fmt::format("{} accepted into {}, {} skipped", ShownCount(outcome.accepted), outcome.change,
                                 ShownCount(outcome.skipped));
  if (outcome.refused > 0) text += fmt::format(", {} refused", ShownCount(outcome.refused));
  if (outcome.unknown > 0) text += fmt::format(", {} not confirmed yet", ShownCount(outcome.unknown));
  return text + "\n";
}

std::string Json(const Outcome& outcome) {
  if (outcome.one) return ToJson(*outcome.one, JsonStyle::kCompact) + "\n";
  std::string json;
  for (const TicketResult& result : outcome.results) json += ToJson(result, JsonStyle::kCompact) + "\n";
  return json;
}

int Run(const Flags& flags) {
  Client client(TargetAddress(flags.verb.suite, "tickets"));
  Outcome outcome;
  const absl::Status status = Accept(client, flags, outcome);
  if (!outcome.results.empty()) {
    Wait(client, flags.verb.timeout, outcome);
    if (!Print(flags.verb.format == Format::kJson ? Json(outcome) : Summary(outcome))) return 1;
    TellRest(outcome);
  }
  if (!status.ok()) return Fail(kCommand, status, FlagNames{{"change", "--change"}, {"draft.title", "--draft"}});
  return outcome.accepted == static_cast<int64_t>(outcome.results.size()) ? 0 : 1;
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

// Empty: it is a name of the enum.
std::string NameProblem(const google::protobuf::EnumDescriptor* type, const std::string& text) {
  if (FindEnumValue(type, text) != nullptr) return "";
  return fmt::format("{} is none of {}", ShownValue(text), fmt::join(EnumNames(type), ", "));
}

}  // namespace

Command AcceptVerb(CLI::App& parent) {
  CLI::App* app = parent.add_subcommand("accept", "Adopt tickets into a change: ACCEPTED");
  const auto flags = std::make_shared<Flags>();
  app->add_option("TICKETS", flags->names, "One or many")->type_name("");
  app->add_option("--contact-reason", flags->contact_reason, "Instead: all that are about this, or below it")
      ->type_name("TEXT");
  app->add_option("--state", flags->states, "Only those in this state; RECEIVED and HEARD unless given")
      ->type_name("NAME")
      ->allow_extra_args(false)
      ->check([](const std::string& text) { return NameProblem(Ticket::State_descriptor(), text); });
  app->add_option("--change", flags->change, "The change")->type_name("CHANGE");
  app->add_option("--draft", flags->draft, "A new change: what will be different for everyone, in one line")
      ->type_name("TITLE");
  app->add_option("--happened", flags->happened,
                  "Of a change that has shipped: BEFORE_SHIP, which the shipment answers, or AFTER_SHIP, which counts "
                  "against it; default: as the times say")
      ->type_name("NAME")
      ->check([](const std::string& text) { return NameProblem(dangol::tickets::v1::Happened_descriptor(), text); });
  app->add_option("--etag", flags->etag, "Refuse where the ticket has changed since this etag was seen")
      ->type_name("TEXT");
  AddVerbFlags(*app, flags->verb);
  app->final_callback([flags] {
    if (const std::string problem = UsageProblem(*flags); !problem.empty()) throw CLI::ValidationError(problem);
  });
  app->footer(
      "A thousand are accepted by one call; more go by further calls into the same change. Then the command waits, some "
      "seconds at most, until the backlog has confirmed or refused them. Those whose state forbids it are skipped; what "
      "is skipped or refused is named, and the exit code is 1.");
  return {app, [flags] { return Run(*flags); }};
}

}  // namespace dangol::cli
