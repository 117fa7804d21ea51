// Evidence counts people: customers once, however often they ask and whoever they turn out to be; and a change goes
// back to work by itself when enough of them come back.
#include "absl/strings/str_join.h"

#include "services/backlog/customer/customer_store.h"
#include "tests/services/backlog/backlog_fixture.h"

namespace dangol::backlog {
namespace {

class CustomerTest : public BacklogTest {
 protected:
  static TicketEvent Of(TicketEvent event, const std::string& customer) {
    event.mutable_facts()->mutable_customer()->set_customer("customers/" + customer);
    return event;
  }
  static TicketEvent Anonymous(TicketEvent event) {
    event.mutable_facts()->mutable_customer()->set_customer("customers/" + event.facts().ticket().substr(8));
    event.mutable_facts()->mutable_customer()->set_anonymous(true);
    return event;
  }
  static TicketEvent Merged(const std::string& kept, const std::string& merged) {
    TicketEvent event;
    event.mutable_customers_merged()->set_customer("customers/" + kept);
    event.mutable_customers_merged()->set_merged("customers/" + merged);
    return event;
  }
  // Customers and anonymous tickets.
  std::string People(const std::string& change) {
    const v1::Evidence evidence = Get(change).evidence();
    return fmt::format("{}+{}", evidence.customers(), evidence.anonymous());
  }
  // The same of the last 90 days.
  std::string Recent(const std::string& change) {
    const v1::Evidence evidence = Get(change).evidence();
    return fmt::format("{}+{}", evidence.recent_customers(), evidence.recent_anonymous());
  }
  std::string Segments(const std::string& change) {
    std::vector<std::string> shown;
    const v1::Evidence evidence = Get(change).evidence();
    for (const auto& one : evidence.segments()) shown.push_back(fmt::format("{} {}", one.segment(), one.customers()));
    return absl::StrJoin(shown, " ");
  }
  TicketEvent IsOf(const std::string& customer, const std::string& segment) {
    TicketEvent event;
    event.mutable_envelope()->add_resources()->set_version(++version_);
    event.mutable_customer_updated()->mutable_customer()->set_customer("customers/" + customer);
    event.mutable_customer_updated()->mutable_customer()->set_segment(segment);
    return event;
  }
  std::vector<std::string> Demands() {
    return backlog_.file().Column(
        "SELECT change_id || ' ' || ticket_id || ' ' || version || ' ' || customer_id FROM demand ORDER BY 1");
  }
  static TicketEvent Critical(TicketEvent event) {
    event.mutable_facts()->set_severity(tickets::v1::Ticket::CRITICAL);
    return event;
  }

