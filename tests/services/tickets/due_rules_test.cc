// Which clocks run in which state, and what a ticket waits for next.
#include "services/tickets/ticket/due_rules.h"

#include <string>

#include "fmt/format.h"
#include "gtest/gtest.h"

#include "common/base/proto_time.h"
#include "services/tickets/ticket/update_rules.h"
#include "services/tickets/ticket/word_rules.h"

namespace dangol::tickets {
namespace {

using v1::Message;
using v1::Ticket;

// A Monday, 10:00 UTC: with the default, a reply within nine hours of work is due on Tuesday at 10:00.
const absl::Time kNow = absl::FromUnixSeconds(1'750'068'000);
const absl::Time kReplyDue = kNow + absl::Hours(24);
const absl::Time kDecideDue = kNow + absl::Hours(7 * 24);
const Triage& Default() {
  static const Triage& triage = *new Triage(DefaultPolicy());
  return triage;
}

Ticket TicketIn(Ticket::State state, Ticket::Kind kind = Ticket::COMPLAINT) {
  Ticket ticket;
  ticket.set_name("tickets/a");
  ticket.set_state(state);
  ticket.set_kind(kind);
  ticket.set_severity(Ticket::NORMAL);
  *ticket.mutable_receive_time() = ToProtoTime(kNow);
  return ticket;
}

// The customer waits, we owe a word, we had the last word, or nobody said anything.
enum class Words { kWaits, kOwed, kAnswered, kNone };

Ticket With(Ticket ticket, Words words) {
  if (words == Words::kWaits) *ticket.mutable_waiting_since_time() = ToProtoTime(kNow);
  if (words == Words::kOwed) ticket.set_owes_reply(true);
  if (words == Words::kAnswered) *ticket.mutable_first_response_time() = ToProtoTime(kNow);
  if (ticket.state() == Ticket::ANSWERED) *ticket.mutable_told_time() = ToProtoTime(kNow);
  return ticket;
}

std::string Shown(const TicketRow& row) {
  const Ticket& ticket = row.ticket;
  return fmt::format("{}{}{}{}", ticket.has_reply_due_time() ? "reply " : "",
                     ticket.has_decide_due_time() ? "decide " : "", ticket.has_close_due_time() ? "close " : "",
                     row.agenda == static_cast<int>(Agenda::kDue)       ? "due"
                     : row.agenda == static_cast<int>(Agenda::kClose)   ? "end"
                     : row.agenda == static_cast<int>(Agenda::kRevisit) ? "revisit"
                                                                        : "nothing");
}

std::string Clocks(Ticket ticket) {
  TicketRow row;
  row.ticket = std::move(ticket);
  if (StopClocks(row.ticket)) StartClocks(row.ticket, Default(), kNow);
  EXPECT_FALSE(StopClocks(row.ticket)) << "all that run have a due time";
  SetAgenda(row);
  return Shown(row);
}

struct ClockCase {
  Ticket::State state;
  std::string waits;
  std::string owed;
  std::string answered;
  std::string none;
};

TEST(Clocks, RunByStateAndByWhoseTurnItIs) {
  const ClockCase cases[] = {
      {Ticket::RECEIVED, "reply decide due", "reply decide due", "decide due", "decide due"},
      // The customer has to say something first: the decision is not due meanwhile.
      {Ticket::HEARD, "reply decide due", "reply decide due", "decide nothing", "decide due"},
      {Ticket::ACCEPTED, "reply due", "reply due", "nothing", "nothing"},
      {Ticket::NOT_YET, "reply due", "reply due", "nothing", "nothing"},
      {Ticket::ANSWERED, "reply due", "reply due", "close end", "close end"},
      {Ticket::CLOSED, "reply due", "reply due", "nothing", "nothing"},
      {Ticket::DUPLICATE, "nothing", "nothing", "nothing", "nothing"},
      {Ticket::SPAM, "nothing", "nothing", "nothing", "nothing"},
  };
  static_assert(std::size(cases) == Ticket::State_MAX, "a state is missing");
  for (const ClockCase& one : cases) {
    SCOPED_TRACE(Ticket::State_Name(one.state));
    EXPECT_EQ(Clocks(With(TicketIn(one.state), Words::kWaits)), one.waits);
    EXPECT_EQ(Clocks(With(TicketIn(one.state), Words::kOwed)), one.owed);
    EXPECT_EQ(Clocks(With(TicketIn(one.state), Words::kAnswered)), one.answered);
    EXPECT_EQ(Clocks(With(TicketIn(one.state), Words::kNone)), one.none);
  }
}

TEST(Clocks, OfQuestionsAndPraiseNoneRunsToADecision) {
  EXPECT_EQ(Clocks(With(TicketIn(Ticket::RECEIVED, Ticket::REQUEST), Words::kWaits)), "reply decide due");
  EXPECT_EQ(Clocks(With(TicketIn(Ticket::RECEIVED, Ticket::QUESTION), Words::kWaits)), "reply due");
  EXPECT_EQ(Clocks(With(TicketIn(Ticket::HEARD, Ticket::PRAISE), Words::kNone)), "nothing");
}

TEST(Clocks, RevisitComesOnceNobodyWaits) {
  Ticket ticket = TicketIn(Ticket::NOT_YET);
  *ticket.mutable_decision()->mutable_revisit_time() = ToProtoTime(kNow + absl::Hours(1000));
  EXPECT_EQ(Clocks(With(ticket, Words::kAnswered)), "revisit");
  EXPECT_EQ(Clocks(With(ticket, Words::kWaits)), "reply due");
  ticket.set_state(Ticket::ACCEPTED);
  EXPECT_EQ(Clocks(With(ticket, Words::kAnswered)), "nothing");
}

TEST(Clocks, TheEarlierOfReplyAndDecisionIsDue) {
  TicketRow row;
  row.ticket = With(TicketIn(Ticket::RECEIVED), Words::kWaits);
  StartClocks(row.ticket, Default(), kNow);
  SetAgenda(row);
  EXPECT_EQ(FromProtoTime(row.ticket.reply_due_time()), kReplyDue);
  EXPECT_EQ(FromProtoTime(row.ticket.decide_due_time()), kDecideDue);
  EXPECT_EQ(FromProtoTime(row.ticket.due_time()), kReplyDue);
  EXPECT_EQ(row.agenda_time, kReplyDue);
  row.ticket.clear_waiting_since_time();
  StopClocks(row.ticket);
  SetAgenda(row);
  EXPECT_EQ(FromProtoTime(row.ticket.due_time()), kDecideDue);
}

TEST(Clocks, KeepTheDueTimeThatTheyBeganWith) {
  v1::TriagePolicy slower = DefaultPolicy();
  for (auto& times : *slower.mutable_response_times()) times.set_reply_minutes(times.reply_minutes() * 2);
  Ticket ticket = With(TicketIn(Ticket::RECEIVED), Words::kWaits);
  StartClocks(ticket, Default(), kNow);
  StartClocks(ticket, Triage(slower), kNow);
  EXPECT_EQ(FromProtoTime(ticket.reply_due_time()), kReplyDue);
  ticket.clear_waiting_since_time();
  StopClocks(ticket);
  *ticket.mutable_waiting_since_time() = ToProtoTime(kNow);
  StartClocks(ticket, Triage(slower), kNow);
  EXPECT_EQ(FromProtoTime(ticket.reply_due_time()), kReplyDue + absl::Hours(24)) << "the next begins with the new one";
}

TEST(Clocks, OfADecisionThatCameBackRunAnew) {
  Ticket ticket = With(TicketIn(Ticket::HEARD), Words::kNone);
  *ticket.mutable_decide_time() = ToProtoTime(kNow + absl::Hours(1));
  StartClocks(ticket, Default(), kNow + absl::Hours(24));
  EXPECT_EQ(FromProtoTime(ticket.decide_due_time()), kDecideDue + absl::Hours(24));
}

TEST(Clocks, OfACriticalTicketAreShorterAndBeginAnewWithTheCorrection) {
  Ticket ticket = With(TicketIn(Ticket::RECEIVED), Words::kWaits);
  StartClocks(ticket, Default(), kNow);
  Ticket patch;
  patch.set_severity(Ticket::CRITICAL);
  ASSERT_TRUE(Correct(ticket, patch, {}).value());
  ASSERT_TRUE(StopClocks(ticket));
  StartClocks(ticket, Default(), kNow + absl::Hours(5));
  EXPECT_EQ(FromProtoTime(ticket.decide_due_time()), kReplyDue) << "nine hours from its receipt";
  patch.Clear();
  patch.set_may_ask(true);
  ASSERT_TRUE(Correct(ticket, patch, {}).value());
  EXPECT_FALSE(StopClocks(ticket)) << "nothing else lets them begin anew";
}

TEST(Clocks, OfAnotherWaitRunAnew) {
  Ticket ticket = With(TicketIn(Ticket::HEARD), Words::kWaits);
  StartClocks(ticket, Default(), kNow);
  TicketRow row;
  row.ticket = ticket;
  Message earlier;
  earlier.set_kind(Message::PUBLIC);
  const absl::Time reply = kNow + absl::Hours(1);
  *earlier.mutable_send_time() = ToProtoTime(reply);
  ASSERT_TRUE(TakeEarlierMessage(row, earlier, {reply, reply, kNow + absl::Hours(2)}));
  ASSERT_TRUE(StopClocks(row.ticket));
  StartClocks(row.ticket, Default(), kNow + absl::Hours(9));
  EXPECT_EQ(FromProtoTime(row.ticket.reply_due_time()), kReplyDue + absl::Hours(2));
}

TEST(CloseClock, RunsFromTheLastWordWhileNobodyWaits) {
  constexpr absl::Duration kCloseAfter = absl::Hours(7 * 24);
  Ticket ticket = TicketIn(Ticket::ANSWERED);
  *ticket.mutable_answer_time() = ToProtoTime(kNow);
  const auto say = [&](Message::Kind kind, absl::Time time) {
    Message message;
    message.set_kind(kind);
    *message.mutable_send_time() = ToProtoTime(time);
    TakeMessage(ticket, message);
  };
  const auto due_at = [&](absl::Time time) {
    if (StopClocks(ticket)) StartClocks(ticket, Default(), time);
    return ticket.has_close_due_time() ? FromProtoTime(ticket.close_due_time()) - kNow : absl::ZeroDuration();
  };
  EXPECT_EQ(due_at(kNow), absl::ZeroDuration()) << "the customer was not told";
  say(Message::PUBLIC, kNow);
  EXPECT_EQ(due_at(kNow), kCloseAfter);
  EXPECT_EQ(due_at(kNow + absl::Hours(1)), kCloseAfter);
  say(Message::CUSTOMER, kNow + absl::Hours(2));
  EXPECT_EQ(due_at(kNow + absl::Hours(2)), absl::ZeroDuration()) << "the customer waits";
  say(Message::PUBLIC, kNow + absl::Hours(3));
  EXPECT_EQ(due_at(kNow + absl::Hours(3)), absl::Hours(3) + kCloseAfter);
  ticket.set_state(Ticket::CLOSED);
  EXPECT_EQ(due_at(kNow + absl::Hours(4)), absl::ZeroDuration());
}

}  // namespace
}  // namespace dangol::tickets
