#include "services/tickets/ticket/batch_handlers.h"

#include "common/base/status_macros.h"
#include "common/resource/update_mask.h"
#include "services/tickets/caller.h"
#include "services/tickets/message/message_handlers.h"
#include "services/tickets/names.h"
#include "services/tickets/ticket/action_handlers.h"
#include "services/tickets/ticket/batch.h"

namespace dangol::tickets {

using resource::Part;

absl::StatusOr<v1::BatchUpdateTicketsResponse> BatchUpdateTickets(storage::Transaction& transaction,
                                                                  const rpc::Call& call,
                                                                  const v1::BatchUpdateTicketsRequest& request) {
  // The mask is wrong for all of them, or for none.
  v1::Ticket checked;
  RETURN_IF_ERROR(resource::ApplyUpdate(request.ticket(), request.update_mask(), checked));
  v1::BatchUpdateTicketsResponse response;
  RETURN_IF_ERROR(ActOnEach(
      transaction, request.names(), Part::kWhole,
      [&](LoadedTicket& ticket) {
        return CorrectLoaded(transaction, call, ticket, request.ticket(), request.update_mask());
      },
      *response.mutable_results()));
  return response;
}

absl::StatusOr<v1::BatchDeclineTicketsResponse> BatchDeclineTickets(storage::Transaction& transaction,
                                                                    const rpc::Call& call,
                                                                    const v1::BatchDeclineTicketsRequest& request) {
  v1::DeclineTicketRequest one;
  one.set_reason(request.reason());
  one.set_capability_gap(request.capability_gap());
  one.set_revisit_condition(request.revisit_condition());
  if (request.has_revisit_time()) *one.mutable_revisit_time() = request.revisit_time();
  one.set_reply(request.reply());
  one.set_decided_by(request.decided_by());
  const bool in_bulk = request.names_size() > 1;
  v1::BatchDeclineTicketsResponse response;
  RETURN_IF_ERROR(ActOnEach(
      transaction, request.names(), Part::kHead,
      [&](LoadedTicket& ticket) { return DeclineLoaded(transaction, call, ticket, one, in_bulk); },
      *response.mutable_results()));
  return response;
}

absl::StatusOr<v1::BatchResolveTicketsResponse> BatchResolveTickets(storage::Transaction& transaction,
                                                                    const rpc::Call& call,
                                                                    const v1::BatchResolveTicketsRequest& request) {
  v1::ResolveTicketRequest one;
  one.set_disposition(request.disposition());
  one.set_reply(request.reply());
  one.set_remedy_given(request.remedy_given());
  if (request.has_remedy()) *one.mutable_remedy() = request.remedy();
  one.set_decided_by(request.decided_by());
  const bool in_bulk = request.names_size() > 1;
  v1::BatchResolveTicketsResponse response;
  // What was given stands in the details.
  RETURN_IF_ERROR(ActOnEach(
      transaction, request.names(), Part::kWhole,
      [&](LoadedTicket& ticket) { return ResolveLoaded(transaction, call, ticket, one, in_bulk); },
      *response.mutable_results()));
  return response;
}

absl::StatusOr<v1::BatchReplyTicketsResponse> BatchReplyTickets(storage::Transaction& transaction,
                                                                const rpc::Call& call,
                                                                const v1::BatchReplyTicketsRequest& request) {
  v1::BatchReplyTicketsResponse response;
  const auto reply = [&](LoadedTicket& ticket) {
    v1::Message message;
    message.set_name(kMessagePattern.Name(kTicketPattern.Id(ticket.row.ticket.name()), call.NewId()));
    message.set_kind(v1::Message::PUBLIC);
    message.set_body(request.reply());
    message.set_automatic(!IsPerson(call));
    return AddMessage(transaction, call, ticket, message);
  };
  RETURN_IF_ERROR(ActOnEach(transaction, request.names(), Part::kHead, reply, *response.mutable_results()));
  return response;
}

}  // namespace dangol::tickets
