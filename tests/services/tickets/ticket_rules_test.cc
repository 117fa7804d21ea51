// What may happen to a ticket: every action from every state.
#include "services/tickets/ticket/ticket_rules.h"

#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/base/proto_time.h"
#include "tests/common/rpc/refusal.h"

namespace dangol::tickets {
namespace {

using ::testing::HasSubstr;
using v1::Decision;
using v1::Message;
using v1::Ticket;

const absl::Time kNow = absl::FromUnixSeconds(1'750'000'000);

constexpr Ticket::State kNo = Ticket::STATE_UNSPECIFIED;  // refused

// A state, and what of its past decides what may be done.
struct From {
  Ticket::State state;
  Ticket::Disposition disposition = Ticket::DISPOSITION_UNSPECIFIED;
};

struct Transitions {
  From from;
  Ticket::State acknowledge;
  Ticket::State decline;
  Ticket::State accept;
  Ticket::State resolve;
  Ticket::State not_fixed;
  Ticket::State not_satisfied;
  Ticket::State appeal;
  Ticket::State unlink;
};

constexpr Ticket::State kHeard = Ticket::HEARD;
constexpr Ticket::State kAcc = Ticket::ACCEPTED;
constexpr Ticket::State kNotYet = Ticket::NOT_YET;
constexpr Ticket::State kAns = Ticket::ANSWERED;

// The table of docs/domain.md §2: every state, and of what is answered or closed every way in which it came to that.
constexpr Transitions kTransitions[] = {
    // from                                    Acknow. Decline  Accept Resolve | Reopen: not fixed, not satisfied,
    // appeal | Unlink
    {{Ticket::RECEIVED}, /*                 */ kHeard, kNotYet, kAcc, kAns, /* */ kNo, kNo, kNo, /*     */ kNo},
    {{Ticket::HEARD}, /*                    */ kNo, kNotYet, kAcc, kAns, /*    */ kNo, kNo, kNo, /*     */ kNo},
    {{Ticket::ACCEPTED}, /*                 */ kNo, kNo, kNo, kNo, /*          */ kNo, kNo, kNo, /*     */ kHeard},
    {{Ticket::NOT_YET}, /*                  */ kNo, kNo, kAcc, kNo, /*         */ kNo, kNo, kHeard, /*  */ kNo},
    {{Ticket::ANSWERED, Ticket::INFORMED}, /*  */ kNo, kNo, kAcc, kNo, /*      */ kNo, kHeard, kNo, /*  */ kNo},
    {{Ticket::ANSWERED, Ticket::RELIEF_GIVEN}, kNo, kNo, kAcc, kNo, /*         */ kNo, kHeard, kNo, /*  */ kNo},
    {{Ticket::ANSWERED, Ticket::THANKED}, /*   */ kNo, kNo, kAcc, kNo, /*      */ kNo, kHeard, kNo, /*  */ kNo},
    {{Ticket::ANSWERED, Ticket::NOT_OURS}, /*  */ kNo, kNo, kAcc, kNo, /*      */ kNo, kHeard, kNo, /*  */ kNo},
    {{Ticket::ANSWERED, Ticket::WITHDRAWN}, /* */ kNo, kNo, kAcc, kNo, /*      */ kNo, kHeard, kNo, /*  */ kNo},
    {{Ticket::ANSWERED, Ticket::CHANGED}, /*   */ kNo, kNo, kNo, kNo, /*       */ kAcc, kNo, kNo, /*    */ kNo},
    {{Ticket::CLOSED, Ticket::INFORMED}, /*    */ kNo, kNo, kNo, kNo, /*       */ kNo, kHeard, kNo, /*  */ kNo},
    {{Ticket::CLOSED, Ticket::RELIEF_GIVEN}, /**/ kNo, kNo, kNo, kNo, /*       */ kNo, kHeard, kNo, /*  */ kNo},
    {{Ticket::CLOSED, Ticket::THANKED}, /*     */ kNo, kNo, kNo, kNo, /*       */ kNo, kHeard, kNo, /*  */ kNo},
    {{Ticket::CLOSED, Ticket::NOT_OURS}, /*    */ kNo, kNo, kNo, kNo, /*       */ kNo, kHeard, kNo, /*  */ kNo},
    {{Ticket::CLOSED, Ticket::WITHDRAWN}, /*   */ kNo, kNo, kNo, kNo, /*       */ kNo, kHeard, kNo, /*  */ kNo},
    {{Ticket::CLOSED, Ticket::CHANGED}, /*     */ kNo, kNo, kNo, kNo, /*       */ kAcc, kNo, kNo, /*    */ kNo},
    {{Ticket::CLOSED, Ticket::IMPORTED}, /*    */ kNo, kNo, kNo, kNo, /*       */ kNo, kNo, kNo, /*     */ kNo},
    {{Ticket::DUPLICATE}, /*                */ kNo, kNo, kNo, kNo, /*          */ kNo, kNo, kNo, /*     */ kNo},
    {{Ticket::SPAM}, /*                     */ kNo, kNo, kNo, kNo, /*          */ kNo, kNo, kNo, /*     */ kNo},
};

Ticket TicketIn(From from) {
  const auto earlier = ToProtoTime(kNow - absl::Hours(1));
  Ticket ticket;
  ticket.set_name("tickets/a");
  ticket.set_state(from.state);
  ticket.set_disposition(from.disposition);
  ticket.set_subject("x");
  if (from.disposition == Ticket::IMPORTED) {
    *ticket.mutable_close_time() = earlier;
    return ticket;
  }
  if (from.state != Ticket::RECEIVED) *ticket.mutable_hear_time() = earlier;
  if (from.state == Ticket::ACCEPTED || from.disposition == Ticket::CHANGED) {
    ticket.set_change("changes/c");
    ticket.set_acceptance(3);
    *ticket.mutable_decide_time() = *ticket.mutable_confirm_time() = earlier;
  }
  if (from.state == Ticket::ANSWERED || from.state == Ticket::CLOSED) *ticket.mutable_answer_time() = earlier;
  if (from.state == Ticket::CLOSED) *ticket.mutable_close_time() = earlier;
  return ticket;
}
Ticket TicketIn(Ticket::State state) { return TicketIn(From{state}); }

v1::ResolveTicketRequest ResolveRequest() {
  v1::ResolveTicketRequest request;
  request.set_disposition(Ticket::INFORMED);
  request.set_decided_by("members/kim");
  return request;
}

v1::DeclineTicketRequest DeclineRequest() {
  v1::DeclineTicketRequest request;
  request.set_reason(Decision::UNSUSTAINABLE);
  request.set_decided_by("members/kim");
  request.set_revisit_condition("next year");
  return request;
}

// The rules that also look at what callers do not see.
template <typename Rule>
absl::Status OnRow(Ticket& ticket, Rule rule) {
  TicketRow row;
  row.ticket = ticket;
  const absl::Status status = rule(row);
  ticket = row.ticket;
  return status;
}
absl::Status Accept(Ticket& ticket, std::string_view change, absl::Time now) {
  return OnRow(ticket, [&](TicketRow& row) { return Accept(row, change, now); });
}
absl::Status Reopen(Ticket& ticket, v1::ReopenTicketRequest::Cause cause) {
  return OnRow(ticket, [&](TicketRow& row) { return Reopen(row, cause); });
}
absl::Status Unlink(Ticket& ticket) {
  return OnRow(ticket, [&](TicketRow& row) { return Unlink(row); });
}

// That the action does what the table says, and leaves the ticket alone where it is refused.
void ExpectTransition(From from, Ticket::State to, const std::string& action,
                      const std::function<absl::Status(Ticket&)>& act) {
  SCOPED_TRACE(action + " from " + Ticket::State_Name(from.state) + " " + Ticket::Disposition_Name(from.disposition));
  Ticket ticket = TicketIn(from);
  const std::string before = ticket.SerializeAsString();
  const absl::Status status = act(ticket);
  if (to == kNo) {
    EXPECT_EQ(testing::Summary(status), "FAILED_PRECONDITION WRONG_STATE");
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("tickets/a is " + Ticket::State_Name(from.state) + ": " + action));
    EXPECT_EQ(ticket.SerializeAsString(), before);
    return;
  }
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(Ticket::State_Name(ticket.state()), Ticket::State_Name(to));
  EXPECT_EQ(FromProtoTime(ticket.hear_time()), from.state == Ticket::RECEIVED ? kNow : kNow - absl::Hours(1))
      << "it is heard by the first action, once";
}

TEST(Transitions, EveryActionFromEveryState) {
  for (const Transitions& row : kTransitions) {
    ExpectTransition(row.from, row.acknowledge, "AcknowledgeTicket",
                     [](Ticket& t) { return Acknowledge(t, "summary", kNow); });
    ExpectTransition(row.from, row.decline, "DeclineTicket",
                     [](Ticket& t) { return Decline(t, DeclineRequest(), kNow); });
    ExpectTransition(row.from, row.accept, "AcceptTicket", [](Ticket& t) { return Accept(t, "changes/d", kNow); });
    ExpectTransition(row.from, row.resolve, "ResolveTicket",
                     [](Ticket& t) { return Resolve(t, ResolveRequest(), kNow); });
    ExpectTransition(row.from, row.not_fixed, "ReopenTicket (NOT_FIXED)",
                     [](Ticket& t) { return Reopen(t, v1::ReopenTicketRequest::NOT_FIXED); });
    ExpectTransition(row.from, row.not_satisfied, "ReopenTicket (NOT_SATISFIED)",
                     [](Ticket& t) { return Reopen(t, v1::ReopenTicketRequest::NOT_SATISFIED); });
    ExpectTransition(row.from, row.appeal, "ReopenTicket (APPEAL)",
                     [](Ticket& t) { return Reopen(t, v1::ReopenTicketRequest::APPEAL); });
    ExpectTransition(row.from, row.unlink, "UnlinkTicket", [](Ticket& t) { return Unlink(t); });
  }
}

TEST(Transitions, TheTableHasEveryStateAndDisposition) {
  std::set<std::pair<int, int>> rows;
  for (const Transitions& row : kTransitions) rows.insert({row.from.state, row.from.disposition});
  EXPECT_EQ(rows.size(), std::size(kTransitions)) << "a row stands there twice";
  std::set<std::pair<int, int>> all;
  for (int state = Ticket::RECEIVED; state <= Ticket::State_MAX; ++state) {
    if (state != Ticket::ANSWERED && state != Ticket::CLOSED) all.insert({state, Ticket::DISPOSITION_UNSPECIFIED});
  }
  for (int disposition = Ticket::INFORMED; disposition <= Ticket::Disposition_MAX; ++disposition) {
    if (disposition != Ticket::IMPORTED) all.insert({Ticket::ANSWERED, disposition});
    all.insert({Ticket::CLOSED, disposition});
  }
  EXPECT_EQ(rows, all);
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

TEST(Accept, BeginsTheNextLink) {
  for (From from : {From{Ticket::RECEIVED}, From{Ticket::NOT_YET}, From{Ticket::ANSWERED, Ticket::THANKED}}) {
    Ticket ticket = TicketIn(from);
    ticket.set_acceptance(4);
    ticket.set_late(true);
    ticket.set_recurrence_count(2);
    ticket.set_shipment("changes/old/shipments/1");
    ticket.mutable_decision()->set_decided_by("members/kim");
    ticket.mutable_acceptance_refusal()->set_change("changes/old");
    *ticket.mutable_confirm_time() = ToProtoTime(kNow);
    ASSERT_TRUE(Accept(ticket, "changes/new", kNow).ok());
    EXPECT_EQ(ticket.acceptance(), 5);
    EXPECT_EQ(ticket.change(), "changes/new");
    EXPECT_EQ(ticket.disposition(), Ticket::DISPOSITION_UNSPECIFIED);
    EXPECT_FALSE(ticket.has_decision() || ticket.has_confirm_time() || ticket.has_answer_time() || ticket.late());
    EXPECT_FALSE(ticket.has_acceptance_refusal());
    EXPECT_EQ(ticket.recurrence_count(), 2) << "what it went through stays";
    EXPECT_EQ(ticket.shipment(), "changes/old/shipments/1");
    EXPECT_EQ(FromProtoTime(ticket.decide_time()), kNow);
  }
}

TEST(Accept, KeepsTheTimeOfTheFirstDecision) {
  Ticket ticket = TicketIn(Ticket::NOT_YET);
  *ticket.mutable_decide_time() = ToProtoTime(kNow - absl::Hours(9));
  ASSERT_TRUE(Accept(ticket, "changes/c", kNow).ok());
  EXPECT_EQ(FromProtoTime(ticket.decide_time()), kNow - absl::Hours(9));
}

TEST(Resolve, KeepsTheDecision) {
  Ticket ticket = TicketIn(Ticket::RECEIVED);
  v1::ResolveTicketRequest request = ResolveRequest();
  request.set_remedy_given("a voucher");
  ASSERT_TRUE(Resolve(ticket, request, kNow).ok());
  EXPECT_EQ(ticket.disposition(), Ticket::INFORMED);
  EXPECT_EQ(ticket.decision().decline_reason(), Decision::DECLINE_REASON_UNSPECIFIED);
  EXPECT_EQ(ticket.decision().decided_by(), "members/kim");
  EXPECT_EQ(ticket.remedy_given(), "a voucher");
  for (const auto& time : {ticket.hear_time(), ticket.decide_time(), ticket.answer_time()}) {
    EXPECT_EQ(FromProtoTime(time), kNow);
  }
}

TEST(Resolve, TakesWhatChangesNothingAndWantsTheRelief) {
  struct Case {
    Ticket::Disposition disposition;
    std::string given_before;
    std::string given_now;
    std::string outcome;
  };
  for (const Case& one :
       {Case{Ticket::INFORMED, "", "", "OK"}, Case{Ticket::THANKED, "", "", "OK"}, Case{Ticket::NOT_OURS, "", "", "OK"},
        Case{Ticket::WITHDRAWN, "", "", "OK"}, Case{Ticket::RELIEF_GIVEN, "", "a voucher", "OK"},
        Case{Ticket::RELIEF_GIVEN, "a voucher", "", "OK"},
        Case{Ticket::RELIEF_GIVEN, "", "", "INVALID_ARGUMENT INVALID_FIELD remedy_given"},
        Case{Ticket::CHANGED, "", "", "INVALID_ARGUMENT INVALID_FIELD disposition"},
        Case{Ticket::IMPORTED, "", "", "INVALID_ARGUMENT INVALID_FIELD disposition"}}) {
    Ticket ticket = TicketIn(Ticket::HEARD);
    ticket.set_remedy_given(one.given_before);
    const std::string before = ticket.SerializeAsString();
    v1::ResolveTicketRequest request = ResolveRequest();
    request.set_disposition(one.disposition);
    request.set_remedy_given(one.given_now);
    const absl::Status status = Resolve(ticket, request, kNow);
    EXPECT_EQ(testing::Summary(status), one.outcome) << Ticket::Disposition_Name(one.disposition);
    EXPECT_EQ(ticket.SerializeAsString() == before, !status.ok());
    if (status.ok()) {
      EXPECT_EQ(ticket.remedy_given(), one.given_before + one.given_now);
    }
  }
}

TEST(Reopen, NotFixedIsARecurrenceAndTheNextLink) {
  for (Ticket::State state : {Ticket::ANSWERED, Ticket::CLOSED}) {
    Ticket ticket = TicketIn({state, Ticket::CHANGED});
    ticket.set_late(true);
    ASSERT_TRUE(Reopen(ticket, v1::ReopenTicketRequest::NOT_FIXED).ok());
    EXPECT_EQ(ticket.change(), "changes/c");
    EXPECT_EQ(ticket.acceptance(), 4);
    EXPECT_EQ(ticket.recurrence_count(), 1);
    EXPECT_EQ(ticket.reopen_count(), 0);
    EXPECT_EQ(ticket.disposition(), Ticket::DISPOSITION_UNSPECIFIED);
    EXPECT_FALSE(ticket.has_confirm_time() || ticket.has_answer_time() || ticket.has_close_time() || ticket.late());
    EXPECT_TRUE(ticket.has_decide_time());
  }
}

TEST(Reopen, ForAnotherReasonIsCountedApartAndUndoesTheDecision) {
  for (From from :
       {From{Ticket::ANSWERED, Ticket::INFORMED}, From{Ticket::CLOSED, Ticket::THANKED}, From{Ticket::NOT_YET}}) {
    Ticket ticket = TicketIn(from);
    ticket.set_acceptance(4);
    ticket.mutable_decision()->set_decided_by("members/kim");
    *ticket.mutable_decide_time() = ToProtoTime(kNow);
    ASSERT_TRUE(Reopen(ticket, from.state == Ticket::NOT_YET ? v1::ReopenTicketRequest::APPEAL
                                                             : v1::ReopenTicketRequest::NOT_SATISFIED)
                    .ok());
    EXPECT_EQ(ticket.reopen_count(), 1);
    EXPECT_EQ(ticket.recurrence_count(), 0);
    EXPECT_EQ(ticket.acceptance(), 4) << "no link is made or undone";
    EXPECT_EQ(ticket.disposition(), Ticket::DISPOSITION_UNSPECIFIED);
    EXPECT_FALSE(ticket.has_decision() || ticket.has_answer_time() || ticket.has_close_time());
    EXPECT_TRUE(ticket.has_decide_time()) << "the first decision was made";
  }
}

TEST(Unlink, UndoesTheLink) {
  Ticket ticket = TicketIn(Ticket::ACCEPTED);
  ASSERT_TRUE(Unlink(ticket).ok());
  EXPECT_EQ(ticket.change(), "");
  EXPECT_EQ(ticket.acceptance(), 4);
  EXPECT_FALSE(ticket.has_confirm_time());
  EXPECT_TRUE(ticket.has_decide_time());
}

TEST(MakeHistory, ClosesWithoutADecision) {
  Ticket ticket;
  ticket.set_subject("x");
  *ticket.mutable_receive_time() = ToProtoTime(kNow - absl::Hours(900));
  ASSERT_TRUE(Receive(ticket, kNow, "ticket").ok());
  Ticket other = ticket;
  ASSERT_TRUE(MakeHistory(ticket, v1::History(), "history").ok());
  EXPECT_EQ(ticket.state(), Ticket::CLOSED);
  EXPECT_EQ(ticket.disposition(), Ticket::IMPORTED);
  EXPECT_EQ(FromProtoTime(ticket.close_time()), kNow - absl::Hours(900)) << "by default when it was received";
  EXPECT_FALSE(ticket.has_hear_time() || ticket.has_decide_time() || ticket.has_decision() ||
               ticket.has_waiting_since_time());
  v1::History history;
  *history.mutable_close_time() = ToProtoTime(kNow - absl::Hours(9));
  ASSERT_TRUE(MakeHistory(other, history, "history").ok());
  EXPECT_EQ(FromProtoTime(other.close_time()), kNow - absl::Hours(9));
}

TEST(MakeHistory, RefusesATicketThatWasClosedBeforeItWasReceived) {
  Ticket ticket;
  ticket.set_subject("x");
  *ticket.mutable_receive_time() = ToProtoTime(kNow - absl::Hours(9));
  ASSERT_TRUE(Receive(ticket, kNow, "ticket").ok());
  v1::History history;
  *history.mutable_close_time() = ToProtoTime(kNow - absl::Hours(10));
  EXPECT_EQ(testing::Summary(MakeHistory(ticket, history, "history")),
            "INVALID_ARGUMENT INVALID_FIELD history.close_time");
  EXPECT_EQ(ticket.state(), Ticket::RECEIVED);
}

TEST(Receive, RefusesWhatHappenedMoreThanADayAfterItWasReceived) {
  Ticket ticket;
  ticket.set_subject("x");
  *ticket.mutable_receive_time() = ToProtoTime(kNow - absl::Hours(90));
  *ticket.mutable_occur_time() = ToProtoTime(kNow - absl::Hours(90 - 24));
  Ticket later = ticket;
  EXPECT_TRUE(Receive(ticket, kNow, "ticket").ok()) << "some systems know only the day";
  *later.mutable_occur_time() = ToProtoTime(kNow - absl::Hours(90 - 25));
  EXPECT_EQ(testing::Summary(Receive(later, kNow, "ticket")), "INVALID_ARGUMENT INVALID_FIELD ticket.occur_time");
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

}  // namespace
}  // namespace dangol::tickets
