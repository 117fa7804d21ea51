#include "services/tickets/message/message_handlers.h"

#include <utility>
#include <vector>

#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/feed/append.h"
#include "common/resource/page.h"
#include "services/tickets/message/message_store.h"
#include "services/tickets/names.h"
#include "services/tickets/ticket/ticket_rules.h"
#include "services/tickets/ticket/ticket_store.h"

namespace dangol::tickets {
namespace {

using v1::Message;
using v1::Ticket;

v1::TicketEvent CreatedEvent(const Message& message) {
  v1::TicketEvent event;
  v1::MessageCreated& created = *event.mutable_message_created();
  created.set_message(message.name());
  created.set_kind(message.kind());
  *created.mutable_create_time() = message.create_time();
  return event;
}

std::string_view TicketIdOf(const Ticket& ticket) { return kTicketPattern.Id(ticket.name()); }

}  // namespace

absl::Status AddMessageOfAction(storage::Transaction& transaction, const rpc::Call& call, Ticket& ticket,
                                Message::Kind kind, std::string_view author, std::string_view body) {
  if (body.empty()) return absl::OkStatus();
  Message message;
  message.set_name(kMessagePattern.Name(TicketIdOf(ticket), call.NewId()));
  message.set_kind(kind);
  message.set_author(std::string(author));
  message.set_body(std::string(body));
  ASSIGN_OR_RETURN(const absl::Time time, NextMessageTime(transaction, TicketIdOf(ticket), call.now()));
  *message.mutable_create_time() = ToProtoTime(time);
  TakeMessage(ticket, kind, time);
  RETURN_IF_ERROR(InsertMessage(transaction, message));
  return feed::Append(transaction, call, CreatedEvent(message), {{message.name(), 1}});
}

absl::StatusOr<Message> CreateMessage(storage::Transaction& transaction, const rpc::Call& call,
                                      const v1::CreateMessageRequest& request) {
  ASSIGN_OR_RETURN(LoadedTicket loaded, LoadTicketHead(transaction, request.parent()));
  Ticket& ticket = loaded.row.ticket;
  Message message = request.message();
  message.set_name(
      kMessagePattern.Name(TicketIdOf(ticket), request.message_id().empty() ? call.NewId() : request.message_id()));
  if (message.author().empty() && message.kind() != Message::CUSTOMER) message.set_author(call.principal().name);
  ASSIGN_OR_RETURN(const absl::Time time, NextMessageTime(transaction, TicketIdOf(ticket), call.now()));
  *message.mutable_create_time() = ToProtoTime(time);
  const bool changes_ticket = TakeMessage(ticket, message.kind(), time);
  v1::TicketEvent event = CreatedEvent(message);
  std::vector<feed::Touched> touched = {{message.name(), 1}};
  if (changes_ticket) {
    RETURN_IF_ERROR(StoreTicketUntold(transaction, call, loaded));
    *event.mutable_facts() = FactsOf(ticket);
    touched.push_back({ticket.name(), Version(ticket)});
  }
  RETURN_IF_ERROR(InsertMessage(transaction, message));
  RETURN_IF_ERROR(feed::Append(transaction, call, event, touched));
  return message;
}

absl::StatusOr<v1::ListMessagesResponse> ListMessages(storage::Snapshot& snapshot, const rpc::Call&,
                                                      const v1::ListMessagesRequest& request) {
  const std::string_view ticket_id = kTicketPattern.Id(request.parent());
  RETURN_IF_ERROR(LoadTicketHead(snapshot, request.parent()).status());
  return resource::Page<resource::TimeKey>(
      request, &v1::ListMessagesResponse::mutable_messages,
      [&](const auto& after, int64_t most) { return ListMessageKeys(snapshot, ticket_id, after, most); },
      [&](const resource::TimeKey& key) { return ReadMessage(snapshot, kMessagePattern.Name(ticket_id, key.id)); });
}

}  // namespace dangol::tickets
