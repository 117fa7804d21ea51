// Events that cannot be applied: put aside with those of the same resources, until an operator decides.
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/common/feed/follower_fixture.h"

namespace dangol::feed {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ParkedEventsTest : public FollowerTest {
 protected:
  // 1 fails; 3 is about the same ticket, 5 about another of 3's, 6 about that.
  void Park() {
    Script().failures["tickets/a"] = absl::FailedPreconditionError("a is poison");
    feed_.Add("a");
    feed_.Add("b");
    feed_.Add("c", {"a"});
    feed_.Add("d");
    feed_.Add("e", {"c"});
    feed_.Add("e");
    Open();
  }
};

TEST_F(ParkedEventsTest, TheOthersGoOn) {
  Park();
  EXPECT_EQ(Told(), "b d");
  EXPECT_EQ(Position(), 6);
  EXPECT_THAT(Parked(), ElementsAre("1!", "3", "5", "6"));
  EXPECT_EQ(Status().parked_events(), 4);
  EXPECT_EQ(Status().state(), SubscriptionStatus::FOLLOWING);
  EXPECT_THAT(Violations(), IsEmpty());
  EXPECT_EQ(file().Integer("SELECT COUNT(*) FROM feed"), 2);  // what failed has left no event
}

TEST_F(ParkedEventsTest, TellsWhatIsParkedAndWhy) {
  Park();
  const auto response =
      Call<ListParkedEventsResponse>(*process_, "ListParkedEvents", api::v1::ListParkedEventsRequest());
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(response->parked_events_size(), 4);
  const ParkedEvent& event = response->parked_events(0);
  EXPECT_EQ(event.name(), ParkedName(1));
  EXPECT_EQ(event.feed(), "tickets");
  EXPECT_EQ(event.sequence(), 1);
  EXPECT_EQ(event.kind(), "ticket_created");
  ASSERT_EQ(event.resources_size(), 1);
  EXPECT_EQ(event.resources(0).name(), "tickets/a");
  EXPECT_EQ(event.resources(0).version(), 1);
  EXPECT_EQ(event.state(), ParkedEvent::PARKED);
  EXPECT_THAT(event.reason(), HasSubstr("a is poison"));
  EXPECT_TRUE(event.has_park_time());
  EXPECT_FALSE(event.has_settle_time());
}

TEST_F(ParkedEventsTest, WhatComesLaterOfTheSameResourceIsParkedToo) {
  Park();
  Script().failures.clear();
  feed_.Add("a");
  feed_.Add("f");
  Run();
  EXPECT_EQ(Told(), "b d f");
  EXPECT_THAT(Parked(), ElementsAre("1!", "3", "5", "6", "7"));
}

TEST_F(ParkedEventsTest, ManyPoisonousEventsInOnePageAreFoundEach) {
  for (const char* ticket : {"a", "c", "e"})
    Script().failures["tickets/" + std::string(ticket)] = absl::InternalError("x");
  for (const char* ticket : {"z", "a", "b", "c", "d", "e", "a"}) feed_.Add(ticket);
  Open();
  EXPECT_EQ(Told(), "z b d");
  EXPECT_THAT(Parked(), ElementsAre("2!", "4!", "6!", "7"));
}

TEST_F(ParkedEventsTest, OneWhoseLastStatementFailsIsFoundWhereverItStands) {
  Script().bad_statements = {"tickets/a", "tickets/d"};
  for (const char* ticket : {"z", "a", "b", "d"}) feed_.Add(ticket);
  Open();
  EXPECT_EQ(Told(), "z b");
  EXPECT_THAT(Parked(), ElementsAre("2!", "4!"));
  const auto retried = Retry(2);
  EXPECT_EQ(testing::Summary(retried.status()), "FAILED_PRECONDITION EVENT_FAILED");
  EXPECT_EQ(Status().state(), SubscriptionStatus::FOLLOWING);
  Script().bad_statements.clear();
  ASSERT_TRUE(Retry(2).ok());
  EXPECT_EQ(Told(), "z b a");
}

TEST_F(ParkedEventsTest, RetryAppliesItAndThoseBehindItInOrder) {
  Park();
  Script().failures.clear();
  const auto retried = Retry(1, "once");
  ASSERT_TRUE(retried.ok()) << retried.status();
  EXPECT_EQ(retried->state(), ParkedEvent::APPLIED);
  EXPECT_TRUE(retried->has_settle_time());
  EXPECT_FALSE(retried->settled_by().empty());
  EXPECT_EQ(Told(), "b d a c e e");
  EXPECT_THAT(Parked(), IsEmpty());
  EXPECT_THAT(Parked(/*settled=*/true), ElementsAre("1! APPLIED", "3 APPLIED", "5 APPLIED", "6 APPLIED"));
  EXPECT_THAT(Violations(), IsEmpty());
  ASSERT_TRUE(Retry(1, "once").ok());  // the same request
  EXPECT_EQ(testing::Summary(Retry(1).status()), "FAILED_PRECONDITION EVENT_SETTLED");
  feed_.Add("a");
  Run();
  EXPECT_EQ(Told(), "b d a c e e a");
}

TEST_F(ParkedEventsTest, RetryThatFailsChangesNothing) {
  Park();
  const auto retried = Retry(1);
  EXPECT_EQ(testing::Summary(retried.status()), "FAILED_PRECONDITION EVENT_FAILED");
  EXPECT_THAT(std::string(retried.status().message()), HasSubstr("a is poison"));
  Script().failures["tickets/a"] = absl::UnavailableError("busy");
  EXPECT_EQ(testing::Summary(Retry(1).status()), "UNAVAILABLE");
  EXPECT_EQ(Told(), "b d");
  EXPECT_THAT(Parked(), ElementsAre("1!", "3", "5", "6"));
}

TEST_F(ParkedEventsTest, OneBehindThatFailsItselfStaysWithThoseBehindIt) {
  Park();
  Script().failures = {{"tickets/c", absl::InternalError("c, too")}};
  ASSERT_TRUE(Retry(1).ok());
  EXPECT_EQ(Told(), "b d a");
  EXPECT_THAT(Parked(), ElementsAre("3!", "5", "6"));
  EXPECT_THAT(Violations(), IsEmpty());
  EXPECT_EQ(file().Integer("SELECT COUNT(*) FROM feed"), 3);
}

TEST_F(ParkedEventsTest, RefusesToApplyOutOfOrder) {
  Park();
  EXPECT_EQ(testing::Summary(Retry(3).status()), "FAILED_PRECONDITION EVENT_BEHIND_ANOTHER");
  EXPECT_EQ(testing::Summary(Retry(99).status()), "NOT_FOUND NOT_FOUND");
}

TEST_F(ParkedEventsTest, DropGivesItUpAndFreesTheNext) {
  Park();
  const auto dropped = Drop(1);
  ASSERT_TRUE(dropped.ok()) << dropped.status();
  EXPECT_EQ(dropped->state(), ParkedEvent::DROPPED);
  EXPECT_EQ(Told(), "b d");
  EXPECT_EQ(testing::Summary(Drop(1).status()), "FAILED_PRECONDITION EVENT_SETTLED");
  EXPECT_EQ(testing::Summary(Drop(99).status()), "NOT_FOUND NOT_FOUND");
  ASSERT_TRUE(Retry(3).ok());
  EXPECT_EQ(Told(), "b d c e e");
  EXPECT_THAT(Violations(), IsEmpty());
}

TEST_F(ParkedEventsTest, RetryGoesThroughTwoHundredAtMost) {
  Script().failures["tickets/a"] = absl::InternalError("x");
  for (int i = 0; i < 250; ++i) feed_.Add("a");
  Open();
  ASSERT_EQ(Parked().size(), 250u);
  Script().failures.clear();
  ASSERT_TRUE(Retry(1).ok());
  EXPECT_EQ(Parked().size(), 50u);
  ASSERT_TRUE(Retry(201).ok());
  EXPECT_THAT(Parked(), IsEmpty());
  EXPECT_EQ(file().Integer("SELECT COUNT(*) FROM told"), 250);
}

TEST_F(ParkedEventsTest, ThoseOfAnotherDatabaseAreKeptAndHoldUpNothing) {
  Park();
  Script().failures.clear();
  feed_.BeginAgain("22222222-89ab-4cde-8f01-23456789abcd");
  feed_.Add("a");
  feed_.EndStreams(absl::UnavailableError("restarted"));
  RunFor(absl::Seconds(1));
  EXPECT_EQ(Told(), "b d a");
  EXPECT_THAT(Parked(), ElementsAre("1!", "3", "5", "6"));
}

TEST_F(ParkedEventsTest, TheCheckFindsWhatIsWrong) {
  Park();
  file().Execute("DELETE FROM parked_resource WHERE number = 1");
  EXPECT_THAT(Violations(), ElementsAre("parked-events " + ParkedName(1)));
  file().Execute("UPDATE parked_event SET state = 3 WHERE number = 1");
  EXPECT_THAT(Violations(), ElementsAre("parked-events " + ParkedName(1)));
  file().Execute("UPDATE parked_event SET settle_time = 1 WHERE number = 1");
  EXPECT_THAT(Violations(), IsEmpty());
  file().Execute("INSERT INTO parked_resource VALUES ('tickets', 'x', 'tickets/z', 77)");
  EXPECT_THAT(Violations(), ElementsAre("parked-events tickets/z"));
  file().Execute("DELETE FROM parked_resource WHERE number = 77");
  file().Execute("UPDATE subscription SET seq = 5");
  EXPECT_THAT(Violations(), ElementsAre("parked-events " + ParkedName(6)));
  file().Execute("UPDATE subscription SET incarnation = ''");
  EXPECT_THAT(Violations(), ElementsAre("subscriptions subscription tickets"));
}

}  // namespace
}  // namespace dangol::feed
