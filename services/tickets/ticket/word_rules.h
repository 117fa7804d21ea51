// Who owes whom a word: what messages do to a ticket, and what follows of that. Pure, without SQL, clock or identity.
#pragma once

#include <optional>

#include "absl/time/time.h"

#include "dangol/tickets/v1/ticket.pb.h"
#include "services/tickets/ticket/ticket_row.h"

namespace dangol::tickets {

// Whose turn it is. Stored by these numbers.
enum class Turn {
  kNobody = 0,
  kOurs = 1,      // the customer waits for a word, or we owe one of our own accord
  kCustomer = 2,  // HEARD, and the last word is ours
};

// A PUBLIC message by a person, and not said before the ticket was received: the only kind that is a reply.
bool IsReply(const v1::Ticket& ticket, const v1::Message& message);
// The same in SQL, of a message `m` of a ticket `t`; $2 is PUBLIC.
#define IS_REPLY_SQL "(m.kind = $2 AND m.automatic = 0 AND m.send_time >= t.receive_time)"

// The customer waits for a word, or one is owed.
bool OwesWord(const v1::Ticket& ticket);
Turn TurnOf(const v1::Ticket& ticket);

// What the messages of a ticket say, each at its send_time.
struct Words {
  std::optional<absl::Time> first_reply;
  std::optional<absl::Time> last_reply;
  // Of the customer, behind the last reply and behind what was dismissed.
  std::optional<absl::Time> first_unanswered;
};

// What a message does to its ticket that is the newest by its send_time; never changes the state. False: nothing.
bool TakeMessage(v1::Ticket& ticket, const v1::Message& message);
// The same for one that was said before others: `words` are those of all messages, with it.
bool TakeEarlierMessage(TicketRow& row, const v1::Message& message, const Words& words);

}  // namespace dangol::tickets
