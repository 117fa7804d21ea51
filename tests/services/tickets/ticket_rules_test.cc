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

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "services/tickets/ticket/follow_rules.h"
#include "tests/common/rpc/refusal.h"

namespace dangol::tickets {
namespace {

using ::testing::HasSubstr;
using v1::Decision;
using v1::Ticket;

const absl::Time kNow = absl::FromUnixSeconds(1'750'000'000);
const Act kAct{kNow, "members/lee"};

// A state, and what of its past decides what may be done.
struct From {
  Ticket::State state;
  Ticket::Disposition disposition = Ticket::DISPOSITION_UNSPECIFIED;
};

struct Transitions {
  From from;
  // What each action makes of it, in the order of kActions: a letter of StateOf, or `.` where it is refused.
  std::string_view to;
};

// The table of docs/domain.md §2: every state, and of what is answered or closed every way in which it came to that.
constexpr Transitions kTransitions[] = {
    // Acknowledge Decline Accept Resolve | Reopen: not fixed, not satisfied, appeal, mistake | Unlink Close |
    // MarkDuplicate MarkSpam Restore Rate | Split Withdraw
    {{Ticket::RECEIVED}, "                H N A W | . . . . | . . | D S . . | R S"},
    {{Ticket::HEARD}, "                   . N A W | . . . . | . . | D S . . | H ."},
    {{Ticket::ACCEPTED}, "                . . . . | . . . . | H . | . . . . | . ."},
    {{Ticket::NOT_YET}, "                 . . A . | . . H H | . . | . . . N | . ."},
    {{Ticket::ANSWERED, Ticket::INFORMED}, "        . . A . | . H . H | . C | . . . W | . ."},
    {{Ticket::ANSWERED, Ticket::RELIEF_GIVEN}, "    . . A . | . H . H | . C | . . . W | . ."},
    {{Ticket::ANSWERED, Ticket::THANKED}, "         . . A . | . H . H | . C | . . . W | . ."},
    {{Ticket::ANSWERED, Ticket::NOT_OURS}, "        . . A . | . H . H | . C | . . . W | . ."},
    {{Ticket::ANSWERED, Ticket::WITHDRAWN}, "       . . A . | . H . H | . C | . . . W | . ."},
    {{Ticket::ANSWERED, Ticket::CHANGED}, "         . . . . | A . . . | . C | . . . W | . ."},
    {{Ticket::CLOSED, Ticket::INFORMED}, "          . . A . | . H . . | . . | . . . C | . ."},
    {{Ticket::CLOSED, Ticket::RELIEF_GIVEN}, "      . . A . | . H . . | . . | . . . C | . ."},
    {{Ticket::CLOSED, Ticket::THANKED}, "           . . A . | . H . . | . . | . . . C | . ."},
    {{Ticket::CLOSED, Ticket::NOT_OURS}, "          . . A . | . H . . | . . | . . . C | . ."},
    {{Ticket::CLOSED, Ticket::WITHDRAWN}, "         . . A . | . H . . | . . | . . . C | . ."},
    {{Ticket::CLOSED, Ticket::CHANGED}, "           . . . . | A . . . | . . | . . . C | . ."},
    {{Ticket::CLOSED, Ticket::IMPORTED}, "          . . A . | . . . . | . . | . . . C | . S"},
    {{Ticket::DUPLICATE}, "               . . . . | . . . . | . . | . . H . | . ."},
    {{Ticket::SPAM}, "                    . . . . | . . . . | . . | . . H . | . ."},
};

constexpr Ticket::State kRefused = Ticket::STATE_UNSPECIFIED;

Ticket::State StateOf(char letter) {
  switch (letter) {
    case 'H':
      return Ticket::HEARD;
    case 'A':
      return Ticket::ACCEPTED;
    case 'N':
      return Ticket::NOT_YET;
    case 'W':
      return Ticket::ANSWERED;
    case 'C':
      return Ticket::CLOSED;
    case 'D':
      return Ticket::DUPLICATE;
    case 'S':
      return Ticket::SPAM;
    case 'R':
      return Ticket::RECEIVED;
    default:
      return kRefused;
  }
}

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

v1::SplitTicketRequest SplitRequest() {
  v1::SplitTicketRequest request;
  request.set_subject("And the bill is wrong");
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
absl::Status Accept(Ticket& ticket, std::string_view change, const Act& act) {
  return OnRow(ticket, [&](TicketRow& row) { return Accept(row, change, act); });
}
absl::Status Reopen(Ticket& ticket, v1::ReopenTicketRequest::Cause cause) {
  return OnRow(ticket, [&](TicketRow& row) { return Reopen(row, cause); });
}
absl::Status Unlink(Ticket& ticket) {
  return OnRow(ticket, [&](TicketRow& row) { return Unlink(row); });
}
absl::Status Dismiss(Ticket& ticket) {
  return OnRow(ticket, [&](TicketRow& row) { return Dismiss(row, kNow); });
}

// That the action does what the table says, and leaves the ticket alone where it is refused.
void ExpectTransition(From from, Ticket::State to, const std::string& action,
                      const std::function<absl::Status(Ticket&)>& act) {
  SCOPED_TRACE(action + " from " + Ticket::State_Name(from.state) + " " + Ticket::Disposition_Name(from.disposition));
  Ticket ticket = TicketIn(from);
  const std::string before = ticket.SerializeAsString();
  const absl::Status status = act(ticket);
  if (to == kRefused) {
    EXPECT_EQ(testing::Summary(status), "FAILED_PRECONDITION WRONG_STATE");
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("tickets/a is " + Ticket::State_Name(from.state) + ": " + action));
    EXPECT_EQ(ticket.SerializeAsString(), before);
    return;
  }
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(Ticket::State_Name(ticket.state()), Ticket::State_Name(to));
  if (action == "RateTicket" && from.disposition == Ticket::IMPORTED) return;  // nobody here has heard it
  if (action == "UndoImport" || (action == "SplitTicket" && from.state == Ticket::RECEIVED)) {
    EXPECT_FALSE(ticket.has_hear_time()) << "nobody has read it yet";
    return;
  }
  EXPECT_EQ(FromProtoTime(ticket.hear_time()), TicketIn(from).has_hear_time() ? kNow - absl::Hours(1) : kNow)
      << "it is heard by the first action, once";
}

struct Action {
  std::string name;
  std::function<absl::Status(Ticket&)> act;
};

// In the order of the columns of the table.
const std::vector<Action>& Actions() {
  using Reopening = v1::ReopenTicketRequest;
  static const auto& actions = *new std::vector<Action>{
      {"AcknowledgeTicket", [](Ticket& t) { return Acknowledge(t, "summary", kAct); }},
      {"DeclineTicket", [](Ticket& t) { return Decline(t, DeclineRequest(), kAct); }},
      {"AcceptTicket", [](Ticket& t) { return Accept(t, "changes/d", kAct); }},
      {"ResolveTicket", [](Ticket& t) { return Resolve(t, ResolveRequest(), kAct); }},
      {"ReopenTicket (NOT_FIXED)", [](Ticket& t) { return Reopen(t, Reopening::NOT_FIXED); }},
      {"ReopenTicket (NOT_SATISFIED)", [](Ticket& t) { return Reopen(t, Reopening::NOT_SATISFIED); }},
      {"ReopenTicket (APPEAL)", [](Ticket& t) { return Reopen(t, Reopening::APPEAL); }},
      {"ReopenTicket (MISTAKE)", [](Ticket& t) { return Reopen(t, Reopening::MISTAKE); }},
      {"UnlinkTicket", [](Ticket& t) { return Unlink(t); }},
      {"CloseTicket", [](Ticket& t) { return Close(t, kNow); }},
      {"MarkTicketDuplicate", [](Ticket& t) { return MarkDuplicate(t, "tickets/b", kAct); }},
      {"MarkTicketSpam", [](Ticket& t) { return MarkSpam(t, kAct); }},
      {"RestoreTicket", [](Ticket& t) { return Restore(t); }},
      {"RateTicket", [](Ticket& t) { return Rate(t, 2, 5); }},
      {"SplitTicket", [](Ticket& t) { return Split(t, SplitRequest()).status(); }},
      // Those that it leaves alone are skipped, and no error.
      {"UndoImport",
       [](Ticket& t) {
         if (!CanWithdraw(t)) return WrongState(t.name(), Ticket::State_Name(t.state()), "UndoImport", "unread");
         Withdraw(t);
         return absl::OkStatus();
       }},
  };
  return actions;
}

TEST(Transitions, EveryActionFromEveryState) {
  for (const Transitions& row : kTransitions) {
    std::string letters(row.to);
    std::erase_if(letters, [](char c) { return c == ' ' || c == '|'; });
    ASSERT_EQ(letters.size(), Actions().size());
    for (size_t i = 0; i < letters.size(); ++i) {
      ExpectTransition(row.from, StateOf(letters[i]), Actions()[i].name, Actions()[i].act);
    }
  }
}

TEST(AnswerPreview, IsForWhatIsAcceptedIntoThatChange) {
  for (const Transitions& row : kTransitions) {
    Ticket ticket = TicketIn(row.from);
    ticket.set_change("changes/a");
    const std::string refused = row.from.state == Ticket::ACCEPTED ? "OK" : "FAILED_PRECONDITION WRONG_STATE";
    EXPECT_EQ(testing::Summary(AnswerPreview(ticket, "changes/a")), refused) << Ticket::State_Name(row.from.state);
    if (row.from.state != Ticket::ACCEPTED) continue;
    EXPECT_EQ(testing::Summary(AnswerPreview(ticket, "changes/b")), "FAILED_PRECONDITION OTHER_CHANGE change");
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

TEST(Dismiss, EndsTheWaitingInEveryStateButReceivedAndLeavesTheState) {
  for (const Transitions& row : kTransitions) {
    SCOPED_TRACE(Ticket::State_Name(row.from.state));
    Ticket ticket = TicketIn(row.from);
    const bool received = row.from.state == Ticket::RECEIVED;
    EXPECT_EQ(testing::Summary(Dismiss(ticket)),
              received ? "FAILED_PRECONDITION WRONG_STATE" : "FAILED_PRECONDITION NOTHING_OWED");
    *ticket.mutable_waiting_since_time() = ToProtoTime(kNow - absl::Hours(2));
    ticket.set_owes_reply(true);
    EXPECT_EQ(Dismiss(ticket).ok(), !received);
    EXPECT_EQ(ticket.state(), row.from.state);
    EXPECT_EQ(ticket.has_waiting_since_time() || ticket.owes_reply(), received);
  }
}

TEST(Close, WantsThatNoWordIsOwed) {
  for (const bool waits : {true, false}) {
    Ticket ticket = TicketIn({Ticket::ANSWERED, Ticket::INFORMED});
    if (waits) {
      *ticket.mutable_waiting_since_time() = ToProtoTime(kNow);
    } else {
      ticket.set_owes_reply(true);
    }
    const std::string before = ticket.SerializeAsString();
    EXPECT_EQ(testing::Summary(Close(ticket, kNow)), "FAILED_PRECONDITION REPLY_OWED");
    EXPECT_EQ(ticket.SerializeAsString(), before);
  }
}

TEST(Close, KeepsWhenTheCustomerWasTold) {
  Ticket ticket = TicketIn({Ticket::ANSWERED, Ticket::INFORMED});
  ASSERT_TRUE(Close(ticket, kNow).ok());
  EXPECT_EQ(FromProtoTime(ticket.told_time()), kNow) << "who confirms an answer knows it";
  EXPECT_EQ(FromProtoTime(ticket.close_time()), kNow);
  EXPECT_EQ(ticket.disposition(), Ticket::INFORMED);
  ticket = TicketIn({Ticket::ANSWERED, Ticket::CHANGED});
  *ticket.mutable_told_time() = ToProtoTime(kNow - absl::Hours(3));
  ASSERT_TRUE(Close(ticket, kNow).ok());
  EXPECT_EQ(FromProtoTime(ticket.told_time()), kNow - absl::Hours(3));
}

TEST(Reopen, ByAMistakeOfOursCountsNowhere) {
  Ticket ticket = TicketIn({Ticket::ANSWERED, Ticket::INFORMED});
  ASSERT_TRUE(Reopen(ticket, v1::ReopenTicketRequest::MISTAKE).ok());
  EXPECT_EQ(ticket.reopen_count(), 0);
  EXPECT_FALSE(ticket.has_answer_time() || ticket.has_decision());
}

TEST(Reopen, ByAMistakeTheNextDecisionIsTheFirstUnlessARealOneCameBefore) {
  const Act later{kNow + absl::Hours(1), "members/lee"};
  for (const bool declines : {true, false}) {
    SCOPED_TRACE(declines);
    const auto decide = [&](TicketRow& row, const Act& act) {
      return declines ? Decline(row.ticket, DeclineRequest(), act) : Resolve(row.ticket, ResolveRequest(), act);
    };
    TicketRow row;
    row.ticket = TicketIn({Ticket::HEARD});
    row.ticket.clear_decide_time();
    ASSERT_TRUE(decide(row, kAct).ok());
    ASSERT_TRUE(Reopen(row, v1::ReopenTicketRequest::MISTAKE).ok());
    EXPECT_FALSE(row.ticket.has_decide_time());
    ASSERT_TRUE(decide(row, later).ok());
    EXPECT_EQ(FromProtoTime(row.ticket.decide_time()), later.time);

    const auto come_back = declines ? v1::ReopenTicketRequest::APPEAL : v1::ReopenTicketRequest::NOT_SATISFIED;
    ASSERT_TRUE(Reopen(row, come_back).ok());
    ASSERT_TRUE(decide(row, {later.time + absl::Hours(1), "members/lee"}).ok());
    ASSERT_TRUE(Reopen(row, v1::ReopenTicketRequest::MISTAKE).ok());
    EXPECT_EQ(FromProtoTime(row.ticket.decide_time()), later.time) << "that was no mistake";
  }
}

TEST(Restore, GivesBackWhatItWasWhereNobodyHasReadIt) {
  for (const From from : {From{Ticket::RECEIVED}, From{Ticket::CLOSED, Ticket::IMPORTED}}) {
    Ticket ticket = TicketIn(from);
    const std::string before = ticket.SerializeAsString();
    Withdraw(ticket);
    EXPECT_TRUE(IsWithdrawn(ticket));
    ASSERT_TRUE(Restore(ticket).ok());
    EXPECT_EQ(ticket.SerializeAsString(), before);
  }
  Ticket spam = TicketIn(Ticket::RECEIVED);
  ASSERT_TRUE(MarkSpam(spam, kAct).ok());
  EXPECT_FALSE(IsWithdrawn(spam)) << "somebody has read it";
}

TEST(Split, TheNewOneIsOfTheSameCustomerAndTime) {
  Ticket ticket = TicketIn(Ticket::HEARD);
  ticket.set_customer("customers/c");
  ticket.set_kind(Ticket::REQUEST);
  ticket.set_contact_reason("delivery");
  ticket.set_order("o7");
  ticket.mutable_source()->set_channel("email");
  *ticket.mutable_receive_time() = ToProtoTime(kNow - absl::Hours(30));
  v1::SplitTicketRequest request = SplitRequest();
  request.set_contact_reason("billing");
  const auto create = Split(ticket, request);
  ASSERT_TRUE(create.ok()) << create.status();
  const Ticket& other = create->ticket();
  EXPECT_EQ(other.customer(), "customers/c");
  EXPECT_EQ(other.kind(), Ticket::REQUEST);
  EXPECT_EQ(other.contact_reason(), "billing");
  EXPECT_EQ(other.order(), "o7");
  EXPECT_EQ(other.source().channel(), "email");
  EXPECT_EQ(FromProtoTime(other.receive_time()), kNow - absl::Hours(30));
  EXPECT_EQ(other.split_from(), "tickets/a");
  request.clear_subject();
  EXPECT_EQ(testing::Summary(Split(ticket, request).status()), "INVALID_ARGUMENT INVALID_FIELD subject");
  for (int i = 0; i < kSplitsMost; ++i) ticket.add_split_into("tickets/b");
  EXPECT_EQ(testing::Summary(Split(ticket, SplitRequest()).status()), "FAILED_PRECONDITION SPLITS_EXHAUSTED");
}

TEST(Rate, WantsARating) {
  Ticket ticket = TicketIn({Ticket::ANSWERED, Ticket::INFORMED});
  EXPECT_EQ(testing::Summary(Rate(ticket, 0, 0)), "INVALID_ARGUMENT INVALID_FIELD outcome_rating");
  ASSERT_TRUE(Rate(ticket, 0, 3).ok());
  ASSERT_TRUE(Rate(ticket, 4, 0).ok());
  EXPECT_EQ(ticket.outcome_rating(), 4);
  EXPECT_EQ(ticket.handling_rating(), 0) << "the later one takes the place of the one before";
}

TEST(Heard, SaysByWhomAndWhetherInBulkOnce) {
  Ticket ticket = TicketIn(Ticket::RECEIVED);
  ASSERT_TRUE(Accept(ticket, "changes/c", {kNow, "members/kim", true}).ok());
  EXPECT_EQ(ticket.heard_by(), "members/kim");
  EXPECT_TRUE(ticket.heard_in_bulk());
  EXPECT_EQ(ticket.accepted_by(), "members/kim");
  ASSERT_TRUE(Unlink(ticket).ok());
  EXPECT_EQ(ticket.accepted_by(), "");
  ASSERT_TRUE(Accept(ticket, "changes/c", kAct).ok());
  EXPECT_EQ(ticket.accepted_by(), "members/lee");
  EXPECT_EQ(ticket.heard_by(), "members/kim");
  EXPECT_TRUE(ticket.heard_in_bulk());
}

TEST(Acknowledge, KeepsTheSummary) {
  Ticket ticket = TicketIn(Ticket::RECEIVED);
  ASSERT_TRUE(Acknowledge(ticket, "what was understood", kAct).ok());
  EXPECT_EQ(ticket.heard_summary(), "what was understood");
  EXPECT_FALSE(ticket.has_decide_time());
  EXPECT_FALSE(ticket.has_decision());
}

TEST(Decline, KeepsTheDecision) {
  Ticket ticket = TicketIn(Ticket::HEARD);
  v1::DeclineTicketRequest request = DeclineRequest();
  request.set_reason(Decision::BEYOND_CAPABILITY);
  request.set_capability_gap("cold-chain");
  ASSERT_TRUE(Decline(ticket, request, kAct).ok());
  EXPECT_EQ(ticket.decision().decline_reason(), Decision::BEYOND_CAPABILITY);
  EXPECT_EQ(ticket.decision().capability_gap(), "cold-chain");
  EXPECT_EQ(ticket.decision().revisit_condition(), "next year");
  EXPECT_EQ(ticket.decision().decided_by(), "members/kim");
  EXPECT_EQ(FromProtoTime(ticket.decide_time()), kNow);
}

TEST(Decline, KeepsTheTimeOfTheFirstDecision) {
  Ticket ticket = TicketIn(Ticket::HEARD);
  *ticket.mutable_decide_time() = ToProtoTime(kNow - absl::Hours(9));
  ASSERT_TRUE(Decline(ticket, DeclineRequest(), kAct).ok());
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
    const absl::Status status = Decline(ticket, request, kAct);
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
    ASSERT_TRUE(Accept(ticket, "changes/new", kAct).ok());
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
  ASSERT_TRUE(Accept(ticket, "changes/c", kAct).ok());
  EXPECT_EQ(FromProtoTime(ticket.decide_time()), kNow - absl::Hours(9));
}

TEST(Resolve, KeepsTheDecision) {
  Ticket ticket = TicketIn(Ticket::RECEIVED);
  v1::ResolveTicketRequest request = ResolveRequest();
  request.set_remedy_given("a voucher");
  ASSERT_TRUE(Resolve(ticket, request, kAct).ok());
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
    const absl::Status status = Resolve(ticket, request, kAct);
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

TEST(Unlink, TakesTheDecisionBackWhereTheAcceptanceWasTheFirst) {
  const Act later{kNow + absl::Hours(1), "members/lee"};
  TicketRow row;
  row.ticket = TicketIn(Ticket::HEARD);
  ASSERT_TRUE(Accept(row, "changes/c", kAct).ok());
  EXPECT_EQ(row.ticket.first_decision(), Decision::ACCEPTED);
  ASSERT_TRUE(Unlink(row).ok());
  EXPECT_FALSE(row.ticket.has_decide_time());
  EXPECT_EQ(row.ticket.first_decision(), Decision::KIND_UNSPECIFIED);
  ASSERT_TRUE(Decline(row.ticket, DeclineRequest(), kAct).ok());
  ASSERT_TRUE(Reopen(row, v1::ReopenTicketRequest::MISTAKE).ok());
  EXPECT_FALSE(row.ticket.has_decide_time()) << "nothing was decided before";
  ASSERT_TRUE(Decline(row.ticket, DeclineRequest(), later).ok());
  EXPECT_EQ(row.ticket.first_decision(), Decision::DECLINED);
  ASSERT_TRUE(Accept(row, "changes/c", {later.time + absl::Hours(1), "members/lee"}).ok());
  ASSERT_TRUE(Unlink(row).ok());
  EXPECT_EQ(FromProtoTime(row.ticket.decide_time()), later.time) << "it was declined before";
}

TEST(Unlink, KeepsTheDecisionOfALinkThatWasAnswered) {
  TicketRow row;
  row.ticket = TicketIn(Ticket::HEARD);
  ASSERT_TRUE(Accept(row, "changes/c", kAct).ok());
  v1::TicketsFollowed followed;
  followed.set_effect(v1::TicketsFollowed::ANSWERED);
  *followed.mutable_facts()->mutable_change_decide_time() = ToProtoTime(kNow + absl::Minutes(9));
  Follow(row, followed, 1, kNow + absl::Hours(1));
  ASSERT_TRUE(Reopen(row, v1::ReopenTicketRequest::NOT_FIXED).ok());
  ASSERT_TRUE(Unlink(row).ok());
  EXPECT_EQ(FromProtoTime(row.ticket.decide_time()), kNow + absl::Minutes(9)) << "when its change was decided";
  EXPECT_EQ(row.ticket.first_decision(), Decision::CHANGE_DECIDED);
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
