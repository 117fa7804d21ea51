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
  Change::State reconsider;
  Change::State revert;
  Change::State revert_part;
  Change::State hold;
  Change::State fail;
  Change::State merge;
  Change::State invite;
  bool may_update;
  DemandsUpdated::Outcome before;  // what becomes of a ticket that comes, and happened before the change shipped
  DemandsUpdated::Outcome after;
};

// The tables of docs/domain.md §3.
constexpr auto kProposed = Change::PROPOSED, kPlanned = Change::PLANNED, kStarted = Change::IN_PROGRESS,
               kShipped = Change::SHIPPED, kVerified = Change::VERIFIED, kRegressed = Change::REGRESSED,
               kDropped = Change::DROPPED, kMerged = Change::MERGED;
constexpr auto kConfirmed = DemandsUpdated::CONFIRMED, kLate = DemandsUpdated::LATE,
               kRecurs = DemandsUpdated::RECURRENCE, kRefused = DemandsUpdated::REFUSED;
// clang-format off
constexpr Transitions kTransitions[] = {
    // from      Plan      Start     Ship      partially Drop      Reconsider Revert      a part    holds      fails       Merge    Invite      Update before      after
    {kProposed,  kPlanned, kStarted, kShipped, kStarted, kDropped, kNo,       kNo,        kNo,      kNo,       kNo,        kMerged, kProposed,   true,  kConfirmed, kConfirmed},
    {kPlanned,   kNo,      kStarted, kShipped, kStarted, kDropped, kNo,       kNo,        kNo,      kNo,       kNo,        kMerged, kPlanned,    true,  kConfirmed, kConfirmed},
    {kStarted,   kPlanned, kNo,      kShipped, kStarted, kDropped, kNo,       kNo,        kStarted, kNo,       kNo,        kMerged, kStarted,    true,  kConfirmed, kConfirmed},
    {kShipped,   kNo,      kNo,      kNo,      kNo,      kNo,      kNo,       kRegressed, kNo,      kVerified, kRegressed, kNo,     kNo,         true,  kLate,      kRecurs},
    {kVerified,  kNo,      kNo,      kNo,      kNo,      kNo,      kNo,       kRegressed, kNo,      kNo,       kNo,        kNo,     kNo,         true,  kLate,      kRecurs},
    {kRegressed, kPlanned, kStarted, kShipped, kStarted, kDropped, kNo,       kNo,        kNo,      kNo,       kNo,        kNo,     kRegressed,  true,  kConfirmed, kConfirmed},
    {kDropped,   kNo,      kNo,      kNo,      kNo,      kNo,      kProposed, kNo,        kNo,      kNo,       kNo,        kNo,     kNo,         true,  kRefused,   kRefused},
    {kMerged,    kNo,      kNo,      kNo,      kNo,      kNo,      kNo,       kNo,        kNo,      kNo,       kNo,        kNo,     kNo,         false, kRefused,   kRefused},
};
// clang-format on

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

v1::ConcludeChangeRequest Concluded(v1::Conclusion::Verdict verdict) {
  v1::ConcludeChangeRequest request;
  request.set_verdict(verdict);
  return request;
}

v1::UpdateChangeRequest Titled(const std::string& title) {
  v1::UpdateChangeRequest request;
  request.mutable_change()->set_title(title);
  return request;
}

