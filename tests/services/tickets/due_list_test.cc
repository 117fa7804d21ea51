// Views of the clock, the order in which tickets are due, and filters by what stands beside a ticket.
#include <string>
#include <vector>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "dangol/tickets/v1/policy_service.pb.h"
#include "tests/services/tickets/tickets_fixture.h"

namespace dangol::tickets {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using v1::ListTicketsRequest;

class DueListTest : public TicketsTest {
 protected:
  void SetUp() override {
    // Clocks that never stop, so that a due time is so many minutes after the receipt, in Seoul.
    v1::UpdateTriagePolicyRequest request;
    v1::TriagePolicy& policy = *request.mutable_triage_policy();
    policy.set_time_zone("Asia/Seoul");
    for (int weekday = v1::MONDAY; weekday <= v1::SUNDAY; ++weekday) {
      v1::OpeningHours& hours = *policy.add_opening_hours();
      hours.set_weekday(static_cast<v1::Weekday>(weekday));
      hours.set_open_time("00:00");
      hours.set_close_time("24:00");
    }
    for (int severity = Ticket::LOW; severity <= Ticket::CRITICAL; ++severity) {
      v1::ResponseTimes& times = *policy.add_response_times();
      times.set_severity(static_cast<Ticket::Severity>(severity));
      times.set_reply_minutes(severity == Ticket::CRITICAL ? 10 : 60);
      times.set_decide_minutes(6000);
    }
    const auto updated =
        tickets_.Call<v1::TriagePolicy>("/dangol.tickets.v1.PolicyService/UpdateTriagePolicy", request);
    ASSERT_TRUE(updated.ok()) << updated.status();
  }
  void CreateAt(const std::string& id, absl::Time time, Ticket::Severity severity = Ticket::NORMAL,
                const std::string& label = "") {
    v1::CreateTicketRequest request = CreateRequest(id);
    *request.mutable_ticket()->mutable_receive_time() = ToProtoTime(time);
    request.mutable_ticket()->set_severity(severity);
    if (!label.empty()) request.mutable_ticket()->add_labels(label);
    const auto ticket = Create(request);
    ASSERT_TRUE(ticket.ok()) << ticket.status();
  }
  // Ids of all pages, of three tickets each.
  std::vector<std::string> List(ListTicketsRequest request) {
    request.set_page_size(3);
    return ListIds(std::move(request));
  }
  static ListTicketsRequest InView(v1::View view, v1::Order order = v1::ORDER_UNSPECIFIED) {
    ListTicketsRequest request;
    request.set_view(view);
    request.set_order(order);
    return request;
  }
  static ListTicketsRequest WithLabel(const std::string& label) {
    ListTicketsRequest request;
    request.set_label(label);
    return request;
  }
  v1::ViewCount Count(v1::View view, const v1::CountTicketsRequest& request = {}) {
    const auto counts = Call<v1::CountTicketsResponse>("CountTickets", request);
    EXPECT_TRUE(counts.ok()) << counts.status();
    for (const v1::ViewCount& count : counts->views()) {
      if (count.view() == view) return count;
    }
    return {};
  }
};

TEST_F(DueListTest, OverdueIsWhatIsLateTheLongestFirst) {
  CreateAt("late", Now() - absl::Minutes(90));
  CreateAt("critical", Now() - absl::Minutes(50), Ticket::CRITICAL);
  CreateAt("later", Now() - absl::Minutes(80));
  CreateAt("soon", Now() - absl::Minutes(30));
  EXPECT_THAT(List(InView(v1::OVERDUE)), ElementsAre("critical", "late", "later"));
  EXPECT_THAT(List(InView(v1::OVERDUE, v1::RECEIVED_DESC)), ElementsAre("critical", "later", "late"));
  EXPECT_THAT(List(InView(v1::VIEW_UNSPECIFIED, v1::DUE)), ElementsAre("critical", "late", "later", "soon"));
  EXPECT_EQ(Count(v1::OVERDUE).tickets(), 3);
  EXPECT_FALSE(Count(v1::OVERDUE).more());
  ListTicketsRequest critical = InView(v1::OVERDUE);
  critical.add_severities(Ticket::CRITICAL);
  EXPECT_THAT(List(critical), ElementsAre("critical"));
  Wait(absl::Hours(1));
  EXPECT_THAT(List(InView(v1::OVERDUE)), ElementsAre("critical", "late", "later", "soon"));
}

TEST_F(DueListTest, WhatWaitsForTheCustomerIsNotOverdue) {
  CreateAt("a", Now() - absl::Hours(200));
  ASSERT_TRUE(Acknowledge(AcknowledgeRequest("tickets/a")).ok());
  EXPECT_THAT(List(InView(v1::OVERDUE)), ElementsAre("a"));
  ASSERT_TRUE(Say("tickets/a", Message::PUBLIC).ok());
  EXPECT_THAT(List(InView(v1::OVERDUE)), IsEmpty());
  EXPECT_THAT(List(InView(v1::WAITING_FOR_CUSTOMER)), ElementsAre("a"));
  EXPECT_FALSE(Get("tickets/a")->has_due_time());
  ASSERT_TRUE(Say("tickets/a", Message::CUSTOMER).ok());
  EXPECT_THAT(List(InView(v1::OVERDUE)), ElementsAre("a")) << "the decision is late again";
}

TEST_F(DueListTest, TodayIsTheDayOfThePolicy) {
  absl::TimeZone seoul;
  ASSERT_TRUE(absl::LoadTimeZone("Asia/Seoul", &seoul));
  // To 23:30 there, which is 14:30 UTC.
  Wait(absl::FromCivil(absl::CivilMinute(absl::ToCivilDay(Now(), seoul) + 1) + 23 * 60 + 30, seoul) - Now());
  CreateAt("tonight", Now() - absl::Minutes(40));  // due at 23:50
  CreateAt("tomorrow", Now());                     // due at 00:30
  CreateAt("overdue", Now() - absl::Minutes(61));
  EXPECT_THAT(List(InView(v1::DUE_TODAY)), ElementsAre("tonight"));
  EXPECT_EQ(Count(v1::DUE_TODAY).tickets(), 1);
  Wait(absl::Hours(1) - absl::Minutes(1));  // 00:29 there, and still the same day in UTC
  EXPECT_THAT(List(InView(v1::DUE_TODAY)), ElementsAre("tomorrow"));
}

TEST_F(DueListTest, RevisitIsWhatWasDeclinedUntilNow) {
  for (const char* id : {"a", "b", "c"}) {
    CreateOne(id);
    v1::DeclineTicketRequest decline = DeclineRequest(fmt::format("tickets/{}", id));
    if (*id != 'c') *decline.mutable_revisit_time() = ToProtoTime(Now() + absl::Hours(*id == 'a' ? 48 : 24));
    ASSERT_TRUE(Decline(decline).ok());
  }
  EXPECT_THAT(List(InView(v1::REVISIT)), IsEmpty());
  Wait(absl::Hours(25));
  EXPECT_THAT(List(InView(v1::REVISIT)), ElementsAre("b"));
  Wait(absl::Hours(25));
  EXPECT_THAT(List(InView(v1::REVISIT)), ElementsAre("b", "a"));
  EXPECT_THAT(List(InView(v1::REVISIT, v1::RECEIVED_DESC)), ElementsAre("b", "a"));
  EXPECT_EQ(Count(v1::REVISIT).tickets(), 2);
  ASSERT_TRUE(Say("tickets/b", Message::CUSTOMER).ok());
  EXPECT_THAT(List(InView(v1::REVISIT)), ElementsAre("a")) << "somebody waits for a word";
  EXPECT_EQ(FromProtoTime(Get("tickets/a")->decision().revisit_time()), Now() - absl::Hours(2));
  ASSERT_TRUE(Accept(AcceptRequest("tickets/a")).ok());
  EXPECT_THAT(List(InView(v1::REVISIT)), IsEmpty());
}

TEST_F(DueListTest, CountsUpToAThousandAndSaysThatThereAreMore) {
  v1::BatchCreateTicketsRequest batch;
  for (int i = 0; i < 1000; ++i) {
    v1::CreateTicketRequest& one = *batch.add_requests();
    one = CreateRequest(fmt::format("t{}", i));
    *one.mutable_ticket()->mutable_receive_time() = ToProtoTime(Now() - absl::Hours(3));
    if (i % 2 == 0) one.mutable_ticket()->set_assignee("members/kim");
  }
  ASSERT_TRUE(Call<v1::BatchCreateTicketsResponse>("BatchCreateTickets", batch).ok());
  EXPECT_EQ(Count(v1::OVERDUE).tickets(), 1000);
  EXPECT_FALSE(Count(v1::OVERDUE).more());
  CreateAt("one", Now() - absl::Hours(2));
  EXPECT_EQ(Count(v1::OVERDUE).tickets(), 1000);
  EXPECT_TRUE(Count(v1::OVERDUE).more());
  v1::CountTicketsRequest of_kim;
  of_kim.set_assignee("members/kim");
  EXPECT_EQ(Count(v1::OVERDUE, of_kim).tickets(), 500);
  EXPECT_FALSE(Count(v1::OVERDUE, of_kim).more());
}

TEST_F(DueListTest, FiltersByLabelsAsTheyAreNow) {
  CreateAt("a", Now() - absl::Minutes(3), Ticket::NORMAL, "vip");
  CreateAt("b", Now() - absl::Minutes(2));
  CreateAt("c", Now() - absl::Minutes(1), Ticket::NORMAL, "vip");
  EXPECT_THAT(List(WithLabel("vip")), ElementsAre("c", "a"));
  ListTicketsRequest due = WithLabel("vip");
  due.set_order(v1::DUE);
  EXPECT_THAT(List(due), ElementsAre("a", "c"));
  v1::UpdateTicketRequest update;
  update.set_name("tickets/a");
  update.mutable_ticket()->add_labels("calm");
  ASSERT_TRUE(Call<Ticket>("UpdateTicket", update).ok());
  EXPECT_THAT(List(WithLabel("vip")), ElementsAre("c"));
  EXPECT_THAT(List(WithLabel("calm")), ElementsAre("a"));
  EXPECT_THAT(List(WithLabel("none")), IsEmpty());
}

TEST_F(DueListTest, FiltersByCanonicalAndByTimesOfChange) {
  CreateOne("canonical");
  v1::CreateTicketRequest create = CreateRequest("again");
  create.mutable_ticket()->set_customer(Get("tickets/canonical")->customer());
  ASSERT_TRUE(Create(create).ok());
  CreateOne("other");
  const absl::Time created = Now();
  Wait(absl::Hours(1));
  v1::MarkTicketDuplicateRequest mark;
  mark.set_name("tickets/again");
  mark.set_canonical("tickets/canonical");
  ASSERT_TRUE(Call<Ticket>("MarkTicketDuplicate", mark).ok());
  ListTicketsRequest duplicates;
  duplicates.set_canonical("tickets/canonical");
  EXPECT_THAT(List(duplicates), ElementsAre("again"));
  ListTicketsRequest changed;
  *changed.mutable_update_from_time() = ToProtoTime(created + absl::Minutes(1));
  EXPECT_THAT(List(changed), ElementsAre("again"));
  ListTicketsRequest unchanged;
  *unchanged.mutable_update_before_time() = ToProtoTime(created + absl::Minutes(1));
  EXPECT_THAT(List(unchanged), ElementsAre("other", "canonical"));
  ListTicketsRequest of_customer;
  of_customer.set_customer(Get("tickets/canonical")->customer());
  of_customer.set_order(v1::DUE);
  EXPECT_THAT(List(of_customer), ElementsAre("canonical"));
}

}  // namespace
}  // namespace dangol::tickets
