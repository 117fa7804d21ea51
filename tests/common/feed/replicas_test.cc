// Two processes of one service on one database: one of them follows, and what it does reaches the other's clients.
#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/common/feed/follower_fixture.h"

namespace dangol::feed {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ReplicasTest : public FollowerTest {
 protected:
  void OpenBoth() {
    one_ = Begin(/*shared=*/true);
    two_ = Begin(/*shared=*/true);
  }
  void RunBoth(absl::Duration duration) {
    for (absl::Duration passed; passed < duration; passed += absl::Milliseconds(50)) {
      one_->runtime.RunFor(absl::Milliseconds(50));
      two_->runtime.RunFor(absl::Milliseconds(50));
    }
  }

  std::unique_ptr<Process> one_;
  std::unique_ptr<Process> two_;
};

TEST_F(ReplicasTest, OneFollowsAndTheOtherStandsBy) {
  OpenBoth();
  feed_.Add("a");
  RunBoth(absl::Minutes(2));
  EXPECT_EQ(Told(), "a");
  EXPECT_EQ(StatusOf(*one_).state(), SubscriptionStatus::FOLLOWING);
  EXPECT_EQ(StatusOf(*two_).state(), SubscriptionStatus::STANDBY);
  EXPECT_EQ(StatusOf(*two_).sequence(), 1);
  EXPECT_EQ(StatusOf(*two_).epoch(), 1);
  EXPECT_EQ(feed_.open_streams, 1);
}

TEST_F(ReplicasTest, TheOtherTakesOverWhereTheFirstDies) {
  OpenBoth();
  feed_.Add("a");
  RunBoth(absl::Seconds(1));
  one_ = nullptr;
  feed_.Add("b");
  two_->runtime.RunFor(absl::Seconds(5));
  EXPECT_EQ(Told(), "a");
  two_->runtime.RunFor(absl::Seconds(10));
  EXPECT_EQ(Told(), "a b");
  EXPECT_EQ(StatusOf(*two_).epoch(), 2);
}

TEST_F(ReplicasTest, EachKeepsItsNumberWhileItLives) {
  OpenBoth();
  RunBoth(absl::Minutes(3));
  const auto living = [&] {
    const std::string now = std::to_string(absl::ToUnixMicros(two_->runtime.Now()));
    return file().Column(
        fmt::format("SELECT CAST(process AS TEXT) FROM replica WHERE expire_time > {} ORDER BY number", now));
  };
  EXPECT_THAT(living(), ElementsAre("1", "2"));
  one_ = nullptr;
  two_->runtime.RunFor(absl::Minutes(2));
  EXPECT_THAT(living(), ElementsAre("2"));
}

// Frozen for so long that its number went to another.
TEST_F(ReplicasTest, TakesAnotherNumberWhereItsOwnIsGone) {
  OpenBoth();
  file().Execute("UPDATE replica SET process = 99 WHERE number = 0");
  const std::string before = one_->service->ids().Next(one_->runtime.Now());
  RunBoth(absl::Minutes(1));
  EXPECT_THAT(file().Column("SELECT CAST(process AS TEXT) FROM replica ORDER BY number"), ElementsAre("99", "2", "1"));
  EXPECT_GT(one_->service->ids().Next(one_->runtime.Now()), before);
}

// A lease that ends in two hours, by a clock that was wrong.
TEST_F(ReplicasTest, TheOtherTakesOverInTimeThoughTheClockOfTheFirstWasAhead) {
  one_ = Begin(/*shared=*/true);
  one_->runtime.StepWall(absl::Hours(2));
  feed_.Add("a");
  one_->runtime.RunFor(absl::Minutes(1));
  two_ = Begin(/*shared=*/true);
  RunBoth(absl::Seconds(20));
  EXPECT_EQ(StatusOf(*one_).state(), SubscriptionStatus::FOLLOWING);
  one_ = nullptr;
  feed_.Add("b");
  two_->runtime.RunFor(absl::Seconds(30));
  EXPECT_EQ(Told(), "a b");
}

TEST_F(ReplicasTest, TheFirstKeepsItsLeaseThoughItsClockStepsBack) {
  OpenBoth();
  feed_.Add("a");
  RunBoth(absl::Seconds(1));
  one_->runtime.StepWall(-absl::Hours(2));
  RunBoth(absl::Minutes(2));
  feed_.Add("b");
  RunBoth(absl::Minutes(1));
  EXPECT_EQ(Told(), "a b");
}

TEST_F(ReplicasTest, TheOtherTakesOverAtOnceWhereTheFirstDrains) {
  OpenBoth();
  RunBoth(absl::Seconds(1));
  one_->service->Drain();
  feed_.Add("b");
  RunBoth(absl::Seconds(1));
  EXPECT_EQ(Told(), "b");
  EXPECT_EQ(StatusOf(*two_).state(), SubscriptionStatus::FOLLOWING);
}

// It reads on, and applies in the belief that it holds the lease.
TEST_F(ReplicasTest, OneThatFreezesPastItsLeaseDoesNoHarmWhenItWakes) {
  OpenBoth();
  feed_.Add("a");
  RunBoth(absl::Seconds(1));
  feed_.Add("b");  // on its way to the frozen one
  two_->runtime.RunFor(absl::Seconds(15));
  ASSERT_EQ(Told(), "a b");
  feed_.Add("c");
  two_->runtime.RunFor(absl::Seconds(1));
  one_->runtime.Move(absl::Seconds(16));
  one_->runtime.RunReady();
  EXPECT_EQ(Told(), "a b c");
  EXPECT_EQ(StatusOf(*one_).state(), SubscriptionStatus::STANDBY);
  feed_.Add("d");
  RunBoth(absl::Minutes(1));
  EXPECT_EQ(Told(), "a b c d");
  EXPECT_EQ(StatusOf(*two_).epoch(), 2);
}

// The position alone does not tell: nothing was applied meanwhile.
TEST_F(ReplicasTest, OneThatLostItsLeaseWhileNothingHappenedDoesNotApply) {
  OpenBoth();
  feed_.Add("a");
  RunBoth(absl::Seconds(1));
  two_->runtime.RunFor(absl::Seconds(15));
  ASSERT_EQ(StatusOf(*two_).epoch(), 2);
  feed_.Add("b");
  one_->runtime.RunReady();
  EXPECT_EQ(Told(), "a");
  two_->runtime.RunReady();
  EXPECT_EQ(Told(), "a b");
}

TEST_F(ReplicasTest, AStreamOfTheOneTellsWhatTheOtherDid) {
  OpenBoth();
  auto stream = testing::MakeCall<testing::FakeStreamCall>("/dangol.tickets.v1.TicketFeed/StreamEvents", "");
  two_->service->methods().Start(stream);
  two_->runtime.RunReady();
  ASSERT_TRUE(stream->writing());
  stream->Read();
  feed_.Add("a");
  RunBoth(absl::Seconds(1));
  ASSERT_TRUE(stream->writing());
  tickets::v1::StreamEventsResponse response;
  ASSERT_TRUE(response.ParseFromString(stream->Read()));
  EXPECT_EQ(response.events_size(), 1);
  EXPECT_EQ(response.events(0).facts().ticket(), "tickets/a");
}

TEST_F(ReplicasTest, ACursorOfTheOneIsNotAheadAtTheOther) {
  OpenBoth();
  feed_.Add("a");
  one_->runtime.RunReady();
  dangol::api::v1::StreamEventsRequest request;
  const int64_t commit_id = file().Integer("SELECT commit_id FROM feed WHERE seq = 1");
  request.set_after_cursor(storage::FormatCursor({one_->service->feed_head().incarnation(), {1, commit_id}}));
  auto stream = testing::MakeCall<testing::FakeStreamCall>("/dangol.tickets.v1.TicketFeed/StreamEvents",
                                                           request.SerializeAsString());
  two_->service->methods().Start(stream);
  two_->runtime.RunReady();
  EXPECT_FALSE(stream->finished()) << stream->status();
}

TEST_F(ReplicasTest, BothTellThatAFeedCannotBeFollowed) {
  OpenBoth();
  for (const char* ticket : {"a", "b"}) feed_.Add(ticket);
  RunBoth(absl::Seconds(1));
  feed_.PutBack(1);
  feed_.EndStreams(absl::UnavailableError("restarted"));
  feed_.Add("x");
  RunBoth(absl::Seconds(2));
  for (Process* process : {one_.get(), two_.get()}) {
    EXPECT_EQ(StatusOf(*process).state(), SubscriptionStatus::BROKEN);
    EXPECT_THAT(StatusOf(*process).reason(), ::testing::HasSubstr("HISTORY_CHANGED"));
  }
  feed_.BeginAgain("22222222-89ab-4cde-8f01-23456789abcd");
  feed_.Add("y");
  RunBoth(absl::Minutes(1));
  const std::set<SubscriptionStatus::State> states = {StatusOf(*one_).state(), StatusOf(*two_).state()};
  EXPECT_EQ(states, (std::set<SubscriptionStatus::State>{SubscriptionStatus::FOLLOWING, SubscriptionStatus::STANDBY}));
}

TEST_F(ReplicasTest, AReadAtTheOtherWaitsForAnUpstreamPosition) {
  OpenBoth();
  feed_.Add("a");
  RunBoth(absl::Seconds(1));
  auto read = testing::MakeCall<testing::FakeUnaryCall>(std::string(kAdmin) + "ListParkedEvents", "",
                                                        {{std::string(rpc::kMinCursorKey), feed_.CursorAt(2)}});
  two_->service->methods().Start(read);
  two_->runtime.RunReady();
  EXPECT_FALSE(read->finished());
  feed_.Add("b");
  RunBoth(absl::Seconds(1));
  ASSERT_TRUE(read->finished());
  EXPECT_TRUE(read->reply().status.ok()) << read->reply().status;
}

class UpstreamCursorTest : public FollowerTest {
 protected:
  std::shared_ptr<testing::FakeUnaryCall> Read(const std::string& cursor) {
    auto read = testing::MakeCall<testing::FakeUnaryCall>(std::string(kAdmin) + "ListParkedEvents", "",
                                                          {{std::string(rpc::kMinCursorKey), cursor}});
    process_->service->methods().Start(read);
    Run();
    return read;
  }
};

TEST_F(UpstreamCursorTest, AReadWaitsUntilThePositionIsApplied) {
  feed_.Add("a");
  Open();
  auto at_once = Read(feed_.CursorAt(1));
  ASSERT_TRUE(at_once->finished());
  auto read = Read(feed_.CursorAt(2));
  EXPECT_FALSE(read->finished());
  feed_.Add("b");
  Run();
  ASSERT_TRUE(read->finished());
  EXPECT_TRUE(read->reply().status.ok()) << read->reply().status;
}

TEST_F(UpstreamCursorTest, EndsWithAnErrorWhereTheClientStopsWaiting) {
  feed_.Add("a");
  Open();
  auto read = Read(feed_.CursorAt(2));
  EXPECT_FALSE(read->finished());
  read->Cancel();
  EXPECT_EQ(testing::Summary(read->reply().status), "DEADLINE_EXCEEDED CURSOR_NOT_REACHED");
  feed_.Add("b");
  Run();
  EXPECT_EQ(read->times_finished(), 1u);
}

TEST_F(UpstreamCursorTest, LetsOnlySoManyWait) {
  feed_.Add("a");
  Open();
  std::vector<std::shared_ptr<testing::FakeUnaryCall>> reads;
  for (int i = 0; i < 1024; ++i) reads.push_back(Read(feed_.CursorAt(2)));
  EXPECT_EQ(testing::Summary(Read(feed_.CursorAt(2))->reply().status), "RESOURCE_EXHAUSTED TOO_MANY_WAIT");
  reads.back()->Cancel();
  auto next = Read(feed_.CursorAt(2));
  EXPECT_FALSE(next->finished());
  feed_.Add("b");
  Run();
  for (const auto& read : reads) EXPECT_EQ(read->times_finished(), 1u);
  EXPECT_TRUE(next->reply().status.ok()) << next->reply().status;
  EXPECT_FALSE(Read(feed_.CursorAt(3))->finished());  // all places are free again
}

TEST_F(UpstreamCursorTest, AWaitingReadEndsWithTheService) {
  feed_.Add("a");
  Open();
  auto read = Read(feed_.CursorAt(2));
  process_->service = nullptr;
  EXPECT_EQ(read->times_finished(), 1u);
  read->LetGo();
}

TEST_F(UpstreamCursorTest, ItAnswersWithThePositionThatItSawInItsOwnFeed) {
  for (const char* ticket : {"a", "b", "c"}) feed_.Add(ticket);
  Open();
  auto read = Read(feed_.CursorAt(2));
  ASSERT_TRUE(read->finished());
  EXPECT_EQ(rpc::FindMetadata(read->reply().trailing, rpc::kCursorKey),
            storage::FormatCursor({process_->service->feed_head().incarnation(),
                                   {3, file().Integer("SELECT commit_id FROM feed WHERE seq = 3")}}));
}

TEST_F(UpstreamCursorTest, IsNotKnownBeforeThePeerIs) {
  feed_.refusal = absl::UnavailableError("away");
  Open();
  auto read = Read(feed_.CursorAt(1));
  EXPECT_EQ(testing::Summary(read->reply().status), "UNAVAILABLE PEER_UNKNOWN");
  EXPECT_GT(RetryDelay(read->reply().status), absl::ZeroDuration());
  feed_.refusal = std::nullopt;
  RunFor(absl::Seconds(3));
  EXPECT_EQ(testing::Summary(Read("99999999-89ab-4cde-8f01-23456789abcd.1.00000001")->reply().status),
            "INVALID_ARGUMENT CURSOR_UNKNOWN x-dangol-min-cursor");
}

TEST_F(UpstreamCursorTest, IsNotKnownWhereTheFeedCannotBeFollowed) {
  for (const char* ticket : {"a", "b", "c"}) feed_.Add(ticket);
  Open();
  auto waiting = Read(feed_.CursorAt(4));
  feed_.PutBack(1);
  feed_.EndStreams(absl::UnavailableError("restarted"));
  for (const char* ticket : {"x", "y", "z"}) feed_.Add(ticket);
  RunFor(absl::Seconds(1));
  EXPECT_EQ(testing::Summary(waiting->reply().status), "UNAVAILABLE PEER_UNKNOWN");
  EXPECT_EQ(testing::Summary(Read(feed_.CursorAt(2))->reply().status), "UNAVAILABLE PEER_UNKNOWN");
  Restart();
  EXPECT_EQ(testing::Summary(Read(feed_.CursorAt(2))->reply().status), "UNAVAILABLE PEER_UNKNOWN");
}

TEST_F(UpstreamCursorTest, EndsWhereTheFeedBeginsAgain) {
  feed_.Add("a");
  Open();
  auto read = Read(feed_.CursorAt(5));
  EXPECT_FALSE(read->finished());
  feed_.BeginAgain("22222222-89ab-4cde-8f01-23456789abcd");
  feed_.Add("x");
  feed_.EndStreams(absl::UnavailableError("restarted"));
  RunFor(absl::Seconds(1));
  ASSERT_TRUE(read->finished());
  EXPECT_FALSE(read->reply().status.ok());
}

}  // namespace
}  // namespace dangol::feed
