#include "services/tickets/ticket/word_rules.h"

#include <algorithm>

#include "common/base/proto_time.h"

namespace dangol::tickets {
namespace {

using v1::Message;
using v1::Ticket;

// Sets the time, or clears it. Returns whether that changed anything.
template <typename Mutable, typename Clear>
bool Put(bool is_set, const google::protobuf::Timestamp& before, std::optional<absl::Time> time, Mutable place,
         Clear clear) {
  if (!time) {
    if (is_set) clear();
    return is_set;
  }
  if (is_set && FromProtoTime(before) == *time) return false;
  *place() = ToProtoTime(*time);
  return true;
}

bool SetWaiting(Ticket& ticket, std::optional<absl::Time> time) {
  const bool changes = Put(
      ticket.has_waiting_since_time(), ticket.waiting_since_time(), time,
      [&] { return ticket.mutable_waiting_since_time(); }, [&] { ticket.clear_waiting_since_time(); });
  // Another wait has another due time; a word that we owe of our own accord was due before.
  if (changes && !ticket.owes_reply()) ticket.clear_reply_due_time();
  return changes;
}

// The first word of an answer, or a later one.
bool TellAnswer(Ticket& ticket, absl::Time said) {
  if (ticket.state() != Ticket::ANSWERED || said < FromProtoTime(ticket.answer_time())) return false;
  if (!ticket.has_told_time()) *ticket.mutable_told_time() = ToProtoTime(said);
  ticket.clear_close_due_time();  // it runs anew
  return true;
}

}  // namespace

bool IsReply(const Ticket& ticket, const Message& message) {
  return message.kind() == Message::PUBLIC && !message.automatic() &&
         FromProtoTime(message.send_time()) >= FromProtoTime(ticket.receive_time());
}

bool OwesWord(const Ticket& ticket) { return ticket.has_waiting_since_time() || ticket.owes_reply(); }

Turn TurnOf(const Ticket& ticket) {
  if (ticket.state() == Ticket::DUPLICATE || ticket.state() == Ticket::SPAM) return Turn::kNobody;
  if (OwesWord(ticket)) return Turn::kOurs;
  return ticket.state() == Ticket::HEARD && ticket.has_first_response_time() ? Turn::kCustomer : Turn::kNobody;
}

bool TakeMessage(Ticket& ticket, const Message& message) {
  const absl::Time said = FromProtoTime(message.send_time());
  if (message.kind() == Message::CUSTOMER) {
    if (ticket.has_waiting_since_time()) return false;
    return SetWaiting(ticket, said);
  }
  if (!IsReply(ticket, message)) return false;
  bool changes = TellAnswer(ticket, said);
  if (!ticket.has_first_response_time()) {
    *ticket.mutable_first_response_time() = ToProtoTime(said);
    changes = true;
  }
  changes |= OwesWord(ticket);
  ticket.clear_waiting_since_time();
  ticket.set_owes_reply(false);
  return changes;
}

bool TakeEarlierMessage(TicketRow& row, const Message& message, const Words& words) {
  Ticket& ticket = row.ticket;
  bool changes = IsReply(ticket, message) && TellAnswer(ticket, FromProtoTime(message.send_time()));
  changes |= Put(
      ticket.has_first_response_time(), ticket.first_response_time(), words.first_reply,
      [&] { return ticket.mutable_first_response_time(); }, [&] { ticket.clear_first_response_time(); });
  std::optional<absl::Time> waiting = words.first_unanswered;
  // The ticket itself is the customer's first word.
  if (!words.last_reply && !row.dismiss_time && !ticket.imported()) waiting = FromProtoTime(ticket.receive_time());
  return SetWaiting(ticket, waiting) || changes;
}

}  // namespace dangol::tickets
