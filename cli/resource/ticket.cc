#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/command/command.h"
#include "cli/command/verb.h"
#include "cli/resource/ticket_accept.h"
#include "dangol/tickets/v1/ticket.pb.h"

namespace dangol::cli {
namespace {

using dangol::tickets::v1::Ticket;

std::function<Filter()> ContactReasonFilter(CLI::App& app) {
  const auto reason = std::make_shared<std::string>();
  app.add_option("--contact-reason", *reason, "Only those about this, or below it: delivery has delivery/late, too")
      ->type_name("TEXT");
  return [reason]() -> Filter {
    if (reason->empty()) return nullptr;
    return [reason](const google::protobuf::Message& message) {
      return IsAbout(static_cast<const Ticket&>(message), *reason);
    };
  };
}

}  // namespace

Command TicketCommand(CLI::App& root) {
  CLI::App* app = root.add_subcommand("ticket", "What customers said, and what they were answered");
  const std::string service = "dangol.tickets.v1.TicketService/";
  std::vector<Command> verbs;
  const auto add = [&](std::string_view name, std::string_view method, std::string_view description,
                       bool details = false) {
    verbs.push_back(AddVerb(*app, {name, service + std::string(method), description, details}));
  };
  verbs.push_back(
      AddListVerb(*app, {"list", service + "ListTickets", "Tickets, the newest first"}, ContactReasonFilter));
  add("get", "GetTicket", "All of one ticket", true);
  add("create", "CreateTicket", "Take in what a customer said: RECEIVED");
  add("ack", "AcknowledgeTicket", "A person has read all of it: HEARD");
  verbs.push_back(AcceptVerb(*app));
  add("decline", "DeclineTicket", "Not today, said honestly: NOT_YET");
  add("resolve", "ResolveTicket", "The customer has an answer, and nothing changes: ANSWERED");
  add("reopen", "ReopenTicket", "The customer came back");
  add("unlink", "UnlinkTicket", "It was accepted by mistake: HEARD again");
  verbs.push_back(
      AddListVerb(*app, {"messages", service + "ListMessages", "What was said about a ticket, the oldest first"}));
  return VerbsCommand(app, std::move(verbs));
}

}  // namespace dangol::cli
