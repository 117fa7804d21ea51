#include "tests/simulation/loop_stories.h"

#include <algorithm>

#include "fmt/format.h"

#include "dangol/backlog/v1/change_service.pb.h"
#include "dangol/tickets/v1/customer_service.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "tests/simulation/loop_agent.h"

namespace dangol::simulation {
namespace {

constexpr char kTickets[] = "/dangol.tickets.v1.TicketService/";
constexpr char kCustomers[] = "/dangol.tickets.v1.CustomerService/";
constexpr char kChanges[] = "/dangol.backlog.v1.ChangeService/";
// One more than merge one into the other ten times.
constexpr int kNames = 11;
// More than the call that erases and one firing behind it delete, each as dear as fifty other rows.
constexpr int kPieces = 26;

// None begins another: files have a mark with the id of their ticket.
std::string TicketId(const std::string& id, int number) { return fmt::format("{}-{:02}", id, number); }
std::string TicketOf(const std::string& id, int number) { return fmt::format("tickets/{}", TicketId(id, number)); }

// `phone` empty: nobody that is known, each.
StoryStep Create(const std::string& id, int count, const std::string& phone) {
  return [=](Operation& operation, const LoopLedger&) {
    tickets::v1::BatchCreateTicketsRequest batch;
    for (int i = 0; i < count; ++i) {
      tickets::v1::CreateTicketRequest& one = *batch.add_requests();
      one.set_ticket_id(TicketId(id, i));
      one.mutable_ticket()->set_subject("of a story");
      if (!phone.empty()) one.mutable_sender()->set_phone(phone);
    }
    Prepare(operation, fmt::format("{}BatchCreateTickets", kTickets), batch);
  };
}

StoryStep MarkDuplicate(const std::string& ticket, const std::string& canonical) {
  return [=](Operation& operation, const LoopLedger&) {
    tickets::v1::MarkTicketDuplicateRequest request;
    request.set_name(ticket);
    request.set_canonical(canonical);
    Prepare(operation, fmt::format("{}MarkTicketDuplicate", kTickets), request);
  };
}

template <typename Request>
StoryStep OnTicket(const std::string& method, const std::string& ticket) {
  return [=](Operation& operation, const LoopLedger&) {
    Request request;
    request.set_name(ticket);
    Prepare(operation, fmt::format("{}{}", kTickets, method), request);
  };
}

// Empty: it is not known.
std::string CustomerOf(const LoopLedger& ledger, const std::string& ticket) {
  const auto customer = ledger.customer_of.find(ticket);
  return customer == ledger.customer_of.end() ? "" : customer->second;
}

// Of whom these tickets are.
StoryStep Merge(const std::string& kept, const std::string& merged) {
  return [=](Operation& operation, const LoopLedger& ledger) {
    tickets::v1::MergeCustomersRequest request;
    request.set_name(CustomerOf(ledger, kept));
    request.set_merged(CustomerOf(ledger, merged));
    if (request.name().empty() || request.merged().empty()) return;
    Prepare(operation, fmt::format("{}MergeCustomers", kCustomers), request);
  };
}

StoryStep Erase(const std::string& ticket) {
  return [=](Operation& operation, const LoopLedger& ledger) {
    tickets::v1::EraseCustomerRequest request;
    request.set_name(CustomerOf(ledger, ticket));
    if (request.name().empty()) return;
    Prepare(operation, fmt::format("{}EraseCustomer", kCustomers), request);
  };
}

StoryStep Announce(const std::string& ticket) {
  return [=](Operation& operation, const LoopLedger&) {
    tickets::v1::CreateAttachmentRequest request;
    request.set_parent(ticket);
    request.set_attachment_id("long");
    request.mutable_attachment()->set_file_name(fmt::format("{}{}.txt", kFileMark, ticket.substr(8)));
    request.mutable_attachment()->set_media_type("text/plain");
    request.mutable_attachment()->set_size_bytes(kPieces);
    Prepare(operation, fmt::format("{}CreateAttachment", kTickets), request);
  };
}

StoryStep Upload(const std::string& ticket, int offset) {
  return [=](Operation& operation, const LoopLedger& ledger) {
    tickets::v1::UploadAttachmentRequest request;
    request.set_name(ticket + "/attachments/long");
    // Somebody may have erased the customer before it was announced.
    if (std::ranges::find(ledger.attachments, request.name()) == ledger.attachments.end()) return;
    request.set_offset(offset);
    request.set_data("x");
    Prepare(operation, fmt::format("{}UploadAttachment", kTickets), request);
  };
}

StoryStep Accept(const std::string& ticket, const std::string& change) {
  return [=](Operation& operation, const LoopLedger&) {
    tickets::v1::AcceptTicketRequest request;
    request.set_name(ticket);
    request.set_change(change);
    Prepare(operation, fmt::format("{}AcceptTicket", kTickets), request);
  };
}

StoryStep ComeBack(const std::string& ticket) {
  return [=](Operation& operation, const LoopLedger&) {
    tickets::v1::ReopenTicketRequest request;
    request.set_name(ticket);
    request.set_cause(tickets::v1::ReopenTicketRequest::NOT_FIXED);
    request.set_body("still there");
    Prepare(operation, fmt::format("{}ReopenTicket", kTickets), request);
  };
}

template <typename Request>
StoryStep OnChange(const std::string& method, const Request& request) {
  return [=](Operation& operation, const LoopLedger&) {
    Request own = request;
    Prepare(operation, fmt::format("{}{}", kChanges, method), own);
  };
}

StoryStep CreateChange(const std::string& name) {
  backlog::v1::CreateChangeRequest request;
  request.set_change_id(name.substr(name.find('/') + 1));
  request.mutable_change()->set_title("of a story");
  return OnChange("CreateChange", request);
}

// `reason` empty: none.
StoryStep SetReason(const std::string& name, const std::string& reason) {
  backlog::v1::UpdateChangeRequest request;
  request.set_name(name);
  backlog::v1::Change& change = *request.mutable_change();
  if (!reason.empty()) change.add_contact_reasons(reason);
  request.mutable_update_mask()->add_paths("contact_reasons");
  return OnChange("UpdateChange", request);
}

StoryStep Ship(const std::string& name) {
  backlog::v1::ShipChangeRequest request;
  request.set_name(name);
  request.set_kind(backlog::v1::Change::PROCESS);
  backlog::v1::Decision& decision = *request.mutable_decision();
  decision.set_can_keep(backlog::v1::Decision::YES);
  decision.set_for_everyone(backlog::v1::Decision::YES);
  decision.set_within_capability(backlog::v1::Decision::YES);
  decision.set_rationale("of a story");
  decision.set_decided_by("members/lead");
  (*request.mutable_customer_notes())["en"] = "of a story";
  return OnChange("ShipChange", request);
}

StoryStep MergeInto(const std::string& name, const std::string& survivor) {
  backlog::v1::MergeChangesRequest request;
  request.set_name(name);
  request.set_survivor(survivor);
  return OnChange("MergeChanges", request);
}

StoryStep Revert(const std::string& name) {
  backlog::v1::RevertShipmentRequest request;
  request.set_name(name);
  request.set_shipment(name + "/shipments/1");
  request.set_reason("of a story");
  request.set_decided_by("members/lead");
  return OnChange("RevertShipment", request);
}

StoryStep Drop(const std::string& name) {
  backlog::v1::DropChangeRequest request;
  request.set_name(name);
  request.set_reason("of a story");
  request.set_decline_reason(backlog::v1::Drop::UNSUSTAINABLE);
  request.set_decided_by("members/lead");
  return OnChange("DropChange", request);
}

}  // namespace

std::string PhoneOfImports(uint64_t person) { return fmt::format("010-9999-00{:02}", person); }

Story TellOfDuplicates(const std::string& id) {
  const auto name = [&](int number) { return TicketOf(id, number); };
  return {Create(id, 4, fmt::format("010-5555-{}", id.substr(id.size() - 4))),
          MarkDuplicate(name(0), name(1)),
          MarkDuplicate(name(1), name(2)),
          MarkDuplicate(name(2), name(3)),
          OnTicket<tickets::v1::MarkTicketSpamRequest>("MarkTicketSpam", name(3)),
          OnTicket<tickets::v1::RestoreTicketRequest>("RestoreTicket", name(3)),
          MarkDuplicate(name(0), name(3)),
          OnTicket<tickets::v1::MarkTicketSpamRequest>("MarkTicketSpam", name(3)),
          OnTicket<tickets::v1::RestoreTicketRequest>("RestoreTicket", name(1))};
}

Story TellOfAliases(const std::string& id, bool erased) {
  Story story = {Create(id, kNames, "")};
  for (int i = 0; i + 1 < kNames; ++i) story.push_back(Merge(TicketOf(id, i + 1), TicketOf(id, i)));
  if (erased) story.push_back(Erase(TicketOf(id, 0)));
  return story;
}

Story TellOfErasure(const std::string& id, uint64_t person) {
  const std::string ticket = TicketOf(id, 0);
  const std::string other = TicketOf(id + "o", 0);
  Story story = {Create(id, 1, PhoneOfImports(person)), Create(id + "o", 1, ""), Announce(ticket)};
  for (int i = 0; i < kPieces; ++i) story.push_back(Upload(ticket, i));
  story.push_back(Erase(ticket));
  story.push_back(Merge(other, ticket));
  story.push_back(Create(id + "n", 2, PhoneOfImports(person)));
  story.push_back(Merge(ticket, other));
  story.push_back(Merge(other, TicketOf(id + "n", 0)));
  story.push_back(Erase(other));
  return story;
}

Story TellOfMerges(const std::string& id) {
  const auto ticket = [&](int number) { return TicketOf(id, number); };
  const std::string first = fmt::format("changes/{}a", id);
  const std::string second = fmt::format("changes/{}b", id);
  const std::string third = fmt::format("changes/{}c", id);
  return {Create(id, 6, ""),
          CreateChange(first),
          CreateChange(second),
          CreateChange(third),
          Accept(ticket(0), first),
          Accept(ticket(1), first),
          Ship(third),
          MergeInto(first, second),
          Accept(ticket(2), first),
          Merge(ticket(0), ticket(1)),
          MergeInto(second, third),
          MergeInto(second, third),  // where the first was still going out
          Accept(ticket(3), first),
          Merge(ticket(2), ticket(0)),
          ComeBack(ticket(0)),
          ComeBack(ticket(3)),
          Revert(third),
          ComeBack(ticket(1)),
          Accept(ticket(4), second),
          Drop(third),
          Accept(ticket(5), first)};
}

Story TellOfReasons(const std::string& id, bool again) {
  const std::string change = fmt::format("changes/{}r", id);
  Story story = {CreateChange(change), SetReason(change, "delivery"), Ship(change), SetReason(change, "")};
  if (again) story.push_back(SetReason(change, "bill"));
  return story;
}

}  // namespace dangol::simulation
