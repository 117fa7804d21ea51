#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "fmt/format.h"

#include "cli/command/client.h"
#include "cli/command/command.h"
#include "cli/command/verb.h"
#include "cli/resource/ticket_accept.h"
#include "cli/resource/ticket_files.h"
#include "cli/resource/ticket_many.h"
#include "cli/resource/ticket_reasons.h"
#include "cli/resource/ticket_show.h"
#include "dangol/tickets/v1/ticket.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"

namespace dangol::cli {
namespace {

using dangol::tickets::v1::Ticket;

// Which cause a ticket can be reopened for.
std::string RightCause(const Ticket& ticket) {
  const bool answered = ticket.state() == Ticket::ANSWERED || ticket.state() == Ticket::CLOSED;
  if (ticket.state() == Ticket::NOT_YET) return "it was declined: --cause APPEAL reopens it";
  if (answered && ticket.disposition() == Ticket::CHANGED) return "a change answered it: --cause NOT_FIXED reopens it";
  if (answered && ticket.disposition() >= Ticket::INFORMED && ticket.disposition() <= Ticket::WITHDRAWN)
    return "it was answered without a change: --cause NOT_SATISFIED reopens it";
  return "no cause reopens it: only what is ANSWERED, CLOSED or NOT_YET can be";
}

std::string ReopenAdvice(Client& client, const google::protobuf::Message& request, const absl::Status& error) {
  if (!absl::IsFailedPrecondition(error)) return "";
  dangol::tickets::v1::GetTicketRequest get;
  get.set_name(static_cast<const dangol::tickets::v1::ReopenTicketRequest&>(request).name());
  const auto ticket = Call<Ticket>(client, "/dangol.tickets.v1.TicketService/GetTicket", get, absl::Seconds(2));
  return ticket.ok()
             ? fmt::format("  {} is {}; {}.\n", get.name(), Ticket::State_Name(ticket->state()), RightCause(*ticket))
             : "";
}

}  // namespace

Command TicketCommand(CLI::App& root) {
  CLI::App* app = root.add_subcommand("ticket", "Take in, read and answer what customers say");
  const std::string service = "dangol.tickets.v1.TicketService/";
  std::vector<Command> verbs;
  const auto add = [&](Verb verb) {
    verb.method = service + verb.method;
    verbs.push_back(AddVerb(*app, verb));
  };
  verbs.push_back(AddListVerb(*app, {"list", service + "ListTickets", "List tickets, the newest first"}));
  verbs.push_back(ReasonsVerb(*app));
  verbs.push_back(TicketShowCommand(*app));
  add({.name = "get", .method = "GetTicket", .description = "Show all fields of one ticket", .details = true});
  verbs.push_back(
      AddListVerb(*app, {"messages", service + "ListMessages", "List what was said about a ticket, the oldest first"}));
  verbs.push_back(AttachVerb(*app));
  verbs.push_back(AddListVerb(*app, {"attachments", service + "ListAttachments", "List the files kept with a ticket"}));
  verbs.push_back(DownloadVerb(*app));
  add({"redact-attachment", "RedactAttachment", "Take the bytes of a file out for good"});
  add({"create", "CreateTicket", "Take in what a customer said: RECEIVED"});
  add({"ack", "AcknowledgeTicket", "Say that a person has read all of it: HEARD"});
  verbs.push_back(AcceptVerb(*app));
  add({"decline", "DeclineTicket", "Say honestly that it cannot be done today: NOT_YET"});
  add({"resolve", "ResolveTicket", "Answer without a change: ANSWERED"});
  add({.name = "reply",
       .method = "CreateMessage",
       .description = "Write to the customer; the state stays",
       .preset = "message { kind: PUBLIC }"});
  add({.name = "note",
       .method = "CreateMessage",
       .description = "Write a note that only colleagues see",
       .preset = "message { kind: INTERNAL }"});
  add({.name = "reopen",
       .method = "ReopenTicket",
       .description = "Say that the customer came back, and why",
       .advice = ReopenAdvice});
  add({"update", "UpdateTicket", "Correct what is known of it; the state stays"});
  const auto add_many = [&](const char* name, const char* method, const char* description) {
    verbs.push_back(ManyVerb(*app, name, service + method, description));
  };
  add_many("update-many", "BatchUpdateTickets", "Correct many alike");
  add_many("decline-many", "BatchDeclineTickets", "Decline many for one reason, with one reply to each");
  add_many("resolve-many", "BatchResolveTickets", "Answer many without a change");
  add_many("reply-many", "BatchReplyTickets", "Write the same to many customers; the states stay");
  add({"dismiss", "DismissWaiting", "Say that the customer needs no reply; the state stays"});
  add({"spam", "MarkTicketSpam", "Say that it is not from a customer: SPAM"});
  add({"duplicate", "MarkTicketDuplicate", "Say that another ticket of the customer stands for it: DUPLICATE"});
  add({"split", "SplitTicket", "Make what it says beside its matter a ticket of its own; the state stays"});
  add({"restore", "RestoreTicket", "Say that it is no duplicate, or no spam: HEARD"});
  add({"answer-preview", "RecordPreviewAnswer",
       "Keep what the customer says of a change that was shown before it ships"});
  add({"rate", "RateTicket", "Keep how content the customer is, 1 to 5"});
  add({"redact", "RedactMessage", "Take the text of a message out for good"});
  add({"close", "CloseTicket", "Say that the customer is content with the answer: CLOSED"});
  add({"unlink", "UnlinkTicket", "Take it out of a change that it was accepted into by mistake: HEARD"});
  return VerbsCommand(app, std::move(verbs));
}

}  // namespace dangol::cli
