#include "absl/strings/str_join.h"
#include "fmt/format.h"

#include "cli/command/verb.h"
#include "cli/output/text_width.h"
#include "dangol/backlog/v1/change.pb.h"
#include "dangol/tickets/v1/ticket.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"

namespace dangol::cli {
namespace {

using dangol::backlog::v1::Change;
using dangol::backlog::v1::Demand;
using dangol::tickets::v1::Message;
using dangol::tickets::v1::Ticket;
using dangol::tickets::v1::TicketResult;

constexpr size_t kTextWidthMax = 60;
constexpr size_t kReasonWidthMax = 40;

std::string OrDash(std::string text) { return text.empty() ? "-" : text; }

// `tickets/t1` → `t1`: the collection is known, and t1 can be given to every verb.
std::string Id(const std::string& name) { return OrDash(name.substr(name.rfind('/') + 1)); }

std::string TimeOrDash(bool present, const google::protobuf::Timestamp& time) {
  return present ? ShownTime(time) : "-";
}

std::string StateOf(const Ticket& ticket) {
  std::string state = Ticket::State_Name(ticket.state());
  if (ticket.disposition() != Ticket::DISPOSITION_UNSPECIFIED)
    state += fmt::format(" {}", Ticket::Disposition_Name(ticket.disposition()));
  if (ticket.late()) state += " late";
  return state;
}

std::vector<Cell> TicketRow(const google::protobuf::Message& message) {
  const auto& ticket = static_cast<const Ticket&>(message);
  return {{Id(ticket.name())},
          {StateOf(ticket)},
          {ShownTime(ticket.receive_time())},
          {Id(ticket.change())},
          {OneLine(OrDash(ticket.contact_reason()), kReasonWidthMax)},
          {OneLine(ticket.subject().empty() ? ticket.body() : ticket.subject(), kTextWidthMax)}};
}

std::vector<Cell> MessageRow(const google::protobuf::Message& message) {
  const auto& said = static_cast<const Message&>(message);
  return {{ShownTime(said.create_time())},
          {Message::Kind_Name(said.kind())},
          {OneLine(OrDash(said.author()), kReasonWidthMax)},
          {OneLine(said.body(), kTextWidthMax)}};
}

std::vector<Cell> ChangeRow(const google::protobuf::Message& message) {
  const auto& change = static_cast<const Change&>(message);
  const auto& evidence = change.evidence();
  return {{Id(change.name())},
          {Change::State_Name(change.state())},
          {std::to_string(evidence.demands())},
          {std::to_string(evidence.answered())},
          {ShownTime(change.create_time())},
          {TimeOrDash(change.has_ship_time(), change.ship_time())},
          {OneLine(change.title(), kTextWidthMax)}};
}

std::vector<Cell> DemandRow(const google::protobuf::Message& message) {
  const auto& demand = static_cast<const Demand&>(message);
  std::vector<std::string> flags;
  if (demand.late()) flags.emplace_back("late");
  if (demand.recurrence()) flags.emplace_back("recurrence");
  return {{Id(demand.ticket())},   {Demand::State_Name(demand.state())}, {OrDash(absl::StrJoin(flags, " "))},
          {Id(demand.shipment())}, {ShownTime(demand.receive_time())},   {ShownTime(demand.update_time())}};
}

std::vector<Cell> ResultRow(const google::protobuf::Message& message) {
  const auto& result = static_cast<const TicketResult&>(message);
  return {{Id(result.name())},
          {result.state() == Ticket::STATE_UNSPECIFIED ? "-" : Ticket::State_Name(result.state())},
          {Id(result.change())},
          {OrDash(result.skip_reason())}};
}

}  // namespace

const Columns& ColumnsOf(const google::protobuf::Descriptor* type) {
  static const auto& all = *new std::vector<Columns>{
      {Ticket::descriptor(), {"TICKET", "STATE", "RECEIVED", "CHANGE", "CONTACT REASON", "SUBJECT"}, TicketRow},
      {Message::descriptor(), {"TIME", "KIND", "AUTHOR", "TEXT"}, MessageRow},
      {Change::descriptor(), {"CHANGE", "STATE", "DEMANDS", "ANSWERED", "CREATED", "SHIPPED", "TITLE"}, ChangeRow},
      {Demand::descriptor(), {"TICKET", "STATE", "FLAGS", "SHIPMENT", "RECEIVED", "UPDATED"}, DemandRow},
      {TicketResult::descriptor(), {"TICKET", "STATE", "CHANGE", "SKIPPED"}, ResultRow},
  };
  for (const Columns& columns : all) {
    if (columns.type == type) return columns;
  }
  return all.front();  // no verb answers with anything else
}

}  // namespace dangol::cli