 private:
  int64_t version_ = 0;
};

TEST_F(CustomerTest, CountOnceHoweverOftenTheyAsk) {
  CreateOne("a");
  for (const char* ticket : {"t1", "t2", "t3"}) Apply(Of(Accepted(ticket, "a", 1), "kim"));
  Apply(Of(Accepted("t4", "a", 1), "lee"));
  Apply(Anonymous(Accepted("t5", "a", 1)));
  Apply(Accepted("t6", "a", 1));
  EXPECT_EQ(People("a"), "2+2");
  EXPECT_EQ(Get("a").score_hundredths(), 200) << "the reach is four";
  Apply(Unlinked("t1", "a", 2));
  EXPECT_EQ(People("a"), "2+2");
  Apply(Unlinked("t4", "a", 2));
  Apply(Unlinked("t5", "a", 2));
  EXPECT_EQ(People("a"), "1+1");
}

TEST_F(CustomerTest, AreRecentForNinetyDaysFromTheirNewestComplaint) {
  CreateOne("a");
  const auto received = [&](TicketEvent event, int days_ago) {
    *event.mutable_facts()->mutable_receive_time() = ToProtoTime(Now() - absl::Hours(24) * days_ago);
    return event;
  };
  Apply(received(Of(Accepted("t1", "a", 1), "kim"), 100));
  Apply(received(Of(Accepted("t2", "a", 1), "lee"), 100));
  Apply(received(Of(Accepted("t3", "a", 1), "lee"), 10));
  Apply(received(Accepted("t4", "a", 1), 89));
  Apply(received(Accepted("t5", "a", 1), 90));
  EXPECT_EQ(People("a"), "2+2");
  EXPECT_EQ(Recent("a"), "1+1");
  Apply(Unlinked("t3", "a", 2));
  EXPECT_EQ(Recent("a"), "0+1") << "the one that is left is old";
  Apply(received(Of(Accepted("t6", "a", 1), "park"), 0));
  Apply(Merged("kim", "park"));
  EXPECT_EQ(Recent("a"), "1+1");
  EXPECT_EQ(People("a"), "2+2");
  PassDays(80);
  EXPECT_EQ(Recent("a"), "1+0");
  PassDays(10);
  EXPECT_EQ(Recent("a"), "0+0");
}

TEST_F(CustomerTest, CountBySegmentAsItIsNow) {
  CreateOne("a");
  Apply(IsOf("kim", "regular"));
  Apply(IsOf("lee", "trial"));
  Apply(Of(Accepted("t1", "a", 1), "kim"));
  Apply(Of(Accepted("t2", "a", 1), "lee"));
  Apply(Of(Accepted("t3", "a", 1), "park"));
  EXPECT_EQ(Segments("a"), "regular 1 trial 1");
  Apply(IsOf("lee", "regular"));
  Apply(IsOf("park", "partner"));
  EXPECT_EQ(Segments("a"), "regular 2 partner 1");
  Apply(Merged("kim", "park"));
  EXPECT_EQ(Segments("a"), "regular 2");
  Apply(Merged("new", "lee"));
  EXPECT_EQ(Segments("a"), "regular 1") << "of the one that is kept no segment is known";
  Apply(Unlinked("t1", "a", 2));
  EXPECT_EQ(Segments("a"), "regular 1") << "park is kim, and still asks";
  Apply(Unlinked("t3", "a", 2));
  EXPECT_EQ(Segments("a"), "");
}

TEST_F(CustomerTest, FollowTheirDemands) {
  CreateOne("a");
  CreateOne("b");
  Apply(Of(Accepted("t1", "a", 1), "kim"));
  Apply(Of(Accepted("t2", "a", 1), "kim"));
  ASSERT_TRUE(Call<v1::MoveDemandsResponse>("MoveDemands", MoveRequest("a", "b", {"t1"})).ok());
  EXPECT_EQ(People("a"), "1+0");
  EXPECT_EQ(People("b"), "1+0");
  Ship("b");
  Apply(Reopened("t1", "b", 2));
  EXPECT_EQ(People("b"), "1+0");
  Drop("a");
  EXPECT_EQ(People("a"), "0+0");
}

TEST_F(CustomerTest, WhoAreOneCountOnce) {
  CreateOne("a");
  CreateOne("b");
  Apply(Of(Accepted("t1", "a", 1), "kim"));
  Apply(Of(Accepted("t2", "a", 1), "lee"));
  Apply(Of(Accepted("t3", "b", 1), "lee"));
  EXPECT_EQ(People("a"), "2+0");
  const auto demands = Demands();
  const int64_t head = Rows("feed");
  Apply(Merged("kim", "lee"));
  EXPECT_EQ(People("a"), "1+0");
  EXPECT_EQ(People("b"), "1+0");
  EXPECT_EQ(Get("a").score_hundredths(), 50);
  EXPECT_EQ(Demands(), demands) << "counters alone change";
  EXPECT_EQ(Rows("feed"), head);
  Apply(Of(Accepted("t4", "b", 1), "kim"));
  EXPECT_EQ(People("b"), "1+0");
  Apply(Merged("park", "kim"));
  Apply(Of(Accepted("t5", "a", 1), "lee"));
  EXPECT_EQ(People("a"), "1+0");
  const std::string before = backlog_.file().Dump();
  for (const TicketEvent& event : {Merged("kim", "lee"), Merged("park", "kim"), Merged("lee", "park")}) Apply(event);
  EXPECT_EQ(backlog_.file().Dump(), before) << "they are one already";
  for (const char* ticket : {"t1", "t2", "t5"}) Apply(Unlinked(ticket, "a", 2));
  EXPECT_EQ(People("a"), "0+0");
}

TEST_F(CustomerTest, WhoIsErasedStaysCounted) {
  CreateOne("a");
  Apply(IsOf("kim", "regular"));
  Apply(Of(Accepted("t1", "a", 1), "kim"));
  const std::string before = backlog_.file().Dump();
  TicketEvent erased;
  erased.mutable_customer_erased()->set_customer("customers/kim");
  Apply(erased);
  EXPECT_EQ(People("a"), "1+0");
  EXPECT_EQ(Segments("a"), "regular 1");
  EXPECT_EQ(backlog_.file().Dump(), before) << "of a customer nothing but the pseudonym is here";
}

TEST_F(CustomerTest, ThreeWhoComeBackRegressAChange) {
  CreateOne("a");
  for (const char* who : {"kim", "lee", "park"}) Apply(Of(Accepted(std::string("t-") + who, "a", 1), who));
  Ship("a");
  Wait(absl::Hours(1));
  Apply(Of(Reopened("t-kim", "a", 2), "kim"));
  Apply(Of(AcceptedNow("again", "a", 1), "kim"));
  Apply(Of(Reopened("t-lee", "a", 2), "lee"));
  EXPECT_EQ(Get("a").state(), Change::SHIPPED) << "two customers, three complaints";
  const int64_t head = Rows("feed");
  Apply(Of(AcceptedNow("t-new", "a", 1), "cho"));
  const Change change = Get("a");
  EXPECT_EQ(change.state(), Change::REGRESSED);
  EXPECT_EQ(change.regression().cause(), v1::Regression::RECURRENCES);
  EXPECT_EQ(change.regression().shipment(), "changes/a/shipments/1");
  EXPECT_EQ(change.regression().decided_by(), "") << "nobody decided it";
  EXPECT_EQ(Rows("feed"), head + 2);
  EXPECT_EQ(LastEvent().change_regressed().cause(), v1::Regression::RECURRENCES);
  EXPECT_EQ(LastEvent().facts().state(), Change::REGRESSED);
  Wait(absl::Hours(1));
  Ship("a");
  Wait(absl::Hours(1));
  Apply(Of(AcceptedNow("after", "a", 1), "kim"));
  EXPECT_EQ(Get("a").state(), Change::SHIPPED) << "what came back before the new shipment does not count";
}

TEST_F(CustomerTest, WhoseComplaintIsTakenOutDidNotComeBack) {
  for (const char* id : {"a", "b"}) CreateOne(id);
  Ship("a");
  Wait(absl::Hours(1));
  Apply(Of(AcceptedNow("t-kim", "a", 1), "kim"));
  Apply(AcceptedNow("t-nobody", "a", 1));
  Apply(Unlinked("t-kim", "a", 2));
  ASSERT_TRUE(Call<v1::MoveDemandsResponse>("MoveDemands", MoveRequest("a", "b", {"t-nobody"})).ok());
  EXPECT_EQ(Rows("change_recurrence"), 0);
  Apply(Of(AcceptedNow("t-lee", "a", 1), "lee"));
  Apply(Of(AcceptedNow("t-park", "a", 1), "park"));
  EXPECT_EQ(Get("a").state(), Change::SHIPPED);
  Apply(Of(AcceptedNow("t-cho", "a", 1), "cho"));
  EXPECT_EQ(Get("a").state(), Change::REGRESSED);
}

TEST_F(CustomerTest, WhoseOtherComplaintCameBackStillDid) {
  CreateOne("a");
  Ship("a");
  Wait(absl::Hours(1));
  Apply(Of(AcceptedNow("t1", "a", 1), "kim"));
  Apply(Merged("kim", "lee"));
  Apply(Of(AcceptedNow("t2", "a", 1), "lee"));
  Apply(Unlinked("t2", "a", 2));
  EXPECT_EQ(Rows("change_recurrence"), 1);
  Apply(Unlinked("t1", "a", 2));
  EXPECT_EQ(Rows("change_recurrence"), 0);
}

TEST_F(CustomerTest, WhatACustomerSaidStaysSaid) {
  CreateOne("a");
  Apply(Of(Accepted("t1", "a", 1), "kim"));
  Ship("a");
  Wait(absl::Hours(1));
  Apply(Of(Reopened("t1", "a", 2), "kim"));
  Apply(Unlinked("t1", "a", 3));
  EXPECT_EQ(Rows("change_recurrence"), 1) << "it was not fixed, wherever the complaint is now";
  Apply(Of(AcceptedNow("t2", "a", 1), "kim"));
  Apply(Unlinked("t2", "a", 2));
  EXPECT_EQ(Rows("change_recurrence"), 1);
}

TEST_F(CustomerTest, OneCriticalRegressesAChange) {
  CreateOne("a");
  Ship("a");
  Wait(absl::Hours(1));
  Apply(Critical(Of(AcceptedNow("t", "a", 1), "kim")));
  EXPECT_EQ(Get("a").state(), Change::REGRESSED);
  EXPECT_EQ(Get("a").regression().cause(), v1::Regression::CRITICAL);
}

TEST_F(CustomerTest, WhatIsAcceptedByTheNameOfAMergedChangeRegressesItsSurvivor) {
  CreateOne("a");
  CreateOne("b");
  v1::MergeChangesRequest merge;
  merge.set_name("changes/b");
  merge.set_survivor("changes/a");
  ASSERT_TRUE(Call<v1::MergeChangesResponse>("MergeChanges", merge).ok());
  Ship("a");
  Wait(absl::Hours(1));
  Apply(Of(AcceptedNow("t-kim", "b", 1), "kim"));
  EXPECT_EQ(Get("a").state(), Change::SHIPPED);
  Apply(Critical(Of(AcceptedNow("t-lee", "b", 1), "lee")));
  EXPECT_EQ(Get("a").state(), Change::REGRESSED);
  EXPECT_EQ(Get("a").regression().cause(), v1::Regression::CRITICAL);
}

TEST_F(CustomerTest, WhatHappenedBeforeTheShipmentRegressesNothing) {
  CreateOne("a");
  Ship("a");
  Wait(absl::Minutes(30));
  for (const char* who : {"kim", "lee", "park", "cho"}) {
    Apply(Critical(Of(Accepted(std::string("t-") + who, "a", 1), who)));
  }
  EXPECT_EQ(Get("a").state(), Change::SHIPPED);
  EXPECT_EQ(Get("a").evidence().late(), 4);
}

TEST_F(CustomerTest, WhatAPersonSaysHappenedBeforeTheShipmentRegressesNothing) {
  CreateOne("a");
  Ship("a");
  Wait(absl::Hours(1));
  const auto said = [](TicketEvent event, tickets::v1::Happened happened) {
    event.mutable_ticket_accepted()->set_happened(happened);
    return event;
  };
  for (const char* who : {"kim", "lee", "park", "cho"})
    Apply(said(Critical(Of(AcceptedNow(std::string("t-") + who, "a", 1), who)), tickets::v1::BEFORE_SHIP));
  EXPECT_EQ(Get("a").state(), Change::SHIPPED);
  EXPECT_EQ(Get("a").evidence().late(), 4);
  Apply(said(Critical(Of(Accepted("t-after", "a", 1), "jung")), tickets::v1::AFTER_SHIP));
  EXPECT_EQ(Get("a").state(), Change::REGRESSED) << "by its time it had happened before";
}

TEST_F(CustomerTest, WhoCameBackLongAgoCountsNoMore) {
  CreateOne("a");
  Ship("a");
  Wait(absl::Hours(1));
  for (const char* who : {"kim", "lee"}) Apply(Of(AcceptedNow(std::string("t-") + who, "a", 1), who));
  StepWall(absl::Hours(29 * 24));
  Apply(Of(AcceptedNow("t-park", "a", 1), "park"));
  EXPECT_EQ(Get("a").state(), Change::SHIPPED);
  Apply(Of(AcceptedNow("t-cho", "a", 1), "cho"));
  Apply(Anonymous(AcceptedNow("t-nobody", "a", 1)));
  EXPECT_EQ(Get("a").state(), Change::REGRESSED) << "three within 28 days, one of them unknown";
}

TEST_F(CustomerTest, ComplaintsComeBackWhenTheyHappenNotWhenTheyAreAccepted) {
  CreateOne("a");
  Ship("a");
  const absl::Time shipped = Now();
  StepWall(absl::Hours(40 * 24));
  const auto happened = [&](const std::string& who, int day) {
    TicketEvent event = Of(Accepted("t-" + who, "a", 1), who);
    *event.mutable_facts()->mutable_occur_time() = ToProtoTime(shipped + absl::Hours(day * 24));
    Apply(event);
  };
  happened("kim", 36);
  happened("lee", 8);
  happened("park", 7);
  EXPECT_EQ(Get("a").state(), Change::SHIPPED) << "kim's came 28 days after lee's and 29 after park's";
  happened("cho", 20);
  EXPECT_EQ(Get("a").state(), Change::REGRESSED) << "park's, lee's and cho's, told out of order";
}

TEST_F(CustomerTest, TwoWhoTurnOutToBeOneAreOneThatCameBack) {
  CreateOne("a");
  Ship("a");
  Wait(absl::Hours(1));
  for (const char* who : {"kim", "lee"}) Apply(Of(AcceptedNow(std::string("t-") + who, "a", 1), who));
  Apply(Merged("kim", "lee"));
  Apply(Of(AcceptedNow("t-park", "a", 1), "park"));
  EXPECT_EQ(Get("a").state(), Change::SHIPPED);
  Apply(Of(AcceptedNow("t-cho", "a", 1), "cho"));
  EXPECT_EQ(Get("a").state(), Change::REGRESSED);
}

}  // namespace
}  // namespace dangol::backlog
