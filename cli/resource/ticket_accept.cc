#include "cli/resource/ticket_accept.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "fmt/format.h"

#include "cli/command/client.h"
#include "cli/command/request_flags.h"
#include "cli/command/verb.h"
#include "cli/output/output.h"
#include "cli/resource/acceptances.h"
#include "common/base/error.h"
#include "common/base/json.h"
#include "common/base/status_macros.h"
#include "dangol/tickets/v1/ticket_service.pb.h"

namespace dangol::cli {
namespace {

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
  return EachPage(client, "/dangol.tickets.v1.TicketService/ListTickets", request, flags.verb.timeout, response,
                  [&](bool) {
                    for (const Ticket& ticket : response.tickets()) names.push_back(ticket.name());
                    return absl::OkStatus();
                  });
}

// As many calls as it takes, all into one change: a draft becomes a change by the first ticket that is accepted.
absl::Status AcceptAll(Client& client, const Flags& flags, const std::vector<std::string>& names,
                       Acceptances& acceptances) {
  acceptances.change = FullName(flags.change, "changes/*");
  for (size_t begin = 0; begin < names.size(); begin += kTicketsMax) {
    BatchAcceptTicketsRequest request;
    const size_t end = std::min(names.size(), begin + kTicketsMax);
    for (size_t i = begin; i < end; ++i) request.add_names(names[i]);
    if (acceptances.change.empty()) {
      request.mutable_draft()->set_title(flags.draft);
    } else {
      request.set_change(acceptances.change);
    }
    request.set_happened(HappenedOf(flags));
    FillRequestId(request);
    ASSIGN_OR_RETURN(const rpc::Reply reply, CallOnce(client, "/dangol.tickets.v1.TicketService/BatchAcceptTickets",
                                                      request, flags.verb.timeout));
    BatchAcceptTicketsResponse response;
    if (!response.ParseFromString(reply.message))
      return absl::InternalError("The answer is not of this version of Dangol.");
    for (const TicketResult& result : response.results()) {
      if (result.skip_reason().empty()) acceptances.change = result.change();
      acceptances.results.push_back(result);
    }
  }
  return absl::OkStatus();
}

// With an etag it is about one ticket as somebody saw it.
absl::Status AcceptOne(Client& client, const Flags& flags, Acceptances& acceptances) {
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
  acceptances = AcceptanceOf(std::move(ticket));
  return absl::OkStatus();
}

absl::Status Accept(Client& client, const Flags& flags, Acceptances& acceptances) {
  // One is told by an error, not by a result.
  if (flags.names.size() == 1) return AcceptOne(client, flags, acceptances);
  std::vector<std::string> names;
  for (const std::string& name : flags.names) names.push_back(FullName(name, "tickets/*"));
  if (!flags.contact_reason.empty()) RETURN_IF_ERROR(Choose(client, flags, names));
  if (names.empty()) {
    return Error(
        absl::StatusCode::kNotFound, "NO_TICKETS",
        fmt::format("No such ticket has the contact reason {}. `dangol ticket reasons` shows what they are about.",
                    ShownValue(flags.contact_reason)));
  }
  return AcceptAll(client, flags, names, acceptances);
}

std::string Json(const Acceptances& acceptances) {
  if (acceptances.one) return ToJson(*acceptances.one, JsonStyle::kCompact) + "\n";
  std::string json;
  for (const TicketResult& result : acceptances.results) json += ToJson(result, JsonStyle::kCompact) + "\n";
  return json;
}

int Run(const Flags& flags) {
  Client client(TargetAddress(flags.verb.suite, "tickets"));
  Acceptances acceptances;
  const absl::Status status = Accept(client, flags, acceptances);
  if (!acceptances.results.empty()) {
    WaitForBacklog(client, flags.verb.timeout, acceptances);
    if (!Print(flags.verb.format == Format::kJson ? Json(acceptances) : Summary(acceptances))) return 1;
    TellRest(kCommand, acceptances);
  }
  if (!status.ok()) return Fail(kCommand, status, FlagNames{{"change", "--change"}, {"draft.title", "--draft"}});
  return acceptances.accepted == static_cast<int64_t>(acceptances.results.size()) ? 0 : 1;
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
