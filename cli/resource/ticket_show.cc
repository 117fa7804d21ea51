#include "cli/resource/ticket_show.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "fmt/format.h"

#include "cli/command/client.h"
#include "cli/command/request_flags.h"
#include "cli/command/verb.h"
#include "cli/output/print.h"
#include "cli/output/text_width.h"
#include "cli/resource/loop_story.h"
#include "common/base/json.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "dangol/metrics/v1/loop_service.pb.h"
#include "dangol/tickets/v1/customer_service.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"

namespace dangol::cli {
namespace {

using dangol::metrics::v1::Loop;
using dangol::tickets::v1::Attachment;
using dangol::tickets::v1::Customer;
using dangol::tickets::v1::Message;
using dangol::tickets::v1::Ticket;

constexpr char kCommand[] = "ticket show";
constexpr char kService[] = "/dangol.tickets.v1.TicketService/";
constexpr size_t kWidthMin = 20;
constexpr size_t kWidthMax = 100;
constexpr size_t kFactWidthMax = 200;
// Beside the ticket, which is shown without them.
constexpr absl::Duration kPatience = absl::Seconds(2);

struct Flags {
  VerbFlags common;
  std::string ticket;
};

// A ticket, and what else is known of it. What a service does not tell is left out.
struct Case {
  Ticket ticket;
  std::optional<Customer> customer;
  std::vector<Message> messages;
  std::vector<Attachment> files;
  std::optional<Loop> loop;
};

template <typename Request, typename Response, typename Item>
absl::Status ReadAll(Client& client, const Flags& flags, const char* method,
                     const google::protobuf::RepeatedPtrField<Item>& (Response::*items)() const,
                     std::vector<Item>& all) {
  Request request;
  request.set_parent(FullName(flags.ticket, "tickets/*"));
  Response response;
  return EachPage(client, std::string(kService) + method, request, flags.common.timeout, response, [&](bool) {
    all.insert(all.end(), (response.*items)().begin(), (response.*items)().end());
    return absl::OkStatus();
  });
}

absl::StatusOr<Case> Read(const Flags& flags) {
  Client tickets(TargetAddress(flags.common.suite, "tickets"));
  Case one;
  dangol::tickets::v1::GetTicketRequest get;
  get.set_name(FullName(flags.ticket, "tickets/*"));
  ASSIGN_OR_RETURN(one.ticket, Call<Ticket>(tickets, std::string(kService) + "GetTicket", get, flags.common.timeout));
  RETURN_IF_ERROR((ReadAll<dangol::tickets::v1::ListMessagesRequest>(
      tickets, flags, "ListMessages", &dangol::tickets::v1::ListMessagesResponse::messages, one.messages)));
  RETURN_IF_ERROR((ReadAll<dangol::tickets::v1::ListAttachmentsRequest>(
      tickets, flags, "ListAttachments", &dangol::tickets::v1::ListAttachmentsResponse::attachments, one.files)));
  const absl::Duration patience = std::min(flags.common.timeout, kPatience);
  dangol::tickets::v1::GetCustomerRequest whose;
  whose.set_name(one.ticket.customer());
  auto customer = Call<Customer>(tickets, "/dangol.tickets.v1.CustomerService/GetCustomer", whose, patience);
  if (customer.ok()) one.customer = *std::move(customer);
  Client metrics(TargetAddress(flags.common.suite, "metrics"));
  dangol::metrics::v1::GetLoopRequest history;
  history.set_name("loops/" + one.ticket.name().substr(one.ticket.name().find('/') + 1));
  auto loop = Call<Loop>(metrics, "/dangol.metrics.v1.LoopService/GetLoop", history, patience);
  if (loop.ok()) one.loop = *std::move(loop);
  return one;
}

std::string Heading(const Case& one) {
  const Ticket& ticket = one.ticket;
  std::string text = ticket.name();
  if (!ticket.subject().empty()) text += fmt::format("  {}", OneLine(ticket.subject(), kWidthMax));
  text += fmt::format("\n{}", Ticket::Kind_Name(ticket.kind()));
  if (ticket.severity() > Ticket::NORMAL) text += fmt::format(", {}", Ticket::Severity_Name(ticket.severity()));
  if (!ticket.contact_reason().empty()) text += fmt::format(" about {}", ticket.contact_reason());
  if (!ticket.source().channel().empty()) text += fmt::format(", by {}", ticket.source().channel());
  text += fmt::format(": {}", Ticket::State_Name(ticket.state()));
  if (ticket.disposition() != Ticket::DISPOSITION_UNSPECIFIED)
    text += fmt::format(" ({})", Ticket::Disposition_Name(ticket.disposition()));
  if (!ticket.canonical().empty()) text += fmt::format(" of {}", ticket.canonical());
  text += "\n";
  if (!ticket.change().empty()) {
    text += ticket.change();
    if (one.loop && one.loop->change() == ticket.change() && !one.loop->change_title().empty())
      text += fmt::format("  {}: {}", OneLine(one.loop->change_title(), kWidthMax),
                          dangol::backlog::v1::Change::State_Name(one.loop->change_state()));
    text += "\n";
  }
  return text;
}

std::string Who(const Case& one) {
  const Ticket& ticket = one.ticket;
  if (!one.customer) return fmt::format("{}, who is not shown", ticket.customer());
  const Customer& customer = *one.customer;
  if (customer.state() != Customer::ACTIVE)
    return fmt::format("{}, {}", customer.name(), Customer::State_Name(customer.state()));
  if (customer.anonymous()) return "nobody that is known";
  std::vector<std::string> parts;
  if (!customer.display_name().empty()) parts.push_back(customer.display_name());
  for (const auto& contact : customer.contact_points()) parts.push_back(contact.value());
  for (const auto& id : customer.external_ids()) parts.push_back(fmt::format("{}={}", id.system(), id.id()));
  if (!customer.segment().empty()) parts.push_back(customer.segment());
  if (ticket.internal()) parts.emplace_back("works here");
  parts.push_back(fmt::format("dangol customer timeline {}", customer.name().substr(customer.name().find('/') + 1)));
  return absl::StrJoin(parts, ", ");
}

std::string Due(bool set, const google::protobuf::Timestamp& time, absl::Time now) {
  if (!set) return "";
  const absl::Duration left = FromProtoTime(time) - now;
  return fmt::format(", due {} ({} {})", TimeWithZone(time), ShownDuration(absl::AbsDuration(left)),
                     left < absl::ZeroDuration() ? "late" : "left");
}

// Who owes what.
std::vector<std::string> Owed(const Ticket& ticket, absl::Time now) {
  std::vector<std::string> owed;
  if (ticket.has_waiting_since_time()) {
    owed.push_back(fmt::format("We owe a reply: the customer waits since {}{}",
                               TimeWithZone(ticket.waiting_since_time()),
                               Due(ticket.has_reply_due_time(), ticket.reply_due_time(), now)));
  } else if (ticket.owes_reply()) {
    owed.push_back(fmt::format("We owe a word of our own accord{}",
                               Due(ticket.has_reply_due_time(), ticket.reply_due_time(), now)));
  }
  if (ticket.has_decide_due_time())
    owed.push_back(fmt::format("We owe a decision{}", Due(true, ticket.decide_due_time(), now)));
  if (ticket.state() == Ticket::ACCEPTED) owed.push_back(fmt::format("It waits for {} to ship", ticket.change()));
  if (ticket.decision().has_revisit_time())
    owed.push_back(fmt::format("To be looked at again {}", TimeWithZone(ticket.decision().revisit_time())));
  if (ticket.has_close_due_time())
    owed.push_back(fmt::format("It is closed {} unless the customer writes", TimeWithZone(ticket.close_due_time())));
  if (owed.empty()) owed.emplace_back("Nobody owes anything");
  return owed;
}

void Add(std::string& text, const char* name, const std::string& value) {
  if (!value.empty()) text += fmt::format("  {:<13} {}\n", name, OneLine(value, kFactWidthMax));
}

std::string Facts(const Case& one, absl::Time now) {
  const Ticket& ticket = one.ticket;
  std::string text = "\n";
  Add(text, "Who", Who(one));
  Add(text, "Since",
      fmt::format("{}, {}", TimeWithZone(ticket.receive_time()),
                  ShownDuration(now - FromProtoTime(ticket.receive_time()))));
  if (FromProtoTime(ticket.occur_time()) != FromProtoTime(ticket.receive_time()))
    Add(text, "Happened", TimeWithZone(ticket.occur_time()));
  for (const std::string& owed : Owed(ticket, now)) Add(text, "Now", owed);
  Add(text, "Works on it", ticket.assignee().empty() ? "nobody" : ticket.assignee());
  Add(text, "Read by", ticket.heard_by() + (ticket.heard_in_bulk() ? ", with others in one call" : ""));
  Add(text, "Understood", ticket.heard_summary());
  Add(text, "Hoped for", ticket.underlying_need());
  Add(text, "Asked for", ticket.remedy_sought());
  Add(text, "Given", ticket.remedy_given());
  Add(text, "Order", ticket.order());
  Add(text, "Product", ticket.product());
  Add(text, "Labels", absl::StrJoin(ticket.labels(), ", "));
  Add(text, "Import", ticket.import_name());
  Add(text, "Split from", ticket.split_from());
  Add(text, "Split into", absl::StrJoin(ticket.split_into(), ", "));
  return text;
}

std::string Speaker(const Message& message) {
  const std::string by = message.author().empty() ? "" : fmt::format(", {}", OneLine(message.author(), kWidthMax));
  switch (message.kind()) {
    case Message::CUSTOMER:
      return "The customer" + by;
    case Message::INTERNAL:
      return "A note for colleagues" + by;
    default:
      return fmt::format("{}{}", message.automatic() ? "To the customer, by a program" : "To the customer", by);
  }
}

std::string Said(const google::protobuf::Timestamp& time, const std::string& who, const std::string& words) {
  const size_t terminal = TerminalWidth();
  const size_t width = terminal == 0 ? kWidthMax : std::clamp(terminal, kWidthMin, kWidthMax);
  return fmt::format("  {}  {}\n{}", TimeWithZone(time), who, words.empty() ? "" : Indented(words, 4, width));
}

std::string Words(const Case& one) {
  const Ticket& ticket = one.ticket;
  if (ticket.erased()) return "\nWhat was said was erased with the customer.\n";
  if (ticket.hidden()) return "\nWhat was said is hidden from you.\n";
  std::string text = "\nWhat was said\n" + Said(ticket.receive_time(), "The customer",
                                                ticket.body().empty() ? ticket.subject() : ticket.body());
  for (const Message& message : one.messages)
    text += Said(message.send_time(), Speaker(message), message.has_redact_time() ? "(redacted)" : message.body());
  return text;
}

std::string Files(const Case& one) {
  std::string text;
  for (const Attachment& file : one.files) {
    if (!file.has_finish_time() || file.has_redact_time()) continue;
    text += fmt::format("  {}  {}, {}  (dangol ticket download {})\n", OneLine(file.file_name(), kWidthMax),
                        file.media_type(), ShownBytes(file.size_bytes()), file.name());
  }
  for (const auto& link : one.ticket.file_links())
    text += fmt::format("  {}  {}\n", OneLine(link.file_name(), kWidthMax), OneLine(link.url(), kWidthMax));
  return text.empty() ? "" : "\nFiles\n" + text;
}

int Show(const Flags& flags) {
  const absl::StatusOr<Case> one = Read(flags);
  if (!one.ok()) return Fail(kCommand, one.status());
  if (flags.common.format == Format::kJson) return Print(ToJson(one->ticket, JsonStyle::kCompact) + "\n") ? 0 : 1;
  std::string text = Fitted(Heading(*one) + Facts(*one, absl::Now()), TerminalWidth()) + Words(*one) +
                     Fitted(Files(*one), TerminalWidth());
  if (one->loop) text += "\nWhat became of it\n" + History(*one->loop, "en");
  return Print(text) ? 0 : 1;
}

}  // namespace

Command TicketShowCommand(CLI::App& parent) {
  CLI::App* app = parent.add_subcommand(
      "show", "Tell a ticket as a case: who, since when, who owes what, what was said, what became of it");
  const auto flags = std::make_shared<Flags>();
  app->add_option("TICKET", flags->ticket, "The ticket: t1 or tickets/t1")->type_name("")->required();
  AddVerbFlags(*app, flags->common);
  app->footer("-o json prints the ticket alone, as `dangol ticket get` does.");
  return {app, [flags] { return Show(*flags); }};
}

}  // namespace dangol::cli
