#include "services/tickets/ticket/action_handlers.h"

#include <utility>

#include "common/base/status_macros.h"
#include "services/tickets/message/message_handlers.h"
#include "services/tickets/ticket/ticket_rules.h"
#include "services/tickets/ticket/ticket_store.h"

namespace dangol::tickets {

using v1::Message;
using v1::Ticket;
using v1::TicketEvent;

absl::StatusOr<Ticket> AcknowledgeTicket(storage::Transaction& transaction, const rpc::Call& call,
                                         const v1::AcknowledgeTicketRequest& request) {
  ASSIGN_OR_RETURN(LoadedTicket ticket, LoadTicket(transaction, request.name(), request.etag()));
  RETURN_IF_ERROR(Acknowledge(ticket.row.ticket, request.heard_summary(), call.now()));
  TicketEvent event;
  event.mutable_ticket_acknowledged();
  RETURN_IF_ERROR(StoreTicket(transaction, call, ticket, std::move(event)));
  return std::move(ticket.row.ticket);
}

absl::StatusOr<Ticket> DeclineTicket(storage::Transaction& transaction, const rpc::Call& call,
                                     const v1::DeclineTicketRequest& request) {
  ASSIGN_OR_RETURN(LoadedTicket ticket, LoadTicket(transaction, request.name(), request.etag()));
  RETURN_IF_ERROR(Decline(ticket.row.ticket, request, call.now()));
  RETURN_IF_ERROR(
      AddMessageOfAction(transaction, call, ticket.row.ticket, Message::PUBLIC, request.decided_by(), request.reply()));
  TicketEvent event;
  event.mutable_ticket_declined();
  RETURN_IF_ERROR(StoreTicket(transaction, call, ticket, std::move(event)));
  return std::move(ticket.row.ticket);
}

absl::StatusOr<Ticket> ResolveTicket(storage::Transaction& transaction, const rpc::Call& call,
                                     const v1::ResolveTicketRequest& request) {
  ASSIGN_OR_RETURN(LoadedTicket ticket, LoadTicket(transaction, request.name(), request.etag()));
  RETURN_IF_ERROR(Resolve(ticket.row.ticket, request, call.now()));
  RETURN_IF_ERROR(
      AddMessageOfAction(transaction, call, ticket.row.ticket, Message::PUBLIC, request.decided_by(), request.reply()));
  TicketEvent event;
  event.mutable_ticket_resolved();
  RETURN_IF_ERROR(StoreTicket(transaction, call, ticket, std::move(event)));
  return std::move(ticket.row.ticket);
}

absl::StatusOr<Ticket> ReopenTicket(storage::Transaction& transaction, const rpc::Call& call,
                                    const v1::ReopenTicketRequest& request) {
  ASSIGN_OR_RETURN(LoadedTicket ticket, LoadTicket(transaction, request.name(), request.etag()));
  RETURN_IF_ERROR(Reopen(ticket.row, request.cause()));
  RETURN_IF_ERROR(AddMessageOfAction(transaction, call, ticket.row.ticket, Message::CUSTOMER, "", request.body()));
  TicketEvent event;
  event.mutable_ticket_reopened()->set_cause(request.cause());
  RETURN_IF_ERROR(StoreTicket(transaction, call, ticket, std::move(event)));
  return std::move(ticket.row.ticket);
}

absl::StatusOr<Ticket> UnlinkTicket(storage::Transaction& transaction, const rpc::Call& call,
                                    const v1::UnlinkTicketRequest& request) {
  ASSIGN_OR_RETURN(LoadedTicket ticket, LoadTicket(transaction, request.name(), request.etag()));
  TicketEvent event;
  event.mutable_ticket_unlinked()->set_change(ticket.row.ticket.change());
  RETURN_IF_ERROR(Unlink(ticket.row));
  RETURN_IF_ERROR(AddMessageOfAction(transaction, call, ticket.row.ticket, Message::INTERNAL, call.principal().name,
                                     request.note()));
  RETURN_IF_ERROR(StoreTicket(transaction, call, ticket, std::move(event)));
  return std::move(ticket.row.ticket);
}

}  // namespace dangol::tickets
