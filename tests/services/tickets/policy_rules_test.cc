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

TEST(Assign, GivesATicketToWhomTheFirstRuleSaysThatMatches) {
  v1::TriagePolicy policy = DefaultPolicy();
  AddRule(policy, "delivery/late", "members/kim");
  AddRule(policy, "delivery", "members/lee").set_stage("engines/shop/stages/experience");
  Ticket late = TicketAbout("delivery/late/again");
  Assign(policy, late);
  EXPECT_EQ(late.assignee(), "members/kim");
  EXPECT_EQ(late.stage(), "engines/shop/stages/experience") << "the second says what the first does not";
  Ticket lost = TicketAbout("delivery/lost");
  Assign(policy, lost);
  EXPECT_EQ(lost.assignee(), "members/lee");
  Ticket other = TicketAbout("deliveries");
  Assign(policy, other);
  EXPECT_EQ(other.assignee(), "");
}

TEST(Assign, LeavesWhatATicketComesWith) {
  v1::TriagePolicy policy = DefaultPolicy();
  AddRule(policy, "", "members/kim");
  Ticket ticket = TicketAbout("delivery");
  ticket.set_assignee("members/choi");
  Assign(policy, ticket);
  EXPECT_EQ(ticket.assignee(), "members/choi");
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
    Assign(policy, ticket);
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
