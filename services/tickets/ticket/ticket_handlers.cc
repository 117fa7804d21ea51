#include "services/tickets/ticket/ticket_handlers.h"

#include <memory>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "fmt/format.h"
#include "google/protobuf/util/message_differencer.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/tickets/customer/ticket_customer.h"
#include "services/tickets/names.h"
#include "services/tickets/policy/policy_store.h"
#include "services/tickets/reason/reason_store.h"
#include "services/tickets/ticket/ticket_rules.h"
#include "services/tickets/ticket/ticket_store.h"

namespace dangol::tickets {
namespace {

using v1::Ticket;

// Of the fields that an error may be about, in the request as it came.
struct Paths {
  explicit Paths(const std::string& prefix = "")
      : ticket(prefix + "ticket"),
        id(prefix + "ticket_id"),
        request_id(prefix + "request_id"),
        history(prefix + "history"),
        sender(prefix + "sender") {}
  std::string ticket;
  std::string id;
  std::string request_id;
  std::string history;
  std::string sender;
};

// What new tickets of one transaction share.
struct Intake {
  std::shared_ptr<const Triage> triage;
  ReasonLookup reasons;
  TicketCounts counts;
};

// It lands where its contact reason has moved to, and goes to whom the policy says.
absl::Status Place(storage::Snapshot& snapshot, Intake& intake, Ticket& ticket) {
  ASSIGN_OR_RETURN(Resolved reason, intake.reasons.Of(snapshot, ticket.contact_reason()));
  ticket.set_contact_reason(std::move(reason.path));
  if (!ticket.imported()) Assign(intake.triage->policy, ticket);
  if (ticket.stage().empty()) ticket.set_stage(std::move(reason.stage));
  return absl::OkStatus();
}

absl::StatusOr<Ticket> Create(storage::Transaction& transaction, const rpc::Call& call,
                              const v1::CreateTicketRequest& request, const Paths& path, Intake& intake) {
  Ticket ticket = request.ticket();
  RETURN_IF_ERROR(Receive(ticket, call.now(), path.ticket));
  if (request.has_history()) RETURN_IF_ERROR(MakeHistory(ticket, request.history(), path.history));
  RETURN_IF_ERROR(Place(transaction, intake, ticket));
  ticket.set_name(kTicketPattern.Name(request.ticket_id().empty() ? call.NewId() : request.ticket_id()));
  ASSIGN_OR_RETURN(TicketCustomer customer,
                   IdentifyCustomer(transaction, call, request, ticket, path.ticket, path.sender));
  absl::Status added = AddTicket(transaction, call, ticket, *intake.triage, intake.counts);
  if (absl::IsAlreadyExists(added)) return AtField(std::move(added), path.id);
  RETURN_IF_ERROR(std::move(added));
  RETURN_IF_ERROR(KeepCustomer(transaction, call, ticket, customer));
  return ticket;
}

// An id twice in a batch is one ticket only where both say the same.
absl::Status CheckSame(const v1::CreateTicketRequest& first, const v1::CreateTicketRequest& second, int first_index,
                       std::string_view id_path) {
  if (google::protobuf::util::MessageDifferencer::Equals(first, second)) return absl::OkStatus();
  return InvalidField(
      id_path,
      fmt::format("{} is the ticket_id of requests[{}], too, which says something else. Send one of them, "
                  "or give one another id.",
                  ShownValue(second.ticket_id()), first_index),
      "TICKET_ID_REPEATED");
}

}  // namespace

absl::StatusOr<Ticket> CreateTicket(storage::Transaction& transaction, const rpc::Call& call,
                                    const v1::CreateTicketRequest& request) {
  Intake intake;
  ASSIGN_OR_RETURN(intake.triage, ReadTriage(transaction));
  ASSIGN_OR_RETURN(Ticket ticket, Create(transaction, call, request, Paths(), intake));
  RETURN_IF_ERROR(intake.counts.Write(transaction));
  return ticket;
}

absl::StatusOr<v1::BatchCreateTicketsResponse> BatchCreateTickets(storage::Transaction& transaction,
                                                                  const rpc::Call& call,
                                                                  const v1::BatchCreateTicketsRequest& request) {
  v1::BatchCreateTicketsResponse response;
  Intake intake;
  ASSIGN_OR_RETURN(intake.triage, ReadTriage(transaction));
  absl::flat_hash_map<std::string_view, int> first_with_id;  // where existing ones are skipped
  for (int i = 0; i < request.requests_size(); ++i) {
    const v1::CreateTicketRequest& one = request.requests(i);
    const Paths path(fmt::format("requests[{}].", i));
    if (!one.request_id().empty()) {
      return InvalidField(path.request_id,
                          fmt::format("{} is set: the batch has a request_id of its own. Leave this one empty.",
                                      ShownValue(one.request_id())));
    }
    if (request.skip_existing() && !one.ticket_id().empty()) {
      const auto [first, is_new] = first_with_id.try_emplace(one.ticket_id(), i);
      if (!is_new) RETURN_IF_ERROR(CheckSame(request.requests(first->second), one, first->second, path.id));
    }
    absl::StatusOr<Ticket> ticket = Create(transaction, call, one, path, intake);
    if (absl::IsAlreadyExists(ticket.status()) && request.skip_existing()) continue;  // nothing was changed by it
    if (!ticket.ok()) return std::move(ticket).status();
    *response.add_tickets() = *std::move(ticket);
  }
  RETURN_IF_ERROR(intake.counts.Write(transaction));
  return response;
}

absl::StatusOr<Ticket> GetTicket(storage::Snapshot& snapshot, const rpc::Call&, const v1::GetTicketRequest& request) {
  return ReadTicket(snapshot, request.name());
}

}  // namespace dangol::tickets
