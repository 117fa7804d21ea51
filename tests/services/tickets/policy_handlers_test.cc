// GetTriagePolicy and UpdateTriagePolicy, and what tickets do by them.
#include <algorithm>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "dangol/api/v1/admin_service.pb.h"
#include "dangol/tickets/v1/policy_service.pb.h"
#include "tests/services/tickets/tickets_fixture.h"

namespace dangol::tickets {
namespace {

using v1::TriagePolicy;

class PolicyTest : public TicketsTest {
 protected:
  absl::StatusOr<TriagePolicy> GetPolicy() {
    return tickets_.Call<TriagePolicy>("/dangol.tickets.v1.PolicyService/GetTriagePolicy",
                                       v1::GetTriagePolicyRequest());
  }
  absl::StatusOr<TriagePolicy> Update(const v1::UpdateTriagePolicyRequest& request) {
    return tickets_.Call<TriagePolicy>("/dangol.tickets.v1.PolicyService/UpdateTriagePolicy", request);
  }
  absl::StatusOr<TriagePolicy> SetZone(const std::string& zone, const std::string& etag = "") {
    v1::UpdateTriagePolicyRequest request;
    request.mutable_triage_policy()->set_time_zone(zone);
    request.set_etag(etag);
    return Update(request);
  }
  void ExpectIntegrity() {
    const auto check = tickets_.Call<api::v1::CheckIntegrityResponse>("/dangol.api.v1.AdminService/CheckIntegrity",
                                                                      api::v1::CheckIntegrityRequest());
    ASSERT_TRUE(check.ok()) << check.status();
    EXPECT_EQ(check->violation_count(), 0) << check->DebugString();
  }
};

TEST_F(PolicyTest, IsTheDefaultUntilItIsUpdated) {
  const auto policy = GetPolicy();
  ASSERT_TRUE(policy.ok()) << policy.status();
  EXPECT_EQ(policy->name(), "triagePolicy");
  EXPECT_EQ(policy->time_zone(), "UTC");
  EXPECT_EQ(policy->etag(), "0");
  EXPECT_EQ(policy->close_after_hours(), 168);
  EXPECT_EQ(policy->response_times_size(), 4);
  EXPECT_FALSE(policy->has_update_time());
}

TEST_F(PolicyTest, UpdatesWhatIsMaskedAndTellsOfIt) {
  const auto policy = SetZone("Asia/Seoul", "0");
  ASSERT_TRUE(policy.ok()) << policy.status();
  EXPECT_EQ(policy->etag(), "1");
  EXPECT_EQ(FromProtoTime(policy->update_time()), Now());
  EXPECT_EQ(policy->opening_hours_size(), 5) << "what is not named stays";
  EXPECT_EQ(GetPolicy()->SerializeAsString(), policy->SerializeAsString());
  ASSERT_TRUE(Events().back().has_policy_updated());
  const v1::WorkingHours hours = Events().back().policy_updated().working_hours();
  EXPECT_EQ(hours.time_zone(), "Asia/Seoul");
  ASSERT_EQ(hours.spans_size(), 5);
  EXPECT_EQ(hours.spans(0).ShortDebugString(), "weekday: MONDAY open_minutes: 540 close_minutes: 1080");
  EXPECT_EQ(hours.closed_days_size(), 0);
  const auto stale = SetZone("UTC", "0");
  EXPECT_EQ(stale.status().code(), absl::StatusCode::kAborted) << stale.status();
  const size_t told = Events().size();
  ASSERT_TRUE(SetZone("Asia/Seoul").ok());
  EXPECT_EQ(Events().size(), told) << "it is so already";
  v1::UpdateTriagePolicyRequest clear;
  clear.mutable_triage_policy();
  clear.mutable_update_mask()->add_paths("opening_hours");
  EXPECT_EQ(Update(clear).status().code(), absl::StatusCode::kInvalidArgument);
  ExpectIntegrity();
}

TEST_F(PolicyTest, TellsFollowersOnWhichDaysNobodyWorks) {
  v1::UpdateTriagePolicyRequest request;
  request.mutable_triage_policy()->add_holiday_calendars(v1::KR);
  request.mutable_triage_policy()->add_extra_holidays("2026-12-31");
  ASSERT_TRUE(Update(request).ok());
  const v1::WorkingHours hours = Events().back().policy_updated().working_hours();
  EXPECT_THAT(hours.closed_days(), ::testing::IsSupersetOf({"2026-09-25", "2026-10-05", "2026-12-31"}));
  EXPECT_TRUE(std::is_sorted(hours.closed_days().begin(), hours.closed_days().end()));
}

TEST_F(PolicyTest, HoldsForWhatBeginsFromThenOn) {
  v1::UpdateTriagePolicyRequest request;
  CreateOne("before");
  const auto before = Get("tickets/before");
  ASSERT_TRUE(before->has_reply_due_time());
  v1::ResponseTimes& times = *request.mutable_triage_policy()->add_response_times();
  times.set_severity(Ticket::NORMAL);
  times.set_reply_minutes(30);
  times.set_decide_minutes(60);
  ASSERT_TRUE(Update(request).ok());
  ASSERT_TRUE(Acknowledge(AcknowledgeRequest("tickets/before")).ok());
  EXPECT_EQ(FromProtoTime(Get("tickets/before")->due_time()), FromProtoTime(before->due_time()));
  CreateOne("after");
  EXPECT_LT(FromProtoTime(Get("tickets/after")->due_time()), FromProtoTime(before->due_time()));
  ExpectIntegrity();
}

TEST_F(PolicyTest, SaysWhenAnAnsweredTicketIsClosed) {
  v1::UpdateTriagePolicyRequest request;
  request.mutable_triage_policy()->set_close_after_hours(24);
  ASSERT_TRUE(Update(request).ok());
  CreateOne("a");
  ASSERT_TRUE(Resolve(ResolveRequest("tickets/a")).ok());
  EXPECT_EQ(FromProtoTime(Get("tickets/a")->close_due_time()), Now() + absl::Hours(24));
  Pass(absl::Hours(25));
  EXPECT_EQ(Get("tickets/a")->state(), Ticket::CLOSED);
  ExpectIntegrity();
}

TEST_F(PolicyTest, AssignsNewTicketsByItsRules) {
  v1::UpdateTriagePolicyRequest request;
  v1::AssignmentRule& rule = *request.mutable_triage_policy()->add_assignment_rules();
  rule.set_contact_reason("delivery");
  rule.set_assignee("members/kim");
  rule.set_stage("engines/shop/stages/experience");
  ASSERT_TRUE(Update(request).ok());
  v1::CreateTicketRequest create = CreateRequest("a");
  create.mutable_ticket()->set_contact_reason("delivery/late");
  const auto ticket = Create(create);
  ASSERT_TRUE(ticket.ok()) << ticket.status();
  EXPECT_EQ(ticket->assignee(), "members/kim");
  const v1::TicketEvent created = Events().back();
  EXPECT_EQ(created.facts().assignee(), "members/kim") << created.DebugString();
  EXPECT_EQ(created.facts().stage(), "engines/shop/stages/experience");
  create.set_ticket_id("history");
  create.mutable_history();
  EXPECT_EQ(Create(create)->assignee(), "") << "nobody works on history";
  ExpectIntegrity();
}

TEST_F(PolicyTest, ARefusedAcceptanceGivesBackWhenADecisionWasDue) {
  CreateOne("a");
  const auto before = Get("tickets/a");
  ASSERT_TRUE(Accept(AcceptRequest("tickets/a")).ok());
  EXPECT_FALSE(Get("tickets/a")->has_decide_due_time());
  Tell(backlog::v1::DemandsUpdated::REFUSED, "tickets/a", 1, 1);
  EXPECT_EQ(FromProtoTime(Get("tickets/a")->decide_due_time()), FromProtoTime(before->decide_due_time()));
  ExpectIntegrity();
}

TEST_F(PolicyTest, IntegrityFindsDueTimesThatAreWrong) {
  CreateOne("a");
  CreateOne("b");
  tickets_.file().Execute("UPDATE ticket SET reply_due_time = reply_due_time + 1 WHERE ticket_id = 'a'");
  tickets_.file().Execute("UPDATE ticket SET decide_due_time = NULL WHERE ticket_id = 'b'");
  const auto check = tickets_.Call<api::v1::CheckIntegrityResponse>("/dangol.api.v1.AdminService/CheckIntegrity",
                                                                    api::v1::CheckIntegrityRequest());
  ASSERT_TRUE(check.ok());
  std::vector<std::string> found;
  for (const auto& violation : check->violations())
    found.push_back(violation.resource() + " " + violation.description());
  EXPECT_THAT(found, ::testing::UnorderedElementsAre("tickets/a waits for something else than it says",
                                                     "tickets/a has a due time of its reply that no policy gives",
                                                     "tickets/b has a due time of its decision that does not fit"));
}

}  // namespace
}  // namespace dangol::tickets
