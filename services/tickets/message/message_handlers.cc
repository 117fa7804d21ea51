#include "services/tickets/message/message_handlers.h"

#include <algorithm>
#include <utility>

#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/feed/append.h"
#include "common/resource/page.h"
#include "services/tickets/attachment/attachment_handlers.h"
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
  created.set_by_person(!message.automatic());
  created.set_delivered(message.delivered());
  *created.mutable_create_time() = message.create_time();
  *created.mutable_send_time() = message.send_time();
  return event;
}

std::string_view TicketIdOf(const Ticket& ticket) { return kTicketPattern.Id(ticket.name()); }

// Sets the times of a new message. True: it is the newest of its ticket. One that says not when it was said is, also
// where the clock has stepped back: times tell the order of messages, and the ticket itself is the first.
absl::StatusOr<bool> SetTimes(storage::Snapshot& snapshot, const Ticket& ticket, absl::Time now, Message& message) {
  ASSIGN_OR_RETURN(const std::optional<absl::Time> newest, NewestMessageTime(snapshot, TicketIdOf(ticket)));
  const absl::Time earliest = std::max(now, FromProtoTime(ticket.receive_time()));
  const absl::Time next = newest ? std::max(earliest, *newest + absl::Microseconds(1)) : earliest;
  const absl::Time said = message.has_send_time() ? std::min(FromProtoTime(message.send_time()), earliest) : next;
  *message.mutable_create_time() = ToProtoTime(now);
  *message.mutable_send_time() = ToProtoTime(said);
  return !newest || said > *newest;
}

// What the message, which is stored, does to its ticket. False: nothing.
absl::StatusOr<bool> Take(storage::Snapshot& snapshot, const Message& message, bool is_newest, TicketRow& row) {
  if (is_newest) return TakeMessage(row.ticket, message);
  ASSIGN_OR_RETURN(const Words words, ReadWords(snapshot, TicketIdOf(row.ticket), row.dismiss_time));
  return TakeEarlierMessage(row, message, words);
}

}  // namespace

absl::Status AddMessageOfAction(storage::Transaction& transaction, const rpc::Call& call, Ticket& ticket,
                                Message::Kind kind, std::string_view author, std::string_view body) {
  if (body.empty()) return absl::OkStatus();
  RETURN_IF_ERROR(RequireWords(ticket));
  Message message;
  message.set_name(kMessagePattern.Name(TicketIdOf(ticket), call.NewId()));
  message.set_kind(kind);
  message.set_author(std::string(author));
  message.set_body(std::string(body));
  RETURN_IF_ERROR(SetTimes(transaction, ticket, call.now(), message).status());
  TakeMessage(ticket, message);
  RETURN_IF_ERROR(InsertMessage(transaction, message));
  return feed::Append(transaction, call, CreatedEvent(message), {{message.name(), 1}});
}

absl::Status AddMessage(storage::Transaction& transaction, const rpc::Call& call, LoadedTicket& ticket,
                        Message& message) {
  RETURN_IF_ERROR(RequireWords(ticket.row.ticket));
  if (message.author().empty() && message.kind() != Message::CUSTOMER) message.set_author(call.principal().name);
  ASSIGN_OR_RETURN(const bool is_newest, SetTimes(transaction, ticket.row.ticket, call.now(), message));
  RETURN_IF_ERROR(InsertMessage(transaction, message));
  ASSIGN_OR_RETURN(const bool changes_ticket, Take(transaction, message, is_newest, ticket.row));
  v1::TicketEvent event = CreatedEvent(message);
  if (!changes_ticket) return feed::Append(transaction, call, event, {{message.name(), 1}});
  return StoreTicket(transaction, call, ticket, std::move(event), {{message.name(), 1}});
}

absl::StatusOr<Message> CreateMessage(storage::Transaction& transaction, const rpc::Call& call,
                                      const v1::CreateMessageRequest& request) {
  ASSIGN_OR_RETURN(LoadedTicket ticket, LoadTicketHead(transaction, request.parent()));
  Message message = request.message();
  message.set_name(kMessagePattern.Name(TicketIdOf(ticket.row.ticket),
                                        request.message_id().empty() ? call.NewId() : request.message_id()));
  RETURN_IF_ERROR(AddMessage(transaction, call, ticket, message));
  return message;
}

absl::StatusOr<Message> RedactMessage(storage::Transaction& transaction, const rpc::Call& call,
                                      const v1::RedactMessageRequest& request) {
  ASSIGN_OR_RETURN(Message message, ReadMessage(transaction, request.name()));
  if (message.has_redact_time()) return message;
  const Message before = message;
  message.clear_body();
  if (message.kind() == Message::CUSTOMER) message.clear_author();
  *message.mutable_redact_time() = ToProtoTime(call.now());
  RETURN_IF_ERROR(StoreMessage(transaction, before, message));
  RETURN_IF_ERROR(RedactAttachmentsOf(transaction, call, message.name()));
  transaction.CutLog();
  v1::TicketEvent event;
  event.mutable_message_redacted()->set_message(message.name());
  RETURN_IF_ERROR(feed::Append(transaction, call, event, {{message.name(), 2}}));
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
