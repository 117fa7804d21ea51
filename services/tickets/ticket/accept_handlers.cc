#include "services/tickets/ticket/accept_handlers.h"

#include <string>
#include <string_view>
#include <utility>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/tickets/caller.h"
#include "services/tickets/names.h"
#include "services/tickets/ticket/batch.h"
#include "services/tickets/ticket/ticket_rules.h"
#include "services/tickets/ticket/ticket_store.h"

namespace dangol::tickets {
namespace {

using v1::Ticket;

// What tickets are accepted into, and who accepts them.
struct Destination {
  std::string change;
  std::string draft_title;  // empty: the change exists already
  v1::Happened happened;
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
  if (!request.has_draft()) return Destination{request.change(), "", request.happened(), std::move(act)};
  return Destination{kChangePattern.Name(call.NewId()), request.draft().title(), request.happened(), std::move(act)};
}

// The ticket may be a head.
absl::Status AcceptInto(storage::Transaction& transaction, const rpc::Call& call, const Destination& destination,
                        LoadedTicket& ticket) {
  ticket.row.least_acceptance = transaction.NextVersion(0);
  RETURN_IF_ERROR(Accept(ticket.row, destination.change, destination.act));
  v1::TicketEvent event;
  event.mutable_ticket_accepted()->set_draft_title(destination.draft_title);
  event.mutable_ticket_accepted()->set_happened(destination.happened);
  return StoreTicket(transaction, call, ticket, std::move(event));
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
  v1::BatchAcceptTicketsResponse response;
  RETURN_IF_ERROR(ActOnEach(
      transaction, request.names(), resource::Part::kHead,
      [&](LoadedTicket& ticket) { return AcceptInto(transaction, call, destination, ticket); },
      *response.mutable_results()));
  return response;
}

}  // namespace dangol::tickets
