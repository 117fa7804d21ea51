// Following a feed: every event is applied once, whatever happens to the stream, to this process or to the other
// service.
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/common/feed/follower_fixture.h"

namespace dangol::feed {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using SubscriptionTest = FollowerTest;

TEST_F(SubscriptionTest, AppliesWhatIsStoredThenWhatComes) {
  feed_.Add("a");
  feed_.Add("b");
  Open();
  EXPECT_EQ(Told(), "a b");
  feed_.Add("c");
  Run();
  EXPECT_EQ(Told(), "a b c");
  EXPECT_EQ(Position(), 3);
  EXPECT_THAT(feed_.asked, ElementsAre(""));
}

TEST_F(SubscriptionTest, TellsHowFarItIs) {
  Open();
  SubscriptionStatus status = Status();
  EXPECT_EQ(status.feed(), "tickets");
  EXPECT_EQ(status.address(), "127.0.0.1:7401");
  EXPECT_EQ(status.state(), SubscriptionStatus::FOLLOWING);
  EXPECT_EQ(status.sequence(), 0);
  EXPECT_EQ(status.epoch(), 1);
  feed_.Add("a");
  Run();
  status = Status();
  EXPECT_EQ(status.sequence(), 1);
  EXPECT_EQ(status.cursor(), feed_.CursorAt(1));
  EXPECT_EQ(status.head_sequence(), 1);
  EXPECT_EQ(status.lag_events(), 0);
  EXPECT_EQ(status.lag_seconds(), 0);
}

TEST_F(SubscriptionTest, GivesTheTraceOn) {
  feed_.Add("a");
  Open();
  EXPECT_THAT(file().Column("SELECT traceparent FROM feed"),
              ElementsAre("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
}

TEST_F(SubscriptionTest, GoesOnWhereItWasAfterARestart) {
  feed_.Add("a");
  Open();
  process_ = nullptr;
  feed_.Add("b");
  Open();
  EXPECT_EQ(Told(), "a b");
  EXPECT_THAT(feed_.asked, ElementsAre("", feed_.CursorAt(1)));
  EXPECT_EQ(Status().epoch(), 2);  // another process
}

TEST_F(SubscriptionTest, LosesAndRepeatsNothingWhereStreamsAreCut) {
  feed_.page_size = 3;
  feed_.cut_after = 2;
  std::string all;
  for (int i = 0; i < 20; ++i) {
    feed_.Add("t" + std::to_string(i));
    all += (i == 0 ? "t" : " t") + std::to_string(i);
  }
  Open();
  RunFor(absl::Minutes(1));
  EXPECT_EQ(Told(), all);
  EXPECT_GE(feed_.asked.size(), 4u);
}

TEST_F(SubscriptionTest, ComesBackWhenTheOtherServiceDoes) {
  feed_.refusal = absl::UnavailableError("connection refused");
  feed_.Add("a");
  Open();
  RunFor(absl::Minutes(1));
  EXPECT_EQ(Status().state(), SubscriptionStatus::DISCONNECTED);
  EXPECT_THAT(Status().reason(), HasSubstr("connection refused"));
  EXPECT_LT(feed_.asked.size(), 60u);  // it asks less and less often
  feed_.refusal = std::nullopt;
  RunFor(absl::Seconds(3));
  EXPECT_EQ(Status().state(), SubscriptionStatus::FOLLOWING);
  EXPECT_EQ(Status().reason(), "");
  EXPECT_EQ(Told(), "a");
}

TEST_F(SubscriptionTest, GivesUpAStreamThatIsSilent) {
  feed_.Add("a");
  Open();
  ASSERT_EQ(feed_.asked.size(), 1u);
  RunFor(absl::Seconds(50));
  EXPECT_EQ(feed_.asked.size(), 2u);
  EXPECT_EQ(feed_.open_streams, 1);
}

TEST_F(SubscriptionTest, AppliesNothingBehindAGap) {
  feed_.Add("a");
  Open();
  feed_.missing = {2};
  for (const char* ticket : {"b", "c"}) feed_.Add(ticket);
  RunFor(absl::Minutes(5));
  EXPECT_EQ(Told(), "a");
  EXPECT_EQ(Status().state(), SubscriptionStatus::BROKEN);
  EXPECT_THAT(Status().reason(), HasSubstr("event 3 came where 2 was to come"));
  EXPECT_EQ(Status().lag_events(), 2);
  EXPECT_LE(feed_.asked.size(), 15u);
  feed_.missing.clear();
  RunFor(absl::Minutes(1));
  EXPECT_EQ(Told(), "a b c");
  EXPECT_EQ(Status().state(), SubscriptionStatus::FOLLOWING);
}

TEST_F(SubscriptionTest, RaisesAnAlarmWhereTheFeedIsShorterThanBefore) {
  for (const char* ticket : {"a", "b", "c"}) feed_.Add(ticket);
  Open();
  process_ = nullptr;
  const std::string same = feed_.incarnation;
  feed_.BeginAgain(same);
  feed_.Add("a");
  Open();
  EXPECT_EQ(Status().state(), SubscriptionStatus::BROKEN);
  EXPECT_THAT(Status().reason(), HasSubstr("CURSOR_AHEAD"));
  EXPECT_EQ(Position(), 3);
}

class RestoredFeedTest : public FollowerTest {
 protected:
  // The feed goes on from 5 to 12, is followed so far, and is put back to 5.
  void FollowAndPutBack() {
    for (int i = 1; i <= 12; ++i) feed_.Add("old" + std::to_string(i));
    Open();
    ASSERT_EQ(Position(), 12);
    told_ = Told();
    PutBack();
  }
  void PutBack() {
    feed_.PutBack(5);
    feed_.EndStreams(absl::UnavailableError("restarted"));
  }
  void GoOnTo(int64_t sequence) {
    while (feed_.head() < sequence) feed_.Add("new" + std::to_string(feed_.head() + 1));
  }
  void ExpectBroken(const std::string& reason) {
    EXPECT_EQ(Status().state(), SubscriptionStatus::BROKEN);
    EXPECT_THAT(Status().reason(), HasSubstr(reason));
    EXPECT_EQ(Position(), 12);
    EXPECT_EQ(Told(), told_);
  }

  std::string told_;
};

TEST_F(RestoredFeedTest, NothingOfItsNewHistoryIsAppliedHoweverFarItGoes) {
  FollowAndPutBack();
  RunFor(absl::Minutes(1));
  ExpectBroken("CURSOR_AHEAD");
  for (int64_t head : {11, 12, 13, 40}) {
    GoOnTo(head);
    RunFor(absl::Minutes(1));
    ExpectBroken(head < 12 ? "CURSOR_AHEAD" : "HISTORY_CHANGED");
  }
}

TEST_F(RestoredFeedTest, StaysBrokenOverARestart) {
  FollowAndPutBack();
  GoOnTo(20);
  RunFor(absl::Seconds(1));
  ExpectBroken("HISTORY_CHANGED");
  feed_.refusal = absl::UnavailableError("away");
  Restart();
  RunFor(absl::Minutes(1));
  ExpectBroken("HISTORY_CHANGED");  // known from the database
  feed_.refusal = std::nullopt;
  Restart();
  RunFor(absl::Minutes(1));
  ExpectBroken("HISTORY_CHANGED");
}

TEST_F(RestoredFeedTest, IsReplayedOnceAnOperatorHasGivenItANewIncarnation) {
  FollowAndPutBack();
  GoOnTo(20);
  RunFor(absl::Seconds(1));
  ExpectBroken("HISTORY_CHANGED");
  feed_.BeginAgain("22222222-89ab-4cde-8f01-23456789abcd");
  feed_.Add("x");
  RunFor(absl::Minutes(1));
  EXPECT_EQ(Status().state(), SubscriptionStatus::FOLLOWING);
  EXPECT_EQ(Told(), told_ + " x");
  EXPECT_THAT(file().Column("SELECT broken FROM subscription"), ElementsAre(""));
}

TEST_F(RestoredFeedTest, IsFollowedOnWhereTheNewerDatabaseIsPutBackAgain) {
  for (int i = 1; i <= 3; ++i) feed_.Add("a" + std::to_string(i));
  Open();
  feed_.missing = {4};
  feed_.Add("a4");
  feed_.Add("a5");
  RunFor(absl::Seconds(1));
  ASSERT_EQ(Status().state(), SubscriptionStatus::BROKEN);
  feed_.missing.clear();
  Restart();
  EXPECT_EQ(Status().state(), SubscriptionStatus::FOLLOWING);
  EXPECT_EQ(Told(), "a1 a2 a3 a4 a5");
  EXPECT_THAT(file().Column("SELECT broken FROM subscription"), ElementsAre(""));
}

TEST_F(RestoredFeedTest, IsFollowedOnByWhoHadNotSeenWhatIsGone) {
  for (int i = 1; i <= 5; ++i) feed_.Add("old" + std::to_string(i));
  Open();
  process_ = nullptr;
  GoOnTo(12);
  PutBack();
  feed_.Add("x");
  Open();
  EXPECT_EQ(Status().state(), SubscriptionStatus::FOLLOWING);
  EXPECT_EQ(Told(), "old1 old2 old3 old4 old5 x");
}

TEST_F(SubscriptionTest, ReplaysTheFeedOfAnotherDatabase) {
  for (const char* ticket : {"a", "b"}) feed_.Add(ticket);
  Open();
  feed_.BeginAgain("22222222-89ab-4cde-8f01-23456789abcd");
  feed_.Add("x");
  feed_.EndStreams(absl::UnavailableError("restarted"));
  RunFor(absl::Seconds(1));
  EXPECT_EQ(Told(), "a b x");
  EXPECT_EQ(Status().cursor(), feed_.CursorAt(1));
  EXPECT_EQ(Status().head_sequence(), 1);
  EXPECT_THAT(file().Column("SELECT incarnation FROM subscription"), ElementsAre(feed_.incarnation));
}

TEST_F(SubscriptionTest, NoticesAnotherDatabaseInTheMiddleOfAStream) {
  feed_.Add("a");
  Open();
  feed_.BeginAgain("22222222-89ab-4cde-8f01-23456789abcd");
  feed_.Add("x");
  feed_.Add("y");
  RunFor(absl::Seconds(1));
  EXPECT_EQ(Told(), "a x y");
  EXPECT_EQ(Position(), 2);
}

TEST_F(SubscriptionTest, SkipsKindsThatItDoesNotKnow) {
  feed_.AddEvent(tickets::v1::TicketEvent());
  feed_.Add("a");
  Open();
  EXPECT_EQ(Told(), "a");
  EXPECT_EQ(Position(), 2);
  EXPECT_THAT(Parked(), IsEmpty());
}

TEST_F(SubscriptionTest, AFaultThatPassesMovesNothing) {
  for (const absl::Status& fault : {absl::UnavailableError("x"), absl::ResourceExhaustedError("x"),
                                    absl::DeadlineExceededError("x"), absl::AbortedError("x")}) {
    const std::string ticket = "t" + std::to_string(feed_.head());
    Script().failures["tickets/" + ticket] = fault;
    if (process_ == nullptr) Open();
    feed_.Add(ticket);
    RunFor(absl::Seconds(10));
    EXPECT_EQ(Position(), feed_.head() - 1);
    EXPECT_EQ(Status().lag_events(), 1);
    EXPECT_GT(Status().lag_seconds(), 8);
    Script().failures.clear();
    RunFor(absl::Seconds(5));
    EXPECT_EQ(Position(), feed_.head());
  }
  EXPECT_EQ(Told(), "t0 t1 t2 t3");
  EXPECT_THAT(Parked(), IsEmpty());
}

TEST_F(SubscriptionTest, ManyEventsAreWrittenInManyShortTransactions) {
  Open();
  const auto commits = [&] { return process_->service->write_queue().counters().commits; };
  const int64_t before = commits();
  Script().each = [&] { process_->runtime.Move(absl::Milliseconds(2)); };
  for (int i = 0; i < 30; ++i) feed_.Add("t" + std::to_string(i));
  feed_.EndStreams(absl::UnavailableError("cut"));
  RunFor(absl::Seconds(2));
  EXPECT_EQ(Position(), 30);
  EXPECT_GE(commits() - before, 10);
}

TEST_F(SubscriptionTest, EventsOfManyResourcesAreWrittenInManyTransactions) {
  std::vector<std::string> many;
  for (int i = 0; i < 199; ++i) many.push_back("m" + std::to_string(i));
  for (int i = 0; i < 20; ++i) feed_.Add("t" + std::to_string(i), many);
  Open();
  EXPECT_EQ(Position(), 20);
  EXPECT_GE(process_->service->write_queue().counters().commits, 4);
}

TEST_F(SubscriptionTest, HoldsOnePageAtATime) {
  feed_.page_size = 10;
  for (int i = 0; i < 100; ++i) feed_.Add("t" + std::to_string(i));
  Script().failures["tickets/t15"] = absl::UnavailableError("x");
  Open();
  EXPECT_EQ(Position(), 10);
  EXPECT_EQ(Status().head_sequence(), 100);
}

TEST_F(SubscriptionTest, AReplayOfTheWholeFeedSkipsWhatIsParkedOrGivenUp) {
  Script().failures["tickets/a"] = absl::InternalError("x");
  for (const char* ticket : {"a", "b", "a"}) feed_.Add(ticket);
  Open();
  ASSERT_TRUE(Drop(1).ok());
  process_ = nullptr;
  Script().failures.clear();
  file().Execute("UPDATE subscription SET seq = 0");
  Open();
  EXPECT_EQ(Told(), "b b");
  EXPECT_THAT(Parked(/*settled=*/true), ElementsAre("1! DROPPED", "3 PARKED"));
  EXPECT_EQ(Position(), 3);
}

TEST_F(SubscriptionTest, DrainEndsTheStreamBehindAWholeWrite) {
  for (int i = 0; i < 10; ++i) feed_.Add("t" + std::to_string(i));
  Open();
  process_->service->Drain();
  feed_.Add("late");
  RunFor(absl::Minutes(1));
  EXPECT_EQ(Position(), 10);
  EXPECT_EQ(feed_.open_streams, 0);
}

}  // namespace
}  // namespace dangol::feed
