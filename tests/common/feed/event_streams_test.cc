// StreamEvents: what is stored, then what comes, from any position on.
#include "common/feed/event_streams.h"

#include <numeric>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/common/feed/stream_fixture.h"

namespace dangol::feed {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::Le;
using ::testing::SizeIs;

using EventStreamsTest = StreamTest;

TEST_F(EventStreamsTest, SendsWhatIsStoredThenWhatComes) {
  CreateTicket("a");
  CreateTicket("b");
  auto call = Open();
  EXPECT_EQ(ReadAll(*call), Numbers(1, 2));
  EXPECT_FALSE(call->writing());
  CreateTicket("c");
  Run();
  EXPECT_EQ(ReadAll(*call), Numbers(3, 3));
  CreateTickets(5);
  Run();
  EXPECT_EQ(ReadAll(*call), Numbers(4, 8));
  EXPECT_FALSE(call->finished());
}

TEST_F(EventStreamsTest, WaitsForTheFirstEventOfAnEmptyFeed) {
  auto call = Open();
  const StreamEventsResponse nothing = ReadOne(*call);  // which feed it is, and that it is empty
  EXPECT_EQ(nothing.events_size(), 0);
  EXPECT_EQ(nothing.cursor(), CursorAt(0));
  EXPECT_FALSE(call->writing());
  EXPECT_EQ(open_streams(), 1);
  CreateTicket();
  Run();
  EXPECT_EQ(ReadAll(*call), Numbers(1, 1));
}

TEST_F(EventStreamsTest, TellsOfAnEventWhatAConsumerNeeds) {
  const std::string trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  tickets().runtime().Move(absl::Microseconds(123'456));
  const absl::Time now = tickets().runtime().Now();
  const std::string cursor = CreateTicket("a", {{"traceparent", trace}});
  const StreamEventsResponse response = ReadOne(*Open());
  ASSERT_EQ(response.events_size(), 1);
  const auto& envelope = response.events(0).envelope();
  EXPECT_EQ(envelope.sequence(), 1);
  EXPECT_EQ(envelope.cursor(), cursor);
  EXPECT_EQ(envelope.traceparent(), trace);
  EXPECT_EQ(envelope.time().seconds(), absl::ToUnixSeconds(now));
  EXPECT_EQ(envelope.time().nanos(), 123'456'000);
  ASSERT_EQ(envelope.resources_size(), 2);  // with its customer
  EXPECT_EQ(envelope.resources(0).name(), "tickets/a");
  EXPECT_EQ(envelope.resources(0).version(), 1);
  EXPECT_EQ(response.events(0).facts().ticket(), "tickets/a");
  EXPECT_EQ(response.cursor(), cursor);
  EXPECT_EQ(response.head_sequence(), 1);
}

TEST_F(EventStreamsTest, NamesEveryResourceThatAnEventTouches) {
  CreateTicket("a");
  tickets::v1::CreateMessageRequest request;
  request.set_parent("tickets/a");
  request.set_message_id("m");
  request.mutable_message()->set_kind(tickets::v1::Message::PUBLIC);
  request.mutable_message()->set_body("x");
  ASSERT_TRUE(tickets().Call<tickets::v1::Message>("/dangol.tickets.v1.TicketService/CreateMessage", request).ok());
  const StreamEventsResponse response = ReadOne(*Open(CursorAt(1)));
  std::vector<std::string> touched;
  for (const auto& resource : response.events(0).envelope().resources()) {
    touched.push_back(fmt::format("{}@{}", resource.name(), resource.version()));
  }
  EXPECT_THAT(touched, ElementsAre("tickets/a/messages/m@1", "tickets/a@2"));
}

TEST_F(EventStreamsTest, GoesOnBehindAnyCursor) {
  CreateTickets(10);
  for (int64_t after = 0; after <= 10; ++after) {
    EXPECT_EQ(ReadAll(*Open(CursorAt(after))), Numbers(after + 1, 10)) << after;
  }
}

TEST_F(EventStreamsTest, TheLastCursorGivesExactlyTheRest) {
  CreateTickets(700);
  std::string cursor;
  std::vector<int64_t> seen;
  for (int connection = 0; seen.size() < 700; ++connection) {
    ASSERT_LT(connection, 10);
    auto call = Open(cursor);
    const StreamEventsResponse response = ReadOne(*call);
    for (const auto& event : response.events()) seen.push_back(event.envelope().sequence());
    cursor = response.cursor();
    call->Cancel();
    Run();
  }
  EXPECT_EQ(seen, Numbers(1, 700));
}

TEST_F(EventStreamsTest, EveryEventsCursorGivesExactlyTheRest) {
  CreateTickets(20);
  const StreamEventsResponse response = ReadOne(*Open());
  ASSERT_EQ(response.events_size(), 20);
  for (const auto& event : response.events()) {
    EXPECT_EQ(ReadAll(*Open(event.envelope().cursor())), Numbers(event.envelope().sequence() + 1, 20));
  }
}

TEST_F(EventStreamsTest, GoesOnAfterTheServiceHasRestarted) {
  CreateTickets(3);
  const std::string cursor = ReadOne(*Open()).cursor();
  tickets().Restart();
  CreateTickets(2);
  EXPECT_EQ(ReadAll(*Open(cursor)), Numbers(4, 5));
}

TEST_F(EventStreamsTest, RefusesWhatIsNoCursor) {
  for (const std::string text : {"x", "1", "01234567-89ab-4cde-8f01-23456789abcd",
                                 "01234567-89ab-4cde-8f01-23456789abcd.x", "01234567-89ab-4cde-8f01-23456789abcd.1"}) {
    auto call = Open(text);
    EXPECT_EQ(testing::Summary(call->status()), "INVALID_ARGUMENT CURSOR_MALFORMED after_cursor") << text;
    EXPECT_EQ(call->times_finished(), 1);
  }
  EXPECT_EQ(testing::Summary(Open(std::string(129, 'x'))->status()), "INVALID_ARGUMENT INVALID_FIELD after_cursor");
  EXPECT_EQ(open_streams(), 0);
}

TEST_F(EventStreamsTest, RaisesAnAlarmWhereTheCursorIsAhead) {
  CreateTickets(3);
  auto call = Open(CursorAt(4));
  EXPECT_EQ(testing::Summary(call->status()), "DATA_LOSS CURSOR_AHEAD");
  EXPECT_THAT(std::string(call->status().message()), HasSubstr("the cursor is at 4 and the feed ends at 3"));
  EXPECT_FALSE(Open(CursorAt(3))->finished());
}

TEST_F(EventStreamsTest, RaisesAnAlarmWhereTheDatabaseWasPutBack) {
  CreateTickets(3);
  for (int i = 4; i <= 12; ++i) CreateTicket();
  std::vector<std::string> cursors;
  for (int64_t i = 0; i <= 12; ++i) cursors.push_back(CursorAt(i));
  PutBack(5);
  EXPECT_EQ(testing::Summary(Open(cursors[12])->status()), "DATA_LOSS CURSOR_AHEAD");
  CreateTickets(10);
  for (size_t i = 6; i <= 12; ++i) {
    const auto call = Open(cursors[i]);
    EXPECT_EQ(testing::Summary(call->status()), "DATA_LOSS HISTORY_CHANGED") << i;
    EXPECT_THAT(std::string(call->status().message()), HasSubstr("--new-incarnation"));
  }
  // Who had not seen what is gone has lost nothing.
  for (size_t i = 0; i <= 5; ++i) EXPECT_EQ(ReadAll(*Open(cursors[i])), Numbers(static_cast<int64_t>(i) + 1, 15)) << i;
}

TEST_F(EventStreamsTest, EndsAStreamWhoseDatabaseIsPutBackBeneathIt) {
  CreateTickets(5);
  auto call = Open();
  ReadAll(*call);
  tickets().file().Execute("UPDATE feed SET commit_id = commit_id + 1 WHERE seq = 5");
  CreateTicket();
  Run();
  EXPECT_EQ(testing::Summary(call->status()), "DATA_LOSS HISTORY_CHANGED");
}

TEST_F(EventStreamsTest, SaysThatTheDatabaseIsAnother) {
  auto call = Open("01234567-89ab-4cde-8f01-23456789abcd.0.00000000");
  EXPECT_EQ(testing::Summary(call->status()), "FAILED_PRECONDITION INCARNATION_CHANGED");
}

TEST_F(EventStreamsTest, SendsToManyStreamsAtTheirOwnPace) {
  auto fast = Open();
  auto slow = Open();
  CreateTickets(2);
  Run();
  EXPECT_EQ(ReadAll(*fast), Numbers(1, 2));
  CreateTickets(2);
  Run();
  EXPECT_EQ(ReadAll(*fast), Numbers(3, 4));
  EXPECT_EQ(ReadAll(*slow), Numbers(1, 4));
}

class PagesTest : public StreamTest {
 protected:
  PagesTest() : StreamTest({.page_events_max = 10}) {}
};

TEST_F(PagesTest, EndAtTheirEvents) {
  CreateTickets(25);
  auto call = Open();
  const StreamEventsResponse first = ReadOne(*call);
  EXPECT_EQ(first.events_size(), 10);
  EXPECT_EQ(first.cursor(), CursorAt(10));
  EXPECT_EQ(first.head_sequence(), 25);
  EXPECT_EQ(ReadOne(*call).events_size(), 10);
  EXPECT_EQ(ReadOne(*call).events_size(), 5);
  EXPECT_FALSE(call->writing());
}

class SmallPagesTest : public StreamTest {
 protected:
  SmallPagesTest() : StreamTest({.page_bytes_max = 1000}) {}
};

TEST_F(SmallPagesTest, EndAtTheirBytes) {
  CreateTickets(20);
  auto call = Open();
  std::vector<int> sizes;
  while (call->writing()) sizes.push_back(ReadOne(*call).events_size());
  EXPECT_EQ(std::accumulate(sizes.begin(), sizes.end(), 0), 20);
  EXPECT_THAT(sizes, SizeIs(Ge(3u)));
  // An event takes 120 to 250 bytes.
  for (size_t i = 0; i + 1 < sizes.size(); ++i) EXPECT_THAT(sizes[i], AllOf(Ge(4), Le(9)));
}

class TinyPagesTest : public StreamTest {
 protected:
  TinyPagesTest() : StreamTest({.page_bytes_max = 1}) {}
};

TEST_F(TinyPagesTest, HoldOneEventThatIsLargerThanAPage) {
  CreateTickets(3);
  auto call = Open();
  EXPECT_EQ(ReadOne(*call).events_size(), 1);
  EXPECT_EQ(ReadAll(*call), Numbers(2, 3));
}

}  // namespace
}  // namespace dangol::feed
