#include "services/tickets/action_handlers.h"

#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/feed/append.h"
#include "dangol/tickets/v1/ticket_feed.pb.h"
#include "services/tickets/message_handlers.h"
#include "services/tickets/rules.h"
#include "services/tickets/store.h"

namespace dangol::tickets {

using v1::Message;
using v1::Ticket;
using v1::TicketEvent;

absl::StatusOr<Ticket> AcknowledgeTicket(storage::Transaction& transaction, const rpc::Call& call,
                                         const v1::AcknowledgeTicketRequest& request) {
  ASSIGN_OR_RETURN(Ticket ticket, ReadTicket(transaction, request.name()));
  RETURN_IF_ERROR(CheckEtag(ticket, request.etag()));
  RETURN_IF_ERROR(Acknowledge(ticket, request.heard_summary(), call.now()));
  RETURN_IF_ERROR(UpdateTicketAndTexts(transaction, ticket, call.now()));
  TicketEvent event;
  event.mutable_ticket_acknowledged()->set_ticket(ticket.name());
  *event.mutable_ticket_acknowledged()->mutable_hear_time() = ticket.hear_time();
  RETURN_IF_ERROR(feed::Append(transaction, call, event, {{ticket.name(), Version(ticket)}}));
  return ticket;
}

absl::StatusOr<Ticket> DeclineTicket(storage::Transaction& transaction, const rpc::Call& call,
                                     const v1::DeclineTicketRequest& request) {
  ASSIGN_OR_RETURN(Ticket ticket, ReadTicket(transaction, request.name()));
  RETURN_IF_ERROR(CheckEtag(ticket, request.etag()));
  RETURN_IF_ERROR(Decline(ticket, request, call.now()));
  RETURN_IF_ERROR(
      AddMessageOfAction(transaction, call, ticket, Message::PUBLIC, request.decided_by(), request.reply()));
  RETURN_IF_ERROR(UpdateTicket(transaction, ticket, call.now()));
  TicketEvent event;
  v1::TicketDeclined& declined = *event.mutable_ticket_declined();
  declined.set_ticket(ticket.name());
  declined.set_reason(request.reason());
  declined.set_capability_gap(request.capability_gap());
  declined.set_decided_by(request.decided_by());
  *declined.mutable_decide_time() = ToProtoTime(call.now());
  RETURN_IF_ERROR(feed::Append(transaction, call, event, {{ticket.name(), Version(ticket)}}));
  return ticket;
}

absl::StatusOr<Ticket> ResolveTicket(storage::Transaction& transaction, const rpc::Call& call,
                                     const v1::ResolveTicketRequest& request) {
  ASSIGN_OR_RETURN(Ticket ticket, ReadTicket(transaction, request.name()));
  RETURN_IF_ERROR(CheckEtag(ticket, request.etag()));
  RETURN_IF_ERROR(Resolve(ticket, request, call.now()));
  RETURN_IF_ERROR(
      AddMessageOfAction(transaction, call, ticket, Message::PUBLIC, request.decided_by(), request.reply()));
  RETURN_IF_ERROR(UpdateTicketAndTexts(transaction, ticket, call.now()));
  TicketEvent event;
  v1::TicketResolved& resolved = *event.mutable_ticket_resolved();
  resolved.set_ticket(ticket.name());
  resolved.set_disposition(ticket.disposition());
  resolved.set_decided_by(request.decided_by());
  *resolved.mutable_answer_time() = ticket.answer_time();
  RETURN_IF_ERROR(feed::Append(transaction, call, event, {{ticket.name(), Version(ticket)}}));
  return ticket;
}

absl::StatusOr<Ticket> ReopenTicket(storage::Transaction& transaction, const rpc::Call& call,
                                    const v1::ReopenTicketRequest& request) {
  ASSIGN_OR_RETURN(Ticket ticket, ReadTicket(transaction, request.name()));
  RETURN_IF_ERROR(CheckEtag(ticket, request.etag()));
  RETURN_IF_ERROR(Reopen(ticket, request.cause()));
  RETURN_IF_ERROR(AddMessageOfAction(transaction, call, ticket, Message::CUSTOMER, "", request.body()));
  RETURN_IF_ERROR(UpdateTicket(transaction, ticket, call.now()));
  TicketEvent event;
  v1::TicketReopened& reopened = *event.mutable_ticket_reopened();
  reopened.set_ticket(ticket.name());
  reopened.set_state(ticket.state());
  if (request.cause() == v1::ReopenTicketRequest::NOT_FIXED) {
    reopened.set_recurrence(true);
    reopened.set_change(ticket.change());
    reopened.set_acceptance(ticket.acceptance());
  }
  *reopened.mutable_reopen_time() = ToProtoTime(call.now());
  RETURN_IF_ERROR(feed::Append(transaction, call, event, {{ticket.name(), Version(ticket)}}));
  return ticket;
}

absl::StatusOr<Ticket> UnlinkTicket(storage::Transaction& transaction, const rpc::Call& call,
                                    const v1::UnlinkTicketRequest& request) {
  ASSIGN_OR_RETURN(Ticket ticket, ReadTicket(transaction, request.name()));
  RETURN_IF_ERROR(CheckEtag(ticket, request.etag()));
  const std::string change = ticket.change();
  RETURN_IF_ERROR(Unlink(ticket));
  RETURN_IF_ERROR(
      AddMessageOfAction(transaction, call, ticket, Message::INTERNAL, call.principal().name, request.note()));
  RETURN_IF_ERROR(UpdateTicket(transaction, ticket, call.now()));
  TicketEvent event;
  v1::TicketUnlinked& unlinked = *event.mutable_ticket_unlinked();
  unlinked.set_ticket(ticket.name());
  unlinked.set_change(change);
  unlinked.set_acceptance(ticket.acceptance());
  *unlinked.mutable_unlink_time() = ToProtoTime(call.now());
  RETURN_IF_ERROR(feed::Append(transaction, call, event, {{ticket.name(), Version(ticket)}}));
  return ticket;
}

}  // namespace dangol::tickets
