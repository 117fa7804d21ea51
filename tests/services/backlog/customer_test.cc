// Evidence counts people: customers once, however often they ask and whoever they turn out to be; and a change goes
// back to work by itself when enough of them come back.
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
  static TicketEvent Critical(TicketEvent event) {
    event.mutable_facts()->set_severity(tickets::v1::Ticket::CRITICAL);
    return event;
  }
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
  Apply(Merged("kim", "lee"));
  EXPECT_EQ(People("a"), "1+0");
  EXPECT_EQ(People("b"), "1+0");
  EXPECT_EQ(Get("a").score_hundredths(), 50);
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

TEST_F(CustomerTest, OneCriticalRegressesAChange) {
  CreateOne("a");
  Ship("a");
  Wait(absl::Hours(1));
  Apply(Critical(Of(AcceptedNow("t", "a", 1), "kim")));
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
