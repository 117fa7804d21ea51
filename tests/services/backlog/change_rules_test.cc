// What may happen to a change: every action from every state.
#include "services/backlog/change/change_rules.h"

#include <functional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/base/proto_time.h"
#include "tests/common/rpc/refusal.h"

namespace dangol::backlog {
namespace {

using ::testing::HasSubstr;
using v1::Change;
using v1::DemandsUpdated;

const absl::Time kNow = absl::FromUnixSeconds(1'750'000'000);

constexpr Change::State kNo = Change::STATE_UNSPECIFIED;  // refused

struct Transitions {
  Change::State from;
  Change::State plan;
  Change::State start;
  Change::State ship;
  Change::State ship_partially;
  Change::State drop;
  DemandsUpdated::Outcome before;  // what becomes of a ticket that comes, and happened before the change shipped
  DemandsUpdated::Outcome after;
};

// The tables of docs/domain.md §3.
constexpr Transitions kTransitions[] = {
    // from                PlanChange       StartChange          ShipChange       ShipChange, partial  DropChange
    {Change::PROPOSED, /**/ Change::PLANNED, Change::IN_PROGRESS, Change::SHIPPED, Change::IN_PROGRESS, Change::DROPPED,
     DemandsUpdated::CONFIRMED, DemandsUpdated::CONFIRMED},
    {Change::PLANNED, /* */ kNo, /*       */ Change::IN_PROGRESS, Change::SHIPPED, Change::IN_PROGRESS, Change::DROPPED,
     DemandsUpdated::CONFIRMED, DemandsUpdated::CONFIRMED},
    {Change::IN_PROGRESS, Change::PLANNED, kNo, /*           */ Change::SHIPPED, Change::IN_PROGRESS, Change::DROPPED,
     DemandsUpdated::CONFIRMED, DemandsUpdated::CONFIRMED},
    {Change::SHIPPED, /* */ kNo, /*       */ kNo, /*           */ kNo, /*       */ kNo, /*           */ kNo,
     DemandsUpdated::LATE, DemandsUpdated::RECURRENCE},
    {Change::VERIFIED, /**/ kNo, /*       */ kNo, /*           */ kNo, /*       */ kNo, /*           */ kNo,
     DemandsUpdated::LATE, DemandsUpdated::RECURRENCE},
    {Change::REGRESSED, /**/ Change::PLANNED, Change::IN_PROGRESS, Change::SHIPPED, Change::IN_PROGRESS,
     Change::DROPPED, DemandsUpdated::CONFIRMED, DemandsUpdated::CONFIRMED},
    {Change::DROPPED, /* */ kNo, /*       */ kNo, /*           */ kNo, /*       */ kNo, /*           */ kNo,
     DemandsUpdated::REFUSED, DemandsUpdated::REFUSED},
    {Change::MERGED, /*  */ kNo, /*       */ kNo, /*           */ kNo, /*       */ kNo, /*           */ kNo,
     DemandsUpdated::REFUSED, DemandsUpdated::REFUSED},
};

v1::Decision ADecision(const std::string& by = "members/kim") {
  v1::Decision decision;
  decision.set_rationale("why");
  decision.set_decided_by(by);
  return decision;
}

Change ChangeIn(Change::State state) {
  Change change;
  change.set_name("changes/a");
  change.set_state(state);
  change.set_kind(Change::PROCESS);
  *change.mutable_decision() = ADecision();
  return change;
}

// That the action does what the table says, and leaves the change alone where it is refused.
void ExpectTransition(Change::State from, Change::State to, const std::string& action,
                      const std::function<absl::Status(Change&)>& act) {
  SCOPED_TRACE(action + " from " + Change::State_Name(from));
  Change change = ChangeIn(from);
  const std::string before = change.SerializeAsString();
  const absl::Status status = act(change);
  if (to == kNo) {
    EXPECT_EQ(testing::Summary(status), "FAILED_PRECONDITION WRONG_STATE");
    EXPECT_THAT(std::string(status.message()), HasSubstr("changes/a is " + Change::State_Name(from) + ": " + action));
    EXPECT_EQ(change.SerializeAsString(), before);
    return;
  }
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(Change::State_Name(change.state()), Change::State_Name(to));
}

v1::ShipChangeRequest Partial() {
  v1::ShipChangeRequest request;
  request.add_tickets("tickets/a");
  return request;
}

TEST(ChangeTransitions, EveryActionFromEveryState) {
  for (const Transitions& row : kTransitions) {
    ExpectTransition(row.from, row.plan, "PlanChange", [](Change& c) { return Plan(c, {}, kNow); });
    ExpectTransition(row.from, row.start, "StartChange", [](Change& c) { return Start(c, {}, kNow); });
    ExpectTransition(row.from, row.ship, "ShipChange", [](Change& c) { return Ship(c, {}, kNow); });
    ExpectTransition(row.from, row.ship_partially, "ShipChange", [](Change& c) { return Ship(c, Partial(), kNow); });
    ExpectTransition(row.from, row.drop, "DropChange", [](Change& c) { return Drop(c, {}, kNow); });
    EXPECT_EQ(Reception(row.from, kNow, kNow - absl::Microseconds(1)), row.before) << Change::State_Name(row.from);
    EXPECT_EQ(Reception(row.from, kNow, kNow), row.after) << Change::State_Name(row.from);
  }
}

TEST(ChangeTransitions, TheTableHasEveryState) {
  std::vector<int> states;
  for (const Transitions& row : kTransitions) states.push_back(row.from);
  std::vector<int> all;
  for (int i = 0; i < Change::State_descriptor()->value_count(); ++i) {
    if (const int number = Change::State_descriptor()->value(i)->number(); number != 0) all.push_back(number);
  }
  EXPECT_EQ(states, all);
}

TEST(ChangeTransitions, KeepTheTimesThatBelongToThem) {
  Change change = ChangeIn(Change::PROPOSED);
  ASSERT_TRUE(Plan(change, {}, kNow).ok());
  EXPECT_EQ(FromProtoTime(change.plan_time()), kNow);
  ASSERT_TRUE(Ship(change, Partial(), kNow + absl::Hours(1)).ok());
  EXPECT_EQ(FromProtoTime(change.start_time()), kNow + absl::Hours(1))
      << "a part of it is there, so work on it has begun";
  EXPECT_FALSE(change.has_ship_time()) << "it is not there for everyone";
  ASSERT_TRUE(Ship(change, Partial(), kNow + absl::Hours(2)).ok());
  EXPECT_EQ(FromProtoTime(change.start_time()), kNow + absl::Hours(1));
  ASSERT_TRUE(Ship(change, {}, kNow + absl::Hours(3)).ok());
  EXPECT_EQ(FromProtoTime(change.ship_time()), kNow + absl::Hours(3));
}

template <typename Request>
void ExpectDecisionNeeded(absl::Status (*act)(Change&, const Request&, absl::Time)) {
  Change change = ChangeIn(Change::PROPOSED);
  change.clear_decision();
  const std::string before = change.SerializeAsString();
  EXPECT_EQ(testing::Summary(act(change, {}, kNow)), "FAILED_PRECONDITION DECISION_MISSING");
  EXPECT_EQ(change.SerializeAsString(), before);
  Request request;
  *request.mutable_decision() = ADecision("members/lee");
  EXPECT_TRUE(act(change, request, kNow).ok());
  EXPECT_EQ(change.decision().decided_by(), "members/lee");
  change = ChangeIn(Change::PROPOSED);
  EXPECT_TRUE(act(change, request, kNow).ok());
  EXPECT_EQ(change.decision().decided_by(), "members/lee") << "a new decision takes the place of the old one";
}

TEST(ChangeTransitions, NeedADecisionToLeaveProposed) {
  ExpectDecisionNeeded<v1::PlanChangeRequest>(Plan);
  ExpectDecisionNeeded<v1::StartChangeRequest>(Start);
  ExpectDecisionNeeded<v1::ShipChangeRequest>(Ship);
  Change change = ChangeIn(Change::PROPOSED);
  change.clear_decision();
  EXPECT_TRUE(Drop(change, {}, kNow).ok()) << "a drop has its own reason";
}

TEST(Plan, NeedsAKind) {
  Change change = ChangeIn(Change::PROPOSED);
  change.clear_kind();
  EXPECT_EQ(testing::Summary(Plan(change, {}, kNow)), "FAILED_PRECONDITION KIND_MISSING");
  EXPECT_EQ(change.state(), Change::PROPOSED);
  v1::PlanChangeRequest request;
  request.set_kind(Change::POLICY);
  EXPECT_TRUE(Plan(change, request, kNow).ok());
  EXPECT_EQ(change.kind(), Change::POLICY);
}

TEST(Ship, ReplacesTheNotesOfTheNamedLanguages) {
  Change change = ChangeIn(Change::IN_PROGRESS);
  (*change.mutable_customer_notes())["ko"] = "old";
  (*change.mutable_customer_notes())["de"] = "alt";
  v1::ShipChangeRequest request;
  (*request.mutable_customer_notes())["ko"] = "new";
  (*request.mutable_customer_notes())["en"] = "new";
  ASSERT_TRUE(Ship(change, request, kNow).ok());
  EXPECT_EQ(change.customer_notes().at("ko"), "new");
  EXPECT_EQ(change.customer_notes().at("en"), "new");
  EXPECT_EQ(change.customer_notes().at("de"), "alt");
}

TEST(Ship, RefusesNotesThatNoEventHolds) {
  Change change = ChangeIn(Change::IN_PROGRESS);
  for (int i = 0; i < 20; ++i) (*change.mutable_customer_notes())[std::to_string(i)] = "x";
  v1::ShipChangeRequest request;
  for (int i = 20; i < 33; ++i) (*request.mutable_customer_notes())[std::to_string(i)] = "x";
  EXPECT_EQ(testing::Summary(Ship(change, request, kNow)), "INVALID_ARGUMENT INVALID_FIELD customer_notes");
  request.clear_customer_notes();
  for (int i = 0; i < 12; ++i) (*request.mutable_customer_notes())[std::to_string(i)] = std::string(4096, 'x');
  EXPECT_EQ(testing::Summary(Ship(change, request, kNow)), "INVALID_ARGUMENT INVALID_FIELD customer_notes");
  EXPECT_EQ(change.customer_notes().at("0"), "x");
  EXPECT_EQ(change.state(), Change::IN_PROGRESS);
}

}  // namespace
}  // namespace dangol::backlog