TEST(ChangeTransitions, EveryActionFromEveryState) {
  for (const Transitions& row : kTransitions) {
    ExpectTransition(row.from, row.plan, "PlanChange", [](Change& c) { return Plan(c, {}, kNow); });
    ExpectTransition(row.from, row.start, "StartChange", [](Change& c) { return Start(c, {}, kNow); });
    ExpectTransition(row.from, row.ship, "ShipChange", [](Change& c) { return Ship(c, {}, kNow); });
    ExpectTransition(row.from, row.ship_partially, "ShipChange", [](Change& c) { return Ship(c, Partial(), kNow); });
    ExpectTransition(row.from, row.drop, "DropChange", [](Change& c) { return Drop(c, {}, kNow); });
    ExpectTransition(row.from, row.reconsider, "ReconsiderChange", [](Change& c) { return Reconsider(c, {}, kNow); });
    ExpectTransition(row.from, row.revert, "RevertShipment", [](Change& c) { return Revert(c, {}, false, kNow); });
    ExpectTransition(row.from, row.revert_part, "RevertShipment of a part",
                     [](Change& c) { return Revert(c, {}, true, kNow); });
    ExpectTransition(row.from, row.hold, "ConcludeChange",
                     [](Change& c) { return Conclude(c, Concluded(v1::Conclusion::HELD), "", kNow); });
    ExpectTransition(row.from, row.fail, "ConcludeChange",
                     [](Change& c) { return Conclude(c, Concluded(v1::Conclusion::FAILED), "", kNow); });
    ExpectTransition(row.from, row.merge, "MergeChanges", [](Change& c) { return Merge(c, "changes/b", 0); });
    ExpectTransition(row.from, row.invite, "InviteToPreview", [](Change& c) { return Invite(c); });
    ExpectTransition(row.from, row.may_update ? row.from : kNo, "UpdateChange",
                     [](Change& c) { return Update(c, Titled("Parcels are on time")); });
    EXPECT_EQ(Reception(row.from, kNow, kNow - absl::Microseconds(1)), row.before) << Change::State_Name(row.from);
    EXPECT_EQ(Reception(row.from, kNow, kNow), row.after) << Change::State_Name(row.from);
    // The word of a person comes before the time.
    EXPECT_EQ(Reception(row.from, kNow, kNow, tickets::v1::BEFORE_SHIP), row.before) << Change::State_Name(row.from);
    EXPECT_EQ(Reception(row.from, kNow, kNow - absl::Hours(1), tickets::v1::AFTER_SHIP), row.after)
        << Change::State_Name(row.from);
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

template <typename Request>
void ExpectKindNeeded(absl::Status (*act)(Change&, const Request&, absl::Time)) {
  Change change = ChangeIn(Change::PROPOSED);
  change.clear_kind();
  const std::string before = change.SerializeAsString();
  Request request;
  *request.mutable_decision() = ADecision("members/lee");
  EXPECT_EQ(testing::Summary(act(change, request, kNow)), "FAILED_PRECONDITION KIND_MISSING");
  EXPECT_EQ(change.SerializeAsString(), before);
  request.set_kind(Change::POLICY);
  EXPECT_TRUE(act(change, request, kNow).ok());
  EXPECT_EQ(change.kind(), Change::POLICY);
}

TEST(ChangeTransitions, NeedAKindToLeaveProposed) {
  ExpectKindNeeded<v1::PlanChangeRequest>(Plan);
  ExpectKindNeeded<v1::StartChangeRequest>(Start);
  ExpectKindNeeded<v1::ShipChangeRequest>(Ship);
}

TEST(Update, KeepsTheKindOfWhatWasDecided) {
  v1::UpdateChangeRequest request;
  request.mutable_change();
  request.mutable_update_mask()->add_paths("kind");
  Change change = ChangeIn(Change::PLANNED);
  EXPECT_EQ(testing::Summary(Update(change, request)), "FAILED_PRECONDITION KIND_MISSING");
  EXPECT_EQ(change.kind(), Change::PROCESS);
  change = ChangeIn(Change::PROPOSED);
  EXPECT_TRUE(Update(change, request).ok());
  EXPECT_EQ(change.kind(), Change::KIND_UNSPECIFIED);
}

TEST(Update, MakesNoDecision) {
  v1::UpdateChangeRequest request;
  *request.mutable_change()->mutable_decision() = ADecision("members/lee");
  Change change = ChangeIn(Change::PLANNED);
  EXPECT_EQ(testing::Summary(Update(change, request)), "INVALID_ARGUMENT INVALID_FIELD update_mask");
  request.mutable_change()->clear_decision();
  request.mutable_update_mask()->add_paths("decision");
  EXPECT_EQ(testing::Summary(Update(change, request)), "INVALID_ARGUMENT INVALID_FIELD update_mask");
  EXPECT_EQ(change.decision().decided_by(), "members/kim");
}

TEST(Ship, AsksAfterNinetyDaysWhetherItCanBeKept) {
  Change change = ChangeIn(Change::PLANNED);
  ASSERT_TRUE(Ship(change, {}, kNow).ok());
  EXPECT_EQ(FromProtoTime(change.keep_due_time()), kNow + absl::Hours(90 * 24));
  v1::UpdateChangeRequest answer;
  answer.mutable_change()->mutable_keep_review()->set_answer(v1::Decision::NO);
  ASSERT_TRUE(Update(change, answer).ok());
  EXPECT_FALSE(change.has_keep_due_time()) << "it was asked once";
  Regress(change, v1::Regression::CRITICAL, "changes/a/shipments/1", kNow);
  ASSERT_TRUE(Ship(change, {}, kNow + absl::Hours(1)).ok());
  EXPECT_FALSE(change.has_keep_review()) << "that was about another shipment";
  EXPECT_EQ(FromProtoTime(change.keep_due_time()), kNow + absl::Hours(90 * 24 + 1));
}

TEST(Ship, ExpectsHalfAsManyComplaintsWhereNothingElseIsSaid) {
  Change change = ChangeIn(Change::PLANNED);
  ASSERT_TRUE(Ship(change, {}, kNow).ok());
  ASSERT_EQ(change.expected_effects_size(), 1);
  EXPECT_EQ(change.expected_effects(0).kpi(), "");
  EXPECT_EQ(change.expected_effects(0).direction(), v1::ExpectedEffect::LOWER);
  EXPECT_EQ(change.expected_effects(0).size_percent(), 50);
  EXPECT_EQ(FromProtoTime(change.expected_effects(0).check_time()), kNow + absl::Hours(28 * 24));
  Change other = ChangeIn(Change::PLANNED);
  other.add_expected_effects()->set_kpi("engines/main/kpis/orders");
  ASSERT_TRUE(Ship(other, {}, kNow).ok());
  ASSERT_EQ(other.expected_effects_size(), 1);
  EXPECT_EQ(FromProtoTime(other.expected_effects(0).check_time()), kNow + absl::Hours(28 * 24));
}

Change Shipped() {
  Change change = ChangeIn(Change::PLANNED);
  EXPECT_TRUE(Ship(change, {}, kNow).ok());
  return change;
}

TEST(Check, OfWhatMetricsSays) {
  struct Case {
    v1::ExpectedEffect::Direction expected;
    v1::EffectVerdict verdict;
    Change::State state;
  };
  constexpr auto kLower = v1::ExpectedEffect::LOWER, kHigher = v1::ExpectedEffect::HIGHER;
  for (const Case& one : {
           Case{kLower, v1::EFFECT_VERDICT_UNSPECIFIED, Change::SHIPPED},
           Case{kLower, v1::TOO_EARLY, Change::SHIPPED},
           Case{kLower, v1::INCONCLUSIVE, Change::SHIPPED},
           Case{kLower, v1::IMPROVED, Change::VERIFIED},
           Case{kLower, v1::WORSENED, Change::REGRESSED},
           Case{kLower, v1::NO_DETECTABLE_EFFECT, Change::REGRESSED},
           Case{kHigher, v1::IMPROVED, Change::REGRESSED},
           Case{kHigher, v1::WORSENED, Change::VERIFIED},
       }) {
    SCOPED_TRACE(v1::EffectVerdict_Name(one.verdict));
    Change change = Shipped();
    change.mutable_expected_effects(0)->set_direction(one.expected);
    Check(change, one.verdict, "changes/a/shipments/1", kNow);
    EXPECT_EQ(Change::State_Name(change.state()), Change::State_Name(one.state));
    EXPECT_EQ(change.has_verify_time(), one.state == Change::VERIFIED);
    EXPECT_EQ(change.has_check_due_time(), one.state == Change::SHIPPED);
    if (one.state != Change::REGRESSED) continue;
    EXPECT_EQ(change.regression().cause(), v1::Regression::EFFECT);
    EXPECT_EQ(change.regression().effect_verdict(), one.verdict);
    EXPECT_EQ(change.regression().shipment(), "changes/a/shipments/1");
  }
}

TEST(Check, VerifiesOnlyWhereAllThatWasExpectedCame) {
  Change change = Shipped();
  change.add_expected_effects()->set_kpi("engines/main/kpis/orders");
  Check(change, v1::IMPROVED, "", kNow);
  EXPECT_EQ(change.state(), Change::SHIPPED) << "nobody measures the orders";
  Check(change, v1::WORSENED, "", kNow);
  EXPECT_EQ(change.state(), Change::REGRESSED) << "one that did not come is enough";
}

TEST(Check, AsksAPersonAfterTheThird) {
  Change change = Shipped();
  EXPECT_EQ(FromProtoTime(change.check_due_time()), kNow + absl::Hours(28 * 24));
  for (int i = 1; i < 3; ++i) {
    Check(change, v1::INCONCLUSIVE, "", kNow + absl::Hours(i));
    EXPECT_EQ(FromProtoTime(change.check_due_time()), kNow + absl::Hours(28 * 24 + i));
    EXPECT_FALSE(change.has_conclude_due_time());
  }
  Check(change, v1::INCONCLUSIVE, "", kNow + absl::Hours(3));
  EXPECT_FALSE(change.has_check_due_time());
  EXPECT_EQ(FromProtoTime(change.conclude_due_time()), kNow + absl::Hours(3));
  ASSERT_TRUE(Conclude(change, Concluded(v1::Conclusion::HELD), "", kNow + absl::Hours(4)).ok());
  EXPECT_FALSE(change.has_conclude_due_time());
  EXPECT_EQ(FromProtoTime(change.verify_time()), kNow + absl::Hours(4));
}

TEST(Check, ExpectsSomethingOfEverythingThatHasShipped) {
  Change change = Shipped();
  Check(change, v1::INCONCLUSIVE, "", kNow + absl::Hours(1));
  const absl::Time due = FromProtoTime(change.check_due_time());
  v1::UpdateChangeRequest request;
  request.mutable_update_mask()->add_paths("expected_effects");
  ASSERT_TRUE(Update(change, request).ok());
  ASSERT_EQ(change.expected_effects_size(), 1) << "else all that is expected has come";
  EXPECT_EQ(change.expected_effects(0).direction(), v1::ExpectedEffect::LOWER);
  EXPECT_EQ(change.expected_effects(0).size_percent(), 50);
  EXPECT_TRUE(change.expected_effects(0).has_check_time());
  EXPECT_EQ(FromProtoTime(change.check_due_time()), due) << "what was checked is not checked sooner";
  Check(change, v1::INCONCLUSIVE, "", kNow + absl::Hours(2));
  EXPECT_EQ(change.state(), Change::SHIPPED);
}

TEST(Check, IsDueWithTheLastOfWhatIsExpectedAndAnewWithEachShipment) {
  Change change = ChangeIn(Change::PLANNED);
  *change.add_expected_effects()->mutable_check_time() = ToProtoTime(kNow + absl::Hours(24));
  *change.add_expected_effects()->mutable_check_time() = ToProtoTime(kNow + absl::Hours(48));
  ASSERT_TRUE(Ship(change, {}, kNow).ok());
  EXPECT_EQ(FromProtoTime(change.check_due_time()), kNow + absl::Hours(48));
  Check(change, v1::TOO_EARLY, "", kNow + absl::Hours(48));
  Regress(change, v1::Regression::CRITICAL, "changes/a/shipments/1", kNow + absl::Hours(49));
  EXPECT_FALSE(change.has_check_due_time());
  ASSERT_TRUE(Ship(change, {}, kNow + absl::Hours(50)).ok());
  EXPECT_EQ(change.check_count(), 0);
  EXPECT_EQ(FromProtoTime(change.check_due_time()), kNow + absl::Hours(28 * 24 + 50)) << "those times have passed";
  v1::UpdateChangeRequest later;
  *later.mutable_change()->add_expected_effects()->mutable_check_time() = ToProtoTime(kNow + absl::Hours(1000));
  ASSERT_TRUE(Update(change, later).ok());
  EXPECT_EQ(FromProtoTime(change.check_due_time()), kNow + absl::Hours(1000));
}

TEST(Drop, NeedsAGapWhereItIsBeyondCapability) {
  v1::DropChangeRequest request;
  request.set_decline_reason(v1::Drop::BEYOND_CAPABILITY);
  Change change = ChangeIn(Change::PLANNED);
  EXPECT_EQ(testing::Summary(Drop(change, request, kNow)), "INVALID_ARGUMENT INVALID_FIELD capability_gap");
  request.set_capability_gap("cold-chain");
  request.set_decline_reason(v1::Drop::UNSUSTAINABLE);
  EXPECT_EQ(testing::Summary(Drop(change, request, kNow)), "INVALID_ARGUMENT INVALID_FIELD capability_gap");
  EXPECT_EQ(change.state(), Change::PLANNED);
  request.set_decline_reason(v1::Drop::BEYOND_CAPABILITY);
  ASSERT_TRUE(Drop(change, request, kNow).ok());
  EXPECT_EQ(change.drop().capability_gap(), "cold-chain");
  v1::ReconsiderChangeRequest again;
  again.set_reason("The second depot is there.");
  ASSERT_TRUE(Reconsider(change, again, kNow).ok());
  EXPECT_FALSE(change.has_drop());
  EXPECT_EQ(change.reconsideration().reason(), "The second depot is there.");
  EXPECT_EQ(change.reconsideration().drop().capability_gap(), "cold-chain");
}

TEST(Reconsider, LeavesNothingDecidedWhereToDropItWasTheOnlyDecision) {
  for (const bool was_decided : {true, false}) {
    Change change = ChangeIn(was_decided ? Change::PLANNED : Change::PROPOSED);
    change.clear_decide_time();
    if (was_decided) *change.mutable_decide_time() = ToProtoTime(kNow - absl::Hours(1));
    v1::DropChangeRequest drop;
    drop.set_decline_reason(v1::Drop::UNSUSTAINABLE);
    ASSERT_TRUE(Drop(change, drop, kNow).ok());
    EXPECT_TRUE(change.has_decide_time());
    ASSERT_TRUE(Reconsider(change, {}, kNow).ok());
    EXPECT_EQ(change.has_decide_time(), was_decided);
  }
}

TEST(Merge, IsForWhatHasNotShipped) {
  Change change = ChangeIn(Change::IN_PROGRESS);
  EXPECT_EQ(testing::Summary(Merge(change, "changes/b", 1)), "FAILED_PRECONDITION ALREADY_SHIPPED");
  EXPECT_EQ(change.state(), Change::IN_PROGRESS);
  ASSERT_TRUE(Merge(change, "changes/b", 0).ok());
  EXPECT_EQ(change.merged_into(), "changes/b");
}

TEST(Score, IsReachTimesImpactTimesConfidenceOverEffort) {
  Change change = ChangeIn(Change::PROPOSED);
  EXPECT_EQ(ScoreOf(3, TermsOf(change)), 150) << "not estimated: impact 1, confidence 0.5, effort 1";
  change.mutable_estimate()->set_impact_percent(200);
  change.mutable_estimate()->set_confidence_percent(80);
  change.mutable_estimate()->set_effort_percent(300);
  EXPECT_EQ(ScoreOf(7, TermsOf(change)), 373) << "7 × 2 × 0.8 ÷ 3 = 3.733…";
  change.mutable_estimate()->set_impact_percent(10'000);
  change.mutable_estimate()->set_confidence_percent(100);
  change.mutable_estimate()->set_effort_percent(1);
  EXPECT_EQ(ScoreOf(100'000'000, TermsOf(change)), 100'000'000'000'000) << "nothing overflows";
}

TEST(DecideDueTime, IsFiveWorkingDaysLater) {
  const auto at = [](int day, int hour) {
    return absl::FromCivil(absl::CivilHour(2026, 11, day, hour), absl::UTCTimeZone());
  };
  EXPECT_EQ(DecideDueTime(at(2, 9)), at(9, 9)) << "Monday to Monday";
  EXPECT_EQ(DecideDueTime(at(5, 9)), at(12, 9)) << "Thursday to Thursday";
  EXPECT_EQ(DecideDueTime(at(7, 9)), at(13, 9)) << "Saturday to Friday";
  EXPECT_EQ(DecideDueTime(at(8, 23)), at(13, 23)) << "Sunday to Friday";
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
