// What may happen to a ticket: every action from every state.
#include <functional>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/base/proto_time.h"
#include "services/tickets/rules.h"
#include "tests/common/rpc/refusal.h"

namespace dangol::tickets {
namespace {

using ::testing::HasSubstr;
using v1::Decision;
using v1::Message;
using v1::Ticket;

const absl::Time kNow = absl::FromUnixSeconds(1'750'000'000);

constexpr Ticket::State kNo = Ticket::STATE_UNSPECIFIED;  // refused

struct Transitions {
  Ticket::State from;
  Ticket::State acknowledge;
  Ticket::State decline;
};

// The rows of domain.md §2 that are there so far.
constexpr Transitions kTransitions[] = {
    // from              AcknowledgeTicket  DeclineTicket
    {Ticket::RECEIVED, /**/ Ticket::HEARD, Ticket::NOT_YET},
    {Ticket::HEARD, /*   */ kNo, /*      */ Ticket::NOT_YET},
    {Ticket::ACCEPTED, /**/ kNo, /*      */ kNo},
    {Ticket::NOT_YET, /* */ kNo, /*      */ kNo},
    {Ticket::ANSWERED, /**/ kNo, /*      */ kNo},
    {Ticket::CLOSED, /*  */ kNo, /*      */ kNo},
    {Ticket::DUPLICATE, /**/ kNo, /*     */ kNo},
    {Ticket::SPAM, /*    */ kNo, /*      */ kNo},
};

Ticket TicketIn(Ticket::State state) {
  Ticket ticket;
  ticket.set_name("tickets/a");
  ticket.set_state(state);
  ticket.set_subject("x");
  if (state != Ticket::RECEIVED) *ticket.mutable_hear_time() = ToProtoTime(kNow - absl::Hours(1));
  return ticket;
}

v1::DeclineTicketRequest DeclineRequest() {
  v1::DeclineTicketRequest request;
  request.set_reason(Decision::UNSUSTAINABLE);
  request.set_decided_by("members/kim");
  request.set_revisit_condition("next year");
  return request;
}

// That the action does what the table says, and leaves the ticket alone where it is refused.
void ExpectTransition(Ticket::State from, Ticket::State to, const std::string& action,
                      const std::function<absl::Status(Ticket&)>& act) {
  SCOPED_TRACE(action + " from " + Ticket::State_Name(from));
  Ticket ticket = TicketIn(from);
  const std::string before = ticket.SerializeAsString();
  const absl::Status status = act(ticket);
  if (to == kNo) {
    EXPECT_EQ(testing::Summary(status), "FAILED_PRECONDITION WRONG_STATE");
    EXPECT_THAT(std::string(status.message()), HasSubstr("tickets/a is " + Ticket::State_Name(from) + ": " + action));
    EXPECT_EQ(ticket.SerializeAsString(), before);
    return;
  }
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(Ticket::State_Name(ticket.state()), Ticket::State_Name(to));
  EXPECT_EQ(FromProtoTime(ticket.hear_time()), from == Ticket::RECEIVED ? kNow : kNow - absl::Hours(1))
      << "it is heard by the first action, once";
}

TEST(Transitions, EveryActionFromEveryState) {
  for (const Transitions& row : kTransitions) {
    ExpectTransition(row.from, row.acknowledge, "AcknowledgeTicket",
                     [](Ticket& t) { return Acknowledge(t, "summary", kNow); });
    ExpectTransition(row.from, row.decline, "DeclineTicket",
                     [](Ticket& t) { return Decline(t, DeclineRequest(), kNow); });
  }
}

TEST(Transitions, TheTableHasEveryState) {
  std::vector<int> states;
  for (const Transitions& row : kTransitions) states.push_back(row.from);
  std::vector<int> all;
  for (int i = 0; i < Ticket::State_descriptor()->value_count(); ++i) {
    if (const int number = Ticket::State_descriptor()->value(i)->number(); number != 0) all.push_back(number);
  }
  EXPECT_EQ(states, all);
}

TEST(Acknowledge, KeepsTheSummary) {
  Ticket ticket = TicketIn(Ticket::RECEIVED);
  ASSERT_TRUE(Acknowledge(ticket, "what was understood", kNow).ok());
  EXPECT_EQ(ticket.heard_summary(), "what was understood");
  EXPECT_FALSE(ticket.has_decide_time());
  EXPECT_FALSE(ticket.has_decision());
}

TEST(Decline, KeepsTheDecision) {
  Ticket ticket = TicketIn(Ticket::HEARD);
  v1::DeclineTicketRequest request = DeclineRequest();
  request.set_reason(Decision::BEYOND_CAPABILITY);
  request.set_capability_gap("cold-chain");
  ASSERT_TRUE(Decline(ticket, request, kNow).ok());
  EXPECT_EQ(ticket.decision().decline_reason(), Decision::BEYOND_CAPABILITY);
  EXPECT_EQ(ticket.decision().capability_gap(), "cold-chain");
  EXPECT_EQ(ticket.decision().revisit_condition(), "next year");
  EXPECT_EQ(ticket.decision().decided_by(), "members/kim");
  EXPECT_EQ(FromProtoTime(ticket.decide_time()), kNow);
}

TEST(Decline, KeepsTheTimeOfTheFirstDecision) {
  Ticket ticket = TicketIn(Ticket::HEARD);
  *ticket.mutable_decide_time() = ToProtoTime(kNow - absl::Hours(9));
  ASSERT_TRUE(Decline(ticket, DeclineRequest(), kNow).ok());
  EXPECT_EQ(FromProtoTime(ticket.decide_time()), kNow - absl::Hours(9));
}

TEST(Decline, WantsAGapExactlyWhereCapabilityIsMissing) {
  struct Case {
    Decision::DeclineReason reason;
    std::string gap;
    std::string outcome;
  };
  for (const Case& one :
       {Case{Decision::BEYOND_CAPABILITY, "cold-chain", "OK"},
        Case{Decision::BEYOND_CAPABILITY, "", "INVALID_ARGUMENT INVALID_FIELD capability_gap"},
        Case{Decision::UNSUSTAINABLE, "", "OK"},
        Case{Decision::UNSUSTAINABLE, "cold-chain", "INVALID_ARGUMENT INVALID_FIELD capability_gap"}}) {
    Ticket ticket = TicketIn(Ticket::RECEIVED);
    const std::string before = ticket.SerializeAsString();
    v1::DeclineTicketRequest request = DeclineRequest();
    request.set_reason(one.reason);
    request.set_capability_gap(one.gap);
    const absl::Status status = Decline(ticket, request, kNow);
    EXPECT_EQ(testing::Summary(status), one.outcome) << one.reason << " " << one.gap;
    EXPECT_EQ(ticket.SerializeAsString() == before, !status.ok());
  }
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
      Ticket ticket = TicketIn(static_cast<Ticket::State>(state));
      if (one.waits) *ticket.mutable_waiting_since_time() = ToProtoTime(earlier);
      if (one.responded) *ticket.mutable_first_response_time() = ToProtoTime(earlier);
      ticket.set_owes_reply(one.owes);
      const std::string before = ticket.SerializeAsString();
      EXPECT_EQ(TakeMessage(ticket, one.kind, kNow), one.changes);
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

TEST(Receive, FillsInWhatIsNotSaid) {
  Ticket ticket;
  ticket.set_body("x");
  ASSERT_TRUE(Receive(ticket, kNow, "ticket").ok());
  EXPECT_EQ(ticket.state(), Ticket::RECEIVED);
  EXPECT_EQ(ticket.kind(), Ticket::COMPLAINT);
  EXPECT_EQ(ticket.severity(), Ticket::NORMAL);
  for (const auto& time : {ticket.receive_time(), ticket.occur_time(), ticket.waiting_since_time(),
                           ticket.create_time(), ticket.update_time()}) {
    EXPECT_EQ(FromProtoTime(time), kNow);
  }
  EXPECT_FALSE(ticket.has_hear_time());
  EXPECT_FALSE(ticket.has_decision());
}

TEST(Receive, KeepsWhatIsSaid) {
  Ticket ticket;
  ticket.set_subject("x");
  ticket.set_kind(Ticket::PRAISE);
  ticket.set_severity(Ticket::CRITICAL);
  *ticket.mutable_receive_time() = ToProtoTime(kNow - absl::Hours(30));
  ASSERT_TRUE(Receive(ticket, kNow, "ticket").ok());
  EXPECT_EQ(ticket.kind(), Ticket::PRAISE);
  EXPECT_EQ(ticket.severity(), Ticket::CRITICAL);
  EXPECT_EQ(FromProtoTime(ticket.receive_time()), kNow - absl::Hours(30));
  EXPECT_EQ(FromProtoTime(ticket.occur_time()), kNow - absl::Hours(30)) << "by default when it was received";
  EXPECT_EQ(FromProtoTime(ticket.waiting_since_time()), kNow - absl::Hours(30));
  EXPECT_EQ(FromProtoTime(ticket.create_time()), kNow);
}

TEST(Receive, CutsTimesToMicroseconds) {
  Ticket ticket;
  ticket.set_subject("x");
  ticket.mutable_receive_time()->set_seconds(1'749'999'999);
  ticket.mutable_receive_time()->set_nanos(123'456'789);
  ticket.mutable_occur_time()->set_seconds(-1);
  ticket.mutable_occur_time()->set_nanos(999'999'999);
  ASSERT_TRUE(Receive(ticket, kNow, "ticket").ok());
  EXPECT_EQ(ticket.receive_time().nanos(), 123'456'000);
  EXPECT_EQ(ticket.occur_time().seconds(), -1);
  EXPECT_EQ(ticket.occur_time().nanos(), 999'999'000);
}

TEST(Receive, WantsASubjectOrABody) {
  Ticket ticket;
  EXPECT_EQ(testing::Summary(Receive(ticket, kNow, "requests[3].ticket")),
            "INVALID_ARGUMENT INVALID_FIELD requests[3].ticket.subject");
}

TEST(Receive, TakesTimesUpToADayAhead) {
  for (const char* field : {"receive_time", "occur_time"}) {
    for (absl::Duration ahead : {absl::Hours(24), absl::Hours(24) + absl::Microseconds(1)}) {
      Ticket ticket;
      ticket.set_subject("x");
      auto& time =
          *(std::string(field) == "receive_time" ? ticket.mutable_receive_time() : ticket.mutable_occur_time());
      time = ToProtoTime(kNow + ahead);
      EXPECT_EQ(testing::Summary(Receive(ticket, kNow, "ticket")),
                ahead == absl::Hours(24) ? "OK" : fmt::format("INVALID_ARGUMENT INVALID_FIELD ticket.{}", field));
    }
  }
}

TEST(CheckEtag, TakesTheTicketsOrNone) {
  Ticket ticket;
  ticket.set_name("tickets/a");
  ticket.set_etag("2");
  EXPECT_TRUE(CheckEtag(ticket, "").ok());
  EXPECT_TRUE(CheckEtag(ticket, "2").ok());
  for (const char* wrong : {"1", "3", "02", "2 ", "x"}) {
    EXPECT_EQ(testing::Summary(CheckEtag(ticket, wrong)), "ABORTED ETAG_MISMATCH") << wrong;
  }
}

}  // namespace
}  // namespace dangol::tickets
