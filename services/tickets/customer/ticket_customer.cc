#include "services/tickets/customer/ticket_customer.h"

#include <utility>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "services/tickets/customer/customer_rules.h"
#include "services/tickets/names.h"
#include "services/tickets/ticket/ticket_store.h"

namespace dangol::tickets {
namespace {

using v1::Customer;
using v1::Ticket;

absl::Status CheckSender(const v1::CreateTicketRequest& request, const std::string& sender_path) {
  if (!request.ticket().customer().empty() && request.has_sender()) {
    return InvalidField(sender_path, fmt::format("is set, and so is ticket.customer, {}. Send one of them.",
                                                 ShownValue(request.ticket().customer())));
  }
  const v1::Sender& sender = request.sender();
  if (!sender.external_id().empty() && sender.external_system().empty() &&
      request.ticket().source().connection().empty()) {
    return InvalidField(
        sender_path + ".external_system",
        "is empty, and so is ticket.source.connection: one of them says which system the external_id is of.");
  }
  return absl::OkStatus();
}

absl::StatusOr<LoadedCustomer> LoadNamed(storage::Snapshot& snapshot, const std::string& name,
                                         const std::string& path) {
  absl::StatusOr<LoadedCustomer> named = LoadCustomer(snapshot, name);
  return absl::IsNotFound(named.status()) ? AtField(std::move(named).status(), path) : std::move(named);
}

// What a restricted customer said before may be two matters.
absl::Status RequireNameable(const Customer& customer, const Ticket& ticket, const std::string& path) {
  if (customer.state() == Customer::ACTIVE) return absl::OkStatus();
  if (customer.state() == Customer::RESTRICTED && !ticket.split_from().empty()) return absl::OkStatus();
  return AtField(
      Error(absl::StatusCode::kFailedPrecondition, "CUSTOMER_NOT_ACTIVE",
            fmt::format("{} is {}, and is given no tickets. Name another customer, or send who wrote as the sender.",
                        customer.name(), Customer::State_Name(customer.state())),
            {{"customer", customer.name()}}),
      path);
}

void SetCustomerOf(const Customer& customer, bool anonymous, Ticket& ticket) {
  ticket.set_customer(customer.name());
  ticket.set_anonymous(anonymous);
  ticket.set_internal(customer.kind() == Customer::INTERNAL);
  ticket.set_segment(customer.segment());
}

// A customer of another ticket is nobody's secret any more, and one who has a name learns what is new.
absl::Status Complete(storage::Transaction& transaction, const rpc::Call& call, const Customer& said,
                      LoadedCustomer& found) {
  const Customer before = found.row.customer;
  const bool was_anonymous = !found.row.ticket_id.empty();
  RETURN_IF_ERROR(MakeKnown(transaction, found.row));
  const bool learns = before.state() == Customer::ACTIVE && Learn(found.row.customer, said);
  if (!learns && !was_anonymous) return absl::OkStatus();
  return StoreCustomer(transaction, call, before, found);
}

}  // namespace

absl::StatusOr<TicketCustomer> IdentifyCustomer(storage::Snapshot& snapshot, const rpc::Call& call,
                                                const v1::CreateTicketRequest& request, Ticket& ticket,
                                                const std::string& ticket_path, const std::string& sender_path) {
  RETURN_IF_ERROR(CheckSender(request, sender_path));
  TicketCustomer customer;
  if (!ticket.customer().empty()) {
    customer.named_path = ticket_path + ".customer";
    ASSIGN_OR_RETURN(customer.found, LoadNamed(snapshot, ticket.customer(), customer.named_path));
  } else {
    const v1::Sender& sender = request.sender();
    customer.said =
        CustomerOf(sender, sender.external_system().empty() ? ticket.source().connection() : sender.external_system());
    RETURN_IF_ERROR(Prepare(customer.said, sender_path));
    ASSIGN_OR_RETURN(customer.found, FindCustomer(snapshot, customer.said));
  }
  if (customer.found) {
    SetCustomerOf(customer.found->row.customer, false, ticket);
    return customer;
  }
  customer.made.customer = customer.said;
  customer.made.customer.set_name(kCustomerPattern.Name(call.NewId()));
  const bool anonymous = IsUnknown(customer.said);
  if (anonymous) customer.made.ticket_id = kTicketPattern.Id(ticket.name());
  SetCustomerOf(customer.made.customer, anonymous, ticket);
  return customer;
}

absl::Status KeepCustomer(storage::Transaction& transaction, const rpc::Call& call, const Ticket& ticket,
                          TicketCustomer& customer) {
  if (customer.found) {
    if (!customer.named_path.empty())
      RETURN_IF_ERROR(RequireNameable(customer.found->row.customer, ticket, customer.named_path));
    RETURN_IF_ERROR(Complete(transaction, call, customer.said, *customer.found));
  } else {
    RETURN_IF_ERROR(AddCustomer(transaction, call, customer.made));
    if (!customer.made.ticket_id.empty()) return absl::OkStatus();
  }
  return AddCustomerTicket(transaction, kCustomerPattern.Id(ticket.customer()), FromProtoTime(ticket.receive_time()),
                           kTicketPattern.Id(ticket.name()));
}

}  // namespace dangol::tickets
