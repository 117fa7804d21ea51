// SplitTicket: two matters in one.
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "dangol/tickets/v1/policy_service.pb.h"
#include "tests/services/tickets/customers_fixture.h"

namespace dangol::tickets {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

class SplitTest : public CustomersTest {
 protected:
  static v1::SplitTicketRequest SplitRequest(const std::string& name, const std::string& id = "") {
    v1::SplitTicketRequest request;
    request.set_name(name);
    request.set_ticket_id(id);
    request.set_subject("And the bill is wrong");
    return request;
  }
  absl::StatusOr<Ticket> Split(const v1::SplitTicketRequest& request) { return Call<Ticket>("SplitTicket", request); }
};

TEST_F(SplitTest, MakesATicketOfTheRestAndBothNameEachOther) {
  v1::CreateTicketRequest create = FromPhone("010-1234-5678");
  create.set_ticket_id("a");
  *create.mutable_ticket()->mutable_receive_time() = ToProtoTime(Now() - absl::Hours(40));
  const Ticket before = MustTake(create);
  v1::SplitTicketRequest request = SplitRequest("tickets/a", "b");
  request.set_etag(before.etag());
  request.set_request_id("r1");
  const auto other = Split(request);
  ASSERT_TRUE(other.ok()) << other.status();
  EXPECT_EQ(other->name(), "tickets/b");
  EXPECT_EQ(other->state(), Ticket::RECEIVED);
  EXPECT_EQ(other->subject(), "And the bill is wrong");
  EXPECT_EQ(other->customer(), before.customer());
  EXPECT_EQ(other->split_from(), "tickets/a");
  EXPECT_EQ(FromProtoTime(other->receive_time()), FromProtoTime(before.receive_time()));
  EXPECT_EQ(FromProtoTime(other->decide_due_time()), FromProtoTime(before.decide_due_time()));
  const Ticket after = *Get("tickets/a");
  EXPECT_EQ(after.state(), Ticket::RECEIVED) << "the same";
  EXPECT_FALSE(after.has_hear_time());
  EXPECT_EQ(after.subject(), before.subject());
  EXPECT_THAT(after.split_into(), ElementsAre("tickets/b"));
  EXPECT_THAT(TicketsOf(before.customer()), UnorderedElementsAre("tickets/a", "tickets/b"));
  const std::vector<v1::TicketEvent> events = Events();
  EXPECT_EQ(events[events.size() - 2].ticket_created().split_from(), "tickets/a");
  EXPECT_EQ(events.back().facts().ticket(), "tickets/a");
  const auto again = Split(request);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->DebugString(), other->DebugString());
  EXPECT_EQ(Rows("ticket"), 2);
}

TEST_F(SplitTest, AnAnonymousCustomerOfTwoTicketsIsKnown) {
  const Ticket before = CreateOne("a");
  ASSERT_TRUE(before.anonymous());
  const auto other = Split(SplitRequest("tickets/a"));
  ASSERT_TRUE(other.ok()) << other.status();
  EXPECT_EQ(other->customer(), before.customer());
  EXPECT_THAT(TicketsOf(before.customer()), UnorderedElementsAre("tickets/a", other->name()));
}

TEST_F(SplitTest, GoesByTheRulesOfTheOtherMatter) {
  v1::UpdateTriagePolicyRequest policy;
  v1::AssignmentRule& rule = *policy.mutable_triage_policy()->add_assignment_rules();
  rule.set_contact_reason("billing");
  rule.set_assignee("members/lee");
  ASSERT_TRUE(tickets_.Call<v1::TriagePolicy>("/dangol.tickets.v1.PolicyService/UpdateTriagePolicy", policy).ok());
  CreateOne("a");
  v1::SplitTicketRequest request = SplitRequest("tickets/a");
  request.set_contact_reason("billing");
  EXPECT_EQ(Split(request)->assignee(), "members/lee");
}

TEST_F(SplitTest, RefusesAndLeavesEverythingAsItWas) {
  CreateOne("a");
  CreateOne("taken");
  CreateOne("done");
  ASSERT_TRUE(Decline(DeclineRequest("tickets/done")).ok());
  const Ticket erased = CreateOne("erased");
  ASSERT_TRUE(Erase(erased.customer()).ok());
  tickets_.runtime().RunFor(absl::Minutes(1));
  const std::string before = tickets_.file().Dump();
  EXPECT_EQ(testing::Summary(Split(SplitRequest("tickets/done")).status()), "FAILED_PRECONDITION WRONG_STATE");
  EXPECT_EQ(testing::Summary(Split(SplitRequest("tickets/erased")).status()), "FAILED_PRECONDITION TICKET_ERASED");
  EXPECT_EQ(testing::Summary(Split(SplitRequest("tickets/none")).status()), "NOT_FOUND NOT_FOUND");
  EXPECT_EQ(testing::Summary(Split(SplitRequest("tickets/a", "taken")).status()),
            "ALREADY_EXISTS ALREADY_EXISTS ticket_id");
  v1::SplitTicketRequest request = SplitRequest("tickets/a");
  request.set_etag("7");
  EXPECT_EQ(testing::Summary(Split(request).status()), "ABORTED ETAG_MISMATCH");
  request = SplitRequest("tickets/a");
  request.clear_subject();
  EXPECT_EQ(testing::Summary(Split(request).status()), "INVALID_ARGUMENT INVALID_FIELD subject");
  EXPECT_EQ(tickets_.file().Dump(), before);
}

}  // namespace
}  // namespace dangol::tickets
