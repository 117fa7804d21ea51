#include "services/tickets/message_handlers.h"

#include <optional>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/rpc/paging.h"
#include "dangol/tickets/v1/ticket_feed.pb.h"
#include "services/tickets/rules.h"
#include "services/tickets/store.h"

namespace dangol::tickets {

absl::Status AddMessage(storage::Transaction& transaction, const rpc::Call& call, const v1::Message& message,
                        std::optional<feed::Touched> ticket) {
  RETURN_IF_ERROR(InsertMessage(transaction, message));
  v1::TicketEvent event;
  event.mutable_message_created()->set_message(message.name());
  event.mutable_message_created()->set_kind(message.kind());
  *event.mutable_message_created()->mutable_create_time() = message.create_time();
  const feed::Touched touched{message.name(), 1};
  return ticket ? feed::Append(transaction, call, event, {touched, *ticket})
                : feed::Append(transaction, call, event, {touched});
}

absl::Status AddMessageOfAction(storage::Transaction& transaction, const rpc::Call& call, v1::Ticket& ticket,
                                v1::Message::Kind kind, std::string_view author, std::string_view body) {
  if (body.empty()) return absl::OkStatus();
  v1::Message message;
  message.set_name(MessageName(TicketId(ticket.name()), call.NewId()));
  message.set_kind(kind);
  message.set_author(std::string(author));
  message.set_body(std::string(body));
  ASSIGN_OR_RETURN(const absl::Time time, NextMessageTime(transaction, TicketId(ticket.name()), call.now()));
  *message.mutable_create_time() = ToProtoTime(time);
  TakeMessage(ticket, kind, time);
  return AddMessage(transaction, call, message);
}

absl::StatusOr<v1::Message> CreateMessage(storage::Transaction& transaction, const rpc::Call& call,
                                          const v1::CreateMessageRequest& request) {
  ASSIGN_OR_RETURN(v1::Ticket ticket, ReadTicketHead(transaction, request.parent()));
  v1::Message message = request.message();
  message.set_name(
      MessageName(TicketId(ticket.name()), request.message_id().empty() ? call.NewId() : request.message_id()));
  if (message.author().empty() && message.kind() != v1::Message::CUSTOMER) message.set_author(call.principal().name);
  ASSIGN_OR_RETURN(const absl::Time time, NextMessageTime(transaction, TicketId(ticket.name()), call.now()));
  *message.mutable_create_time() = ToProtoTime(time);
  std::optional<feed::Touched> touched;
  if (TakeMessage(ticket, message.kind(), time)) {
    RETURN_IF_ERROR(UpdateTicket(transaction, ticket, call.now()));
    touched = {ticket.name(), Version(ticket)};
  }
  RETURN_IF_ERROR(AddMessage(transaction, call, message, touched));
  return message;
}

absl::StatusOr<v1::ListMessagesResponse> ListMessages(storage::Snapshot& snapshot, const rpc::Call&,
                                                      const v1::ListMessagesRequest& request) {
  ASSIGN_OR_RETURN(const std::optional<rpc::PageKey> after, rpc::ParsePageToken(request, request.page_token()));
  RETURN_IF_ERROR(ReadTicketHead(snapshot, request.parent()).status());
  const int32_t page_size = rpc::PageSize(request.page_size());
  ASSIGN_OR_RETURN(const std::vector<rpc::PageKey> keys,
                   ListMessageKeys(snapshot, TicketId(request.parent()), after, page_size + 1));
  v1::ListMessagesResponse response;
  size_t bytes = 0;
  for (const rpc::PageKey& key : keys) {
    if (response.messages_size() == page_size || bytes >= rpc::kPageBytesMax) {
      response.set_next_page_token(rpc::MakePageToken(request, *(&key - 1)));
      break;
    }
    ASSIGN_OR_RETURN(*response.add_messages(), ReadMessage(snapshot, MessageName(TicketId(request.parent()), key.id)));
    bytes += response.messages().rbegin()->ByteSizeLong();
  }
  return response;
}

}  // namespace dangol::tickets
