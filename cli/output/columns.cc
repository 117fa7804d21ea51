#include "cli/output/columns.h"

#include <cstdlib>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_join.h"
#include "fmt/format.h"

#include "cli/output/text_width.h"
#include "cli/output/times.h"
#include "dangol/backlog/v1/change.pb.h"
#include "dangol/tickets/v1/customer.pb.h"
#include "dangol/tickets/v1/ticket.pb.h"

namespace dangol::cli {
namespace {

using dangol::backlog::v1::Change;
using dangol::backlog::v1::Demand;
using dangol::tickets::v1::Customer;
using dangol::tickets::v1::Message;
using dangol::tickets::v1::Ticket;
using Columns = std::vector<Column<google::protobuf::Message>>;

// Of a body that stands for a subject.
constexpr size_t kBodyWidthMax = 200;

std::string OrDash(std::string text) { return text.empty() ? "-" : text; }

// `tickets/t1` → `t1`: the collection is known, and t1 can be given to every verb.
std::string Id(const std::string& name) { return OrDash(name.substr(name.rfind('/') + 1)); }

std::string StateOf(const Ticket& ticket) {
  std::string state = Ticket::State_Name(ticket.state());
  if (ticket.disposition() != Ticket::DISPOSITION_UNSPECIFIED)
    state += fmt::format(" {}", Ticket::Disposition_Name(ticket.disposition()));
  if (ticket.late()) state += " late";
  return state;
}

std::string FlagsOf(const Demand& demand) {
  std::vector<std::string> flags;
  if (demand.late()) flags.emplace_back("late");
  if (demand.recurrence()) flags.emplace_back("recurrence");
  return OrDash(absl::StrJoin(flags, " "));
}

// A column of resources of the type T.
template <typename T>
Column<google::protobuf::Message> Of(std::string head, Fit fit, std::string (*text)(const T&)) {
  return {{std::move(head), fit},
          [text](const google::protobuf::Message& message) -> Cell { return {text(static_cast<const T&>(message))}; }};
}

Columns TicketColumns() {
  return {
      Of<Ticket>("TICKET", Fit::kWhole, [](const Ticket& t) { return Id(t.name()); }),
      Of<Ticket>("STATE", Fit::kWhole, StateOf),
      Of<Ticket>(TimeHead("RECEIVED"), Fit::kWholeIfRoom, [](const Ticket& t) { return ShownTime(t.receive_time()); }),
      Of<Ticket>("CHANGE", Fit::kWholeIfRoom, [](const Ticket& t) { return Id(t.change()); }),
      Of<Ticket>("CONTACT REASON", Fit::kTextIfRoom, [](const Ticket& t) { return OrDash(t.contact_reason()); }),
      Of<Ticket>("SUBJECT", Fit::kText,
                 [](const Ticket& t) { return t.subject().empty() ? OneLine(t.body(), kBodyWidthMax) : t.subject(); }),
  };
}

Columns MessageColumns() {
  return {
      Of<Message>(TimeHead("TIME"), Fit::kWholeIfRoom, [](const Message& m) { return ShownTime(m.create_time()); }),
      Of<Message>("KIND", Fit::kWhole, [](const Message& m) { return Message::Kind_Name(m.kind()); }),
      Of<Message>("AUTHOR", Fit::kTextIfRoom, [](const Message& m) { return OrDash(m.author()); }),
      Of<Message>("TEXT", Fit::kText, [](const Message& m) { return m.body(); }),
  };
}

std::string ContactsOf(const Customer& customer) {
  std::vector<std::string> values;
  for (const auto& each : customer.contact_points()) values.push_back(each.value());
  return OrDash(absl::StrJoin(values, ", "));
}

Columns CustomerColumns() {
  return {
      Of<Customer>("CUSTOMER", Fit::kWhole, [](const Customer& c) { return Id(c.name()); }),
      Of<Customer>("STATE", Fit::kWhole, [](const Customer& c) { return Customer::State_Name(c.state()); }),
      Of<Customer>("KIND", Fit::kWholeIfRoom, [](const Customer& c) { return Customer::Kind_Name(c.kind()); }),
      Of<Customer>("SEGMENT", Fit::kWholeIfRoom, [](const Customer& c) { return OrDash(c.segment()); }),
      Of<Customer>(TimeHead("CREATED"), Fit::kWholeIfRoom,
                   [](const Customer& c) { return ShownTime(c.create_time()); }),
      Of<Customer>("NAME", Fit::kText, [](const Customer& c) { return OrDash(c.display_name()); }),
      Of<Customer>("CONTACTS", Fit::kTextIfRoom, ContactsOf),
  };
}

Columns ChangeColumns() {
  return {
      Of<Change>("CHANGE", Fit::kWhole, [](const Change& c) { return Id(c.name()); }),
      Of<Change>("STATE", Fit::kWhole, [](const Change& c) { return Change::State_Name(c.state()); }),
      Of<Change>("DEMANDS", Fit::kWhole, [](const Change& c) { return std::to_string(c.evidence().demands()); }),
      Of<Change>("ANSWERED", Fit::kWholeIfRoom,
                 [](const Change& c) { return std::to_string(c.evidence().answered()); }),
      Of<Change>(TimeHead("CREATED"), Fit::kWholeIfRoom, [](const Change& c) { return ShownTime(c.create_time()); }),
      Of<Change>(TimeHead("SHIPPED"), Fit::kWholeIfRoom,
                 [](const Change& c) { return c.has_ship_time() ? ShownTime(c.ship_time()) : "-"; }),
      Of<Change>("TITLE", Fit::kText, [](const Change& c) { return c.title(); }),
  };
}

Columns DemandColumns() {
  return {
      Of<Demand>("TICKET", Fit::kWhole, [](const Demand& d) { return Id(d.ticket()); }),
      Of<Demand>("STATE", Fit::kWhole, [](const Demand& d) { return Demand::State_Name(d.state()); }),
      Of<Demand>("FLAGS", Fit::kWhole, FlagsOf),
      Of<Demand>("SHIPMENT", Fit::kWhole, [](const Demand& d) { return Id(d.shipment()); }),
      Of<Demand>(TimeHead("RECEIVED"), Fit::kWholeIfRoom, [](const Demand& d) { return ShownTime(d.receive_time()); }),
      Of<Demand>(TimeHead("UPDATED"), Fit::kWholeIfRoom, [](const Demand& d) { return ShownTime(d.update_time()); }),
  };
}

}  // namespace

const Columns& ColumnsOf(const google::protobuf::Descriptor* type) {
  static const auto& all = *new std::map<const google::protobuf::Descriptor*, Columns>{
      {Ticket::descriptor(), TicketColumns()},     {Message::descriptor(), MessageColumns()},
      {Customer::descriptor(), CustomerColumns()}, {Change::descriptor(), ChangeColumns()},
      {Demand::descriptor(), DemandColumns()},
  };
  const auto found = all.find(type);
  // A verb without columns does not get past its first test.
  if (found == all.end()) std::abort();
  return found->second;
}

}  // namespace dangol::cli
