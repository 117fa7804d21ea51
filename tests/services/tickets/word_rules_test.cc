// Who owes whom a word, and when an answered ticket is done.
#include "services/tickets/ticket/word_rules.h"

#include "fmt/format.h"
#include "gtest/gtest.h"

#include "common/base/proto_time.h"
#include "services/tickets/ticket/ticket_rules.h"

namespace dangol::tickets {
namespace {

using v1::Message;
using v1::Ticket;

const absl::Time kNow = absl::FromUnixSeconds(1'750'000'000);

Message MessageOf(Message::Kind kind, absl::Time said = kNow) {
  Message message;
  message.set_kind(kind);
  *message.mutable_send_time() = ToProtoTime(said);
  return message;
}

Ticket TicketIn(Ticket::State state) {
  Ticket ticket;
  ticket.set_name("tickets/a");
  ticket.set_state(state);
  *ticket.mutable_receive_time() = ToProtoTime(kNow - absl::Hours(9));
  return ticket;
}

struct MessageCase {
  Message::Kind kind;
  bool waits;      // the customer waits for a word
  bool responded;  // there was a public message before
  bool owes;       // the company owes a word
  bool changes;
  bool waits_after;
  bool first_response_now;
  bool owes_after;
};

constexpr bool kYes = true;
constexpr bool kNone = false;

constexpr MessageCase kMessageCases[] = {
    // kind                waits  responded owes     changes  waits  first now owes
    {Message::CUSTOMER, /**/ kNone, kNone, kNone, /**/ kYes, kYes, kNone, kNone},
    {Message::CUSTOMER, /**/ kYes, kNone, kNone, /* */ kNone, kYes, kNone, kNone},
    {Message::CUSTOMER, /**/ kNone, kYes, kNone, /* */ kYes, kYes, kNone, kNone},
    {Message::CUSTOMER, /**/ kYes, kYes, kYes, /*   */ kNone, kYes, kNone, kYes},
    {Message::PUBLIC, /*  */ kYes, kNone, kNone, /* */ kYes, kNone, kYes, kNone},
    {Message::PUBLIC, /*  */ kNone, kNone, kNone, /**/ kYes, kNone, kYes, kNone},
    {Message::PUBLIC, /*  */ kYes, kYes, kNone, /*  */ kYes, kNone, kNone, kNone},
    {Message::PUBLIC, /*  */ kNone, kYes, kNone, /* */ kNone, kNone, kNone, kNone},
    {Message::PUBLIC, /*  */ kNone, kYes, kYes, /*  */ kYes, kNone, kNone, kNone},
    {Message::PUBLIC, /*  */ kYes, kYes, kYes, /*   */ kYes, kNone, kNone, kNone},
    {Message::INTERNAL, /**/ kYes, kNone, kYes, /*  */ kNone, kYes, kNone, kYes},
    {Message::INTERNAL, /**/ kNone, kYes, kNone, /* */ kNone, kNone, kNone, kNone},
};

TEST(TakeMessage, SaysWhoOwesAWord) {
  const absl::Time earlier = kNow - absl::Hours(1);
  for (const MessageCase& one : kMessageCases) {
    for (int state = Ticket::RECEIVED; state <= Ticket::SPAM; ++state) {
      SCOPED_TRACE(
          fmt::format("row {}, {}", &one - kMessageCases, Ticket::State_Name(static_cast<Ticket::State>(state))));
      Ticket ticket;
      ticket.set_name("tickets/a");
      ticket.set_state(static_cast<Ticket::State>(state));
      if (state == Ticket::ANSWERED) {
        // Said before the answer: see TellAnswer.
        *ticket.mutable_answer_time() = ToProtoTime(kNow + absl::Hours(1));
      }
      if (one.waits) *ticket.mutable_waiting_since_time() = ToProtoTime(earlier);
      if (one.responded) *ticket.mutable_first_response_time() = ToProtoTime(earlier);
      ticket.set_owes_reply(one.owes);
      const std::string before = ticket.SerializeAsString();
      EXPECT_EQ(TakeMessage(ticket, MessageOf(one.kind)), one.changes);
      EXPECT_EQ(ticket.SerializeAsString() != before, one.changes);
      EXPECT_EQ(ticket.state(), state) << "a message never changes the state";
      EXPECT_EQ(ticket.has_waiting_since_time(), one.waits_after);
      if (one.waits_after) {
        EXPECT_EQ(FromProtoTime(ticket.waiting_since_time()), one.waits ? earlier : kNow);
      }
      EXPECT_EQ(ticket.has_first_response_time(), one.responded || one.first_response_now);
      if (one.responded) {
        EXPECT_EQ(FromProtoTime(ticket.first_response_time()), earlier);
      }
      EXPECT_EQ(ticket.owes_reply(), one.owes_after);
    }
  }
}

TEST(TakeMessage, OfAProgramIsNoReply) {
  Ticket ticket = TicketIn(Ticket::HEARD);
  *ticket.mutable_waiting_since_time() = ToProtoTime(kNow - absl::Hours(1));
  Message receipt = MessageOf(Message::PUBLIC);
  receipt.set_automatic(true);
  EXPECT_FALSE(TakeMessage(ticket, receipt));
  EXPECT_TRUE(ticket.has_waiting_since_time());
  EXPECT_FALSE(ticket.has_first_response_time());
}

TEST(TakeMessage, OfBeforeTheTicketIsNoReply) {
  Ticket ticket = TicketIn(Ticket::HEARD);
  const absl::Time received = FromProtoTime(ticket.receive_time());
  *ticket.mutable_waiting_since_time() = ticket.receive_time();
  EXPECT_FALSE(TakeMessage(ticket, MessageOf(Message::PUBLIC, received - absl::Microseconds(1))));
  EXPECT_TRUE(ticket.has_waiting_since_time());
  EXPECT_FALSE(ticket.has_first_response_time());
  EXPECT_TRUE(TakeMessage(ticket, MessageOf(Message::PUBLIC, received)));
  EXPECT_EQ(FromProtoTime(ticket.first_response_time()), received);
}

TEST(TellAnswer, ByTheFirstReplyThatComesWithItOrAfterIt) {
  Ticket ticket = TicketIn(Ticket::ANSWERED);
  *ticket.mutable_answer_time() = ToProtoTime(kNow);
  EXPECT_TRUE(TakeMessage(ticket, MessageOf(Message::PUBLIC, kNow - absl::Seconds(1))));
  EXPECT_FALSE(ticket.has_told_time()) << "that was said before the answer";
  EXPECT_TRUE(TakeMessage(ticket, MessageOf(Message::PUBLIC)));
  EXPECT_EQ(FromProtoTime(ticket.told_time()), kNow);
  EXPECT_TRUE(TakeMessage(ticket, MessageOf(Message::PUBLIC, kNow + absl::Hours(1))));
  EXPECT_EQ(FromProtoTime(ticket.told_time()), kNow);
}

TEST(TakeEarlierMessage, LeavesWhatTheMessagesSay) {
  TicketRow row;
  row.ticket = TicketIn(Ticket::HEARD);
  const absl::Time reply = kNow - absl::Hours(2);
  EXPECT_TRUE(TakeEarlierMessage(row, MessageOf(Message::PUBLIC, reply), {reply, reply, kNow}));
  EXPECT_EQ(FromProtoTime(row.ticket.first_response_time()), reply);
  EXPECT_EQ(FromProtoTime(row.ticket.waiting_since_time()), kNow) << "the customer wrote again behind it";
  EXPECT_FALSE(TakeEarlierMessage(row, MessageOf(Message::CUSTOMER, reply - absl::Hours(1)), {reply, reply, kNow}));
  EXPECT_TRUE(TakeEarlierMessage(row, MessageOf(Message::PUBLIC, kNow), {reply, kNow, {}}));
  EXPECT_FALSE(row.ticket.has_waiting_since_time());
}

TEST(TakeEarlierMessage, TheTicketItselfWaitsUntilItHasAReplyOrNeedsNone) {
  TicketRow row;
  row.ticket = TicketIn(Ticket::HEARD);
  TakeEarlierMessage(row, MessageOf(Message::CUSTOMER), {{}, {}, kNow});
  EXPECT_EQ(row.ticket.waiting_since_time().seconds(), row.ticket.receive_time().seconds());
  row.dismiss_time = kNow - absl::Hours(1);
  TakeEarlierMessage(row, MessageOf(Message::CUSTOMER), {{}, {}, kNow});
  EXPECT_EQ(FromProtoTime(row.ticket.waiting_since_time()), kNow);
}

}  // namespace
}  // namespace dangol::tickets
