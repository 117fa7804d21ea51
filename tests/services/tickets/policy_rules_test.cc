// What a triage policy may be, and whom it gives a ticket to.
#include "services/tickets/policy/policy_rules.h"

#include <functional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/common/rpc/refusal.h"

namespace dangol::tickets {
namespace {

using ::testing::ElementsAre;
using v1::Ticket;

v1::AssignmentRule& AddRule(v1::TriagePolicy& policy, const std::string& reason, const std::string& assignee) {
  v1::AssignmentRule& rule = *policy.add_assignment_rules();
  rule.set_contact_reason(reason);
  rule.set_assignee(assignee);
  return rule;
}

Ticket TicketAbout(const std::string& reason) {
  Ticket ticket;
  ticket.set_contact_reason(reason);
  ticket.set_severity(Ticket::NORMAL);
  return ticket;
}

TEST(AgreeOn, TheDefaultIsAgreed) {
  v1::TriagePolicy policy = DefaultPolicy();
  ASSERT_TRUE(AgreeOn(policy).ok());
  EXPECT_EQ(policy.SerializeAsString(), DefaultPolicy().SerializeAsString());
  EXPECT_EQ(TimesOf(policy, Ticket::NORMAL).decide_minutes(), 5 * 540);
  EXPECT_EQ(TimesOf(policy, Ticket::CRITICAL).decide_minutes(), 540);
}

TEST(AgreeOn, FillsInAndOrdersWhatIsSaid) {
  v1::TriagePolicy policy = DefaultPolicy();
  policy.clear_response_times();
  v1::ResponseTimes& critical = *policy.add_response_times();
  critical.set_severity(Ticket::CRITICAL);
  critical.set_reply_minutes(30);
  critical.set_decide_minutes(240);
  for (const char* day : {"2026-12-31", "2026-12-24", "2026-12-31"}) policy.add_extra_holidays(day);
  for (const v1::HolidayCalendar calendar : {v1::US, v1::KR, v1::US}) policy.add_holiday_calendars(calendar);
  ASSERT_TRUE(AgreeOn(policy).ok());
  EXPECT_THAT(policy.extra_holidays(), ElementsAre("2026-12-24", "2026-12-31"));
  EXPECT_THAT(policy.holiday_calendars(), ElementsAre(v1::KR, v1::US));
  EXPECT_EQ(policy.holidays_end_day(), "2028-12-31");
  EXPECT_EQ(TimesOf(policy, Ticket::CRITICAL).reply_minutes(), 30);
  EXPECT_EQ(TimesOf(policy, Ticket::LOW).reply_minutes(), 540);
  policy.clear_holiday_calendars();
  ASSERT_TRUE(AgreeOn(policy).ok());
  EXPECT_EQ(policy.holidays_end_day(), "");
}

TEST(AgreeOn, RefusesWhatNobodyCanKeep) {
  const auto hours = [](v1::TriagePolicy& policy, const char* open, const char* close) {
    v1::OpeningHours& added = *policy.add_opening_hours();
    added.set_weekday(v1::MONDAY);
    added.set_open_time(open);
    added.set_close_time(close);
  };
  struct Case {
    std::string path;
    std::function<void(v1::TriagePolicy&)> spoil;
  };
  const std::vector<Case> cases = {
      {"triage_policy.time_zone", [](auto& p) { p.set_time_zone("Asia/Atlantis"); }},
      {"triage_policy.time_zone", [](auto& p) { p.set_time_zone("../etc/passwd"); }},
      {"triage_policy.time_zone", [](auto& p) { p.set_time_zone("localtime"); }},
      {"triage_policy.opening_hours[5].open_time", [&](auto& p) { hours(p, "9:00", "18:00"); }},
      {"triage_policy.opening_hours[5].open_time", [&](auto& p) { hours(p, "24:00", "24:00"); }},
      {"triage_policy.opening_hours[5].close_time", [&](auto& p) { hours(p, "20:00", "24:01"); }},
      {"triage_policy.opening_hours[5].close_time", [&](auto& p) { hours(p, "20:00", "20:00"); }},
      {"triage_policy.opening_hours[5].close_time", [&](auto& p) { hours(p, "22:00", "02:00"); }},
      {"triage_policy.opening_hours[5]", [&](auto& p) { hours(p, "17:59", "20:00"); }},
      {"triage_policy.extra_holidays[0]", [](auto& p) { p.add_extra_holidays("2026-02-30"); }},
      {"triage_policy.extra_holidays[0]", [](auto& p) { p.add_extra_holidays("2026-2-3"); }},
      {"triage_policy.response_times[4].severity", [](auto& p) { *p.add_response_times() = p.response_times(1); }},
      {"triage_policy.assignment_rules[0].assignee", [](auto& p) { p.add_assignment_rules()->set_label("vip"); }},
      {"triage_policy.quiet_hours.begin_time", [](auto& p) { p.mutable_quiet_hours()->set_begin_time("late"); }},
      {"triage_policy.quiet_hours.end_time",
       [](auto& p) {
         p.mutable_quiet_hours()->set_begin_time("21:00");
         p.mutable_quiet_hours()->set_end_time("21:00");
       }},
  };
  for (const Case& one : cases) {
    v1::TriagePolicy policy = DefaultPolicy();
    one.spoil(policy);
    const absl::Status agreed = AgreeOn(policy);
    EXPECT_EQ(agreed.code(), absl::StatusCode::kInvalidArgument) << one.path;
    EXPECT_THAT(testing::ViolatedFields(agreed), ElementsAre(one.path)) << agreed;
  }
  v1::TriagePolicy policy = DefaultPolicy();
  hours(policy, "18:00", "24:00");
  EXPECT_TRUE(AgreeOn(policy).ok()) << "one begins where the other ends";
}

// Of the rules that name several people, it is the turn of this number.
void MustAssign(const v1::TriagePolicy& policy, Ticket& ticket, int64_t turn = 0, bool has_severity = false) {
  const absl::Status assigned = Assign(
      policy, has_severity, [turn](const v1::AssignmentRule&) { return turn; }, ticket);
  EXPECT_TRUE(assigned.ok()) << assigned;
}

TEST(Assign, GivesATicketToWhomTheFirstRuleSaysThatMatches) {
  v1::TriagePolicy policy = DefaultPolicy();
  AddRule(policy, "delivery/late", "members/kim");
  AddRule(policy, "delivery", "members/lee").set_stage("engines/shop/stages/experience");
  Ticket late = TicketAbout("delivery/late/again");
  MustAssign(policy, late);
  EXPECT_EQ(late.assignee(), "members/kim");
  EXPECT_EQ(late.stage(), "engines/shop/stages/experience") << "the second says what the first does not";
  Ticket lost = TicketAbout("delivery/lost");
  MustAssign(policy, lost);
  EXPECT_EQ(lost.assignee(), "members/lee");
  Ticket other = TicketAbout("deliveries");
  MustAssign(policy, other);
  EXPECT_EQ(other.assignee(), "");
}

TEST(Assign, LeavesWhatATicketComesWith) {
  v1::TriagePolicy policy = DefaultPolicy();
  AddRule(policy, "", "members/kim");
  Ticket ticket = TicketAbout("delivery");
  ticket.set_assignee("members/choi");
  MustAssign(policy, ticket);
  EXPECT_EQ(ticket.assignee(), "members/choi");
}

TEST(Assign, GivesEachOfSeveralPeopleTheirTurn) {
  v1::TriagePolicy policy = DefaultPolicy();
  v1::AssignmentRule& rule = *policy.add_assignment_rules();
  rule.add_assignees("members/kim");
  rule.add_assignees("members/lee");
  for (const int64_t turn : {0, 1, 2, 7}) {
    Ticket ticket = TicketAbout("delivery");
    MustAssign(policy, ticket, turn);
    EXPECT_EQ(ticket.assignee(), turn % 2 == 0 ? "members/kim" : "members/lee");
  }
}

TEST(Assign, GivesSeverityAndLabels) {
  v1::TriagePolicy policy = DefaultPolicy();
  v1::AssignmentRule& rule = *policy.add_assignment_rules();
  rule.set_given_severity(Ticket::CRITICAL);
  rule.add_given_labels("vip");
  rule.add_given_labels("late");
  policy.add_assignment_rules()->set_given_severity(Ticket::LOW);
  Ticket ticket = TicketAbout("delivery");
  ticket.add_labels("late");
  MustAssign(policy, ticket);
  EXPECT_EQ(ticket.severity(), Ticket::CRITICAL) << "the first that says something decides";
  EXPECT_THAT(ticket.labels(), ElementsAre("late", "vip"));
  Ticket said = TicketAbout("delivery");
  said.set_severity(Ticket::HIGH);
  MustAssign(policy, said, 0, /*has_severity=*/true);
  EXPECT_EQ(said.severity(), Ticket::HIGH) << "what it comes with stays";
}

TEST(Remedy, HasAnAmountOnlyOfMoneyAndWithACurrency) {
  struct Case {
    v1::Remedy::Kind kind;
    int64_t amount;
    std::string currency;
    std::string outcome;
  };
  for (const Case& one : {Case{v1::Remedy::REFUND, 500, "KRW", "OK"}, Case{v1::Remedy::APOLOGY, 0, "", "OK"},
                          Case{v1::Remedy::REFUND, 0, "", "OK"},
                          Case{v1::Remedy::REFUND, 500, "", "INVALID_ARGUMENT INVALID_FIELD remedy.currency_code"},
                          Case{v1::Remedy::REFUND, 500, "won", "INVALID_ARGUMENT INVALID_FIELD remedy.currency_code"},
                          Case{v1::Remedy::REFUND, 0, "KRW", "INVALID_ARGUMENT INVALID_FIELD remedy.currency_code"},
                          Case{v1::Remedy::RESEND, 5, "KRW", "INVALID_ARGUMENT INVALID_FIELD remedy.amount"}}) {
    v1::Remedy remedy;
    remedy.set_kind(one.kind);
    remedy.set_amount(one.amount);
    remedy.set_currency_code(one.currency);
    EXPECT_EQ(testing::Summary(CheckRemedy(remedy, "remedy")), one.outcome) << remedy.ShortDebugString();
  }
}

TEST(Remedy, IsWithinTheLimitOfItsCurrency) {
  v1::TriagePolicy policy = DefaultPolicy();
  v1::Remedy remedy;
  remedy.set_amount(1000);
  remedy.set_currency_code("KRW");
  EXPECT_TRUE(IsWithinLimit(policy, remedy)) << "there is none";
  policy.add_remedy_limits()->set_currency_code("KRW");
  policy.mutable_remedy_limits(0)->set_amount(1000);
  EXPECT_TRUE(IsWithinLimit(policy, remedy));
  remedy.set_amount(1001);
  EXPECT_FALSE(IsWithinLimit(policy, remedy));
  remedy.set_amount(1);
  remedy.set_currency_code("USD");
  EXPECT_FALSE(IsWithinLimit(policy, remedy)) << "a currency that is not named has none";
}

TEST(Assign, WantsEveryConditionOfARule) {
  v1::TriagePolicy policy = DefaultPolicy();
  v1::AssignmentRule& rule = AddRule(policy, "delivery", "members/kim");
  rule.set_channel("email");
  rule.add_severities(Ticket::HIGH);
  rule.add_severities(Ticket::CRITICAL);
  rule.set_label("vip");
  Ticket all = TicketAbout("delivery");
  all.mutable_source()->set_channel("email");
  all.set_severity(Ticket::CRITICAL);
  all.add_labels("new");
  all.add_labels("vip");
  const auto assigned = [&](const std::function<void(Ticket&)>& change) {
    Ticket ticket = all;
    change(ticket);
    MustAssign(policy, ticket);
    return ticket.assignee();
  };
  EXPECT_EQ(assigned([](Ticket&) {}), "members/kim");
  EXPECT_EQ(assigned([](Ticket& t) { t.set_contact_reason("refund"); }), "");
  EXPECT_EQ(assigned([](Ticket& t) { t.mutable_source()->set_channel("phone"); }), "");
  EXPECT_EQ(assigned([](Ticket& t) { t.set_severity(Ticket::NORMAL); }), "");
  EXPECT_EQ(assigned([](Ticket& t) { t.clear_labels(); }), "");
}

}  // namespace
}  // namespace dangol::tickets
