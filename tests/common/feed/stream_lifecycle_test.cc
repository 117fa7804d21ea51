// What a stream does over time: heartbeats, slow readers, clients that go, a server that stops.
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/base/error.h"
#include "common/feed/event_streams.h"
#include "tests/common/feed/stream_fixture.h"
#include "tests/common/storage/watched_database.h"

namespace dangol::feed {
namespace {

using ::testing::IsEmpty;

constexpr char kStreamEvents[] = "/dangol.tickets.v1.TicketFeed/StreamEvents";

const absl::Duration kHeartbeat = StreamLimits().heartbeat;

using StreamLifecycleTest = StreamTest;

TEST_F(StreamLifecycleTest, SendsAHeartbeatAfterSilence) {
  CreateTicket();
  auto call = Open();
  ReadAll(*call);
  for (int i = 0; i < 3; ++i) {
    RunFor(kHeartbeat - absl::Seconds(1));
    EXPECT_FALSE(call->writing());
    RunFor(absl::Seconds(2));
    const StreamEventsResponse heartbeat = ReadOne(*call);
    EXPECT_THAT(heartbeat.events(), IsEmpty());
    EXPECT_EQ(heartbeat.cursor(), CursorAt(1));
    EXPECT_EQ(heartbeat.head_sequence(), 1);
  }
}

TEST_F(StreamLifecycleTest, SendsNoHeartbeatWhileEventsCome) {
  auto call = Open();
  ReadAll(*call);
  for (int i = 0; i < 5; ++i) {
    RunFor(kHeartbeat * 2 / 3);
    ASSERT_FALSE(call->writing()) << i;
    CreateTicket();
    Run();
    EXPECT_EQ(ReadAll(*call), Numbers(i + 1, i + 1));
  }
}

TEST_F(StreamLifecycleTest, SendsWhatCameDuringAHeartbeat) {
  auto call = Open();
  RunFor(kHeartbeat + absl::Seconds(1));
  ASSERT_TRUE(call->writing());
  CreateTickets(2);
  Run();
  EXPECT_THAT(ReadOne(*call).events(), IsEmpty());
  EXPECT_EQ(ReadAll(*call), Numbers(1, 2));
}

TEST_F(StreamLifecycleTest, NeverWritesTwoMessagesAtOnce) {
  auto call = Open();
  for (int i = 0; i < 20; ++i) {
    CreateTickets(3);
    RunFor(absl::Seconds(1));
  }
  EXPECT_FALSE(call->overlapped());
  EXPECT_EQ(ReadAll(*call), Numbers(1, 60));
  EXPECT_FALSE(call->overlapped());
}

TEST_F(StreamLifecycleTest, CutsAClientThatDoesNotReadForThirtySeconds) {
  CreateTickets(2);
  auto call = Open();
  RunFor(absl::Seconds(29));
  EXPECT_FALSE(call->aborted());
  RunFor(absl::Seconds(3));
  EXPECT_TRUE(call->aborted());
  EXPECT_EQ(testing::Summary(call->status()), "RESOURCE_EXHAUSTED READER_TOO_SLOW");
  EXPECT_GT(RetryDelay(call->status()), absl::ZeroDuration());
  EXPECT_EQ(call->times_finished(), 1);
  EXPECT_EQ(open_streams(), 0);
}

TEST_F(StreamLifecycleTest, LetsAClientBeThatReadsSlowly) {
  CreateTickets(1000);
  auto call = Open();
  std::vector<int64_t> seen;
  for (int i = 0; i < 4; ++i) {
    RunFor(absl::Seconds(25));
    const StreamEventsResponse response = ReadOne(*call);
    for (const auto& event : response.events()) seen.push_back(event.envelope().sequence());
  }
  EXPECT_FALSE(call->finished());
  EXPECT_EQ(seen, Numbers(1, 1000));
}

TEST_F(StreamLifecycleTest, OutlivesReadsThatABusyMachineMakesTooLong) {
  CreateTickets(10);
  tickets().runtime().BeSlow(absl::Seconds(2), /*looks=*/20);
  EXPECT_EQ(ReadAll(*Open()), Numbers(1, 10));
}

TEST_F(StreamLifecycleTest, EndsWhereEveryReadTakesTooLong) {
  CreateTickets(10);
  tickets().runtime().BeSlow(absl::Seconds(2), /*looks=*/10'000);
  auto call = Open();
  ASSERT_TRUE(call->finished());
  EXPECT_EQ(testing::Summary(call->status()), "RESOURCE_EXHAUSTED READ_TOO_LONG");
  EXPECT_EQ(open_streams(), 0);
}

TEST_F(StreamLifecycleTest, SendsAsMuchOfAPageAsTimeAllows) {
  if (testing::OnPostgres()) GTEST_SKIP() << "its rows come all together";
  CreateTickets(1000);
  tickets().runtime().BeSlow(absl::Milliseconds(60), /*looks=*/1'000'000);
  auto call = Open();
  const StreamEventsResponse first = ReadOne(*call);
  EXPECT_GT(first.events_size(), 0);
  EXPECT_LT(first.events_size(), 256);
  EXPECT_EQ(ReadAll(*call), Numbers(first.events_size() + 1, 1000));
}

TEST_F(StreamLifecycleTest, IsFreedWhenItsClientGoes) {
  CreateTicket();
  for (const bool reads : {true, false}) {
    auto call = Open();
    if (reads) ReadAll(*call);
    EXPECT_EQ(open_streams(), 1);
    call->Cancel();
    Run();
    EXPECT_EQ(call->times_finished(), 1);
    EXPECT_EQ(open_streams(), 0);
    EXPECT_FALSE(call->overlapped());
    EXPECT_EQ(call.use_count(), 1) << "something still holds the call";
  }
}

TEST_F(StreamLifecycleTest, IsFreedWhenItsClientWasGoneBeforeItBegan) {
  auto call = testing::MakeCall<FakeStreamCall>(kStreamEvents, "");
  call->Cancel();
  tickets().methods().Start(call);
  Run();
  EXPECT_EQ(call->times_finished(), 1);
  EXPECT_EQ(open_streams(), 0);
}

TEST_F(StreamLifecycleTest, IsFreedWhenAWriteFails) {
  CreateTicket();
  auto call = Open();
  call->Abort();  // as a transport does whose connection is lost
  Run();
  EXPECT_EQ(call->times_finished(), 1);
  EXPECT_EQ(open_streams(), 0);
}

TEST_F(StreamLifecycleTest, EndsWhenTheServiceDrains) {
  CreateTickets(3);
  auto call = Open();
  ReadAll(*call);
  tickets().service().Drain();
  Run();
  EXPECT_EQ(testing::Summary(call->status()), "UNAVAILABLE DRAINING");
  EXPECT_GT(RetryDelay(call->status()), absl::ZeroDuration());
  EXPECT_EQ(TrailingCursor(*call), CursorAt(3));
  EXPECT_EQ(open_streams(), 0);
  EXPECT_EQ(testing::Summary(Open()->status()), "UNAVAILABLE DRAINING");
}

// A page that was never read must not be skipped by whoever goes on with the trailing cursor.
TEST_F(StreamLifecycleTest, TheTrailingCursorIsBehindWhatTheClientHasRead) {
  CreateTickets(300);
  auto call = Open();
  EXPECT_EQ(ReadOne(*call).events_size(), 256);
  ASSERT_TRUE(call->writing());  // events 257 to 300
  tickets().service().Drain();
  Run();
  ASSERT_TRUE(call->aborted());
  EXPECT_EQ(call->times_finished(), 1);
  EXPECT_EQ(TrailingCursor(*call), CursorAt(256));
}

TEST_F(StreamLifecycleTest, EndsWithTheService) {
  CreateTicket();
  auto idle = Open();
  ReadAll(*idle);
  tickets().Stop();
  EXPECT_EQ(testing::Summary(idle->status()), "UNAVAILABLE DRAINING");
  EXPECT_EQ(idle->times_finished(), 1);
}

class FewStreamsTest : public StreamTest {
 protected:
  FewStreamsTest() : StreamTest({.streams_max = 2}) {}
};

TEST_F(FewStreamsTest, RefusesOneTooMany) {
  auto first = Open();
  auto second = Open();
  auto third = Open();
  EXPECT_EQ(testing::Summary(third->status()), "RESOURCE_EXHAUSTED TOO_MANY_STREAMS");
  EXPECT_GT(RetryDelay(third->status()), absl::ZeroDuration());
  first->Cancel();
  Run();
  EXPECT_FALSE(Open()->finished());
}

// Streams on readers whose snapshots are counted.
class BackpressureTest : public StreamTest {
 protected:
  BackpressureTest() { streams_.AddFeed(table_, "dangol.tickets.v1.TicketFeed"); }
  ~BackpressureTest() override { pool_.Stop(); }

  static std::unique_ptr<storage::Database> OpenBeside(testing::SimulatedService& tickets) {
    storage::DatabaseOptions options;
    options.runtime = &tickets.runtime();
    options.lock_file = false;
    return *storage::OpenDatabase(tickets.url(), options);
  }
  std::shared_ptr<FakeStreamCall> OpenWatched() {
    auto call = testing::MakeCall<FakeStreamCall>(kStreamEvents, "");
    table_.Start(call);
    Run();
    return call;
  }

  testing::WatchedDatabase database_{OpenBeside(tickets())};
  storage::ReaderPool pool_{tickets().runtime(), database_, {}};
  EventStreams streams_{tickets().runtime(), pool_, tickets().service().feed_head(), {.page_events_max = 10}};
  rpc::TrustedNetworkAuthorizer authorizer_;
  rpc::MethodTable table_{tickets().methods().backend(), authorizer_};
};

TEST_F(BackpressureTest, ReadsTheNextPageOnlyWhenTheLastIsWritten) {
  CreateTickets(50);
  auto call = OpenWatched();
  for (int page = 1; page <= 5; ++page) {
    ASSERT_TRUE(call->writing());
    CreateTicket();
    RunFor(absl::Seconds(2));
    EXPECT_EQ(database_.snapshots, page);
    EXPECT_EQ(database_.open_snapshots, 0);  // none is held across a write
    EXPECT_EQ(ReadOne(*call).events_size(), 10);
  }
  call->Cancel();
  Run();
}

TEST_F(BackpressureTest, ReadsNothingWhileItWaits) {
  auto call = OpenWatched();
  const int opened = database_.snapshots;
  RunFor(absl::Seconds(10));
  EXPECT_EQ(database_.snapshots, opened);
  call->Cancel();
  Run();
}

}  // namespace
}  // namespace dangol::feed
