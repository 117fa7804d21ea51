#include "services/tickets/ticket/accept_handlers.h"

#include <string>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/tickets/caller.h"
#include "services/tickets/names.h"
#include "services/tickets/ticket/ticket_rules.h"
#include "services/tickets/ticket/ticket_store.h"

namespace dangol::tickets {
namespace {

using v1::Ticket;

// What tickets are accepted into, and who accepts them.
struct Destination {
  std::string change;
  std::string draft_title;  // empty: the change exists already
  Act act;
};

// Requests of both kinds. The id of a new change is ours: whoever could choose it could name one that others use.
template <typename Request>
absl::StatusOr<Destination> ChooseDestination(const rpc::Call& call, const Request& request) {
  if (request.change().empty() == !request.has_draft()) {
    return InvalidField("change", request.has_draft() ? fmt::format("{} is set, and so is draft: set one of them.",
                                                                    ShownValue(request.change()))
                                                      : "is empty, and so is draft: set one of them.");
  }
  Act act{call.now(), request.accepted_by().empty() ? CallerMember(call) : request.accepted_by()};
  if (!request.has_draft()) return Destination{request.change(), "", std::move(act)};
  return Destination{kChangePattern.Name(call.NewId()), request.draft().title(), std::move(act)};
}

// The ticket may be a head.
absl::Status AcceptInto(storage::Transaction& transaction, const rpc::Call& call, const Destination& destination,
                        LoadedTicket& ticket) {
  RETURN_IF_ERROR(Accept(ticket.row, destination.change, destination.act));
  v1::TicketEvent event;
  event.mutable_ticket_accepted()->set_draft_title(destination.draft_title);
  return StoreTicket(transaction, call, ticket, std::move(event));
}

// One of a batch: what forbids it is reported, what fails is returned.
absl::StatusOr<v1::TicketResult> AcceptOne(storage::Transaction& transaction, const rpc::Call& call,
                                           const Destination& destination, const std::string& name) {
  v1::TicketResult result;
  result.set_name(name);
  absl::StatusOr<LoadedTicket> ticket = LoadTicketHead(transaction, name);
  const absl::Status status = ticket.ok() ? AcceptInto(transaction, call, destination, *ticket) : ticket.status();
  if (absl::IsNotFound(status) || absl::IsFailedPrecondition(status)) {
    result.set_skip_reason(ErrorReason(status));
  } else if (!status.ok()) {
    return status;
  }
  if (ticket.ok()) {
    result.set_state(ticket->row.ticket.state());
    result.set_change(ticket->row.ticket.change());
  }
  return result;
}

}  // namespace

absl::StatusOr<Ticket> AcceptTicket(storage::Transaction& transaction, const rpc::Call& call,
                                    const v1::AcceptTicketRequest& request) {
  ASSIGN_OR_RETURN(const Destination destination, ChooseDestination(call, request));
  ASSIGN_OR_RETURN(LoadedTicket ticket, LoadTicket(transaction, request.name(), request.etag()));
  RETURN_IF_ERROR(AcceptInto(transaction, call, destination, ticket));
  return std::move(ticket.row.ticket);
}

absl::StatusOr<v1::BatchAcceptTicketsResponse> BatchAcceptTickets(storage::Transaction& transaction,
                                                                  const rpc::Call& call,
                                                                  const v1::BatchAcceptTicketsRequest& request) {
  ASSIGN_OR_RETURN(Destination destination, ChooseDestination(call, request));
  destination.act.in_bulk = request.names_size() > 1;
  absl::flat_hash_set<std::string_view> seen;
  for (int i = 0; i < request.names_size(); ++i) {
    if (seen.insert(request.names(i)).second) continue;
    return InvalidField(fmt::format("names[{}]", i),
                        fmt::format("{} is there twice: name each ticket once.", ShownValue(request.names(i))));
  }
  v1::BatchAcceptTicketsResponse response;
  for (const std::string& name : request.names()) {
    ASSIGN_OR_RETURN(*response.add_results(), AcceptOne(transaction, call, destination, name));
  }
  return response;
}

}  // namespace dangol::tickets
