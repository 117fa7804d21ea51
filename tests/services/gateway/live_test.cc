// LiveService/Watch: everything that happens, in one stream.
#include <optional>
#include <string>

#include "google/protobuf/util/json_util.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dangol/gateway/v1/live_service.pb.h"
#include "services/backlog/service.h"
#include "services/gateway/envelope.h"
#include "services/gateway/watch.h"
#include "tests/services/gateway/gateway_fixture.h"
#include "tests/support/child_process.h"

namespace dangol::gateway {
namespace {

using ::testing::HasSubstr;
using testing::HttpClient;
using testing::Post;
using v1::FeedStatus;
using v1::WatchRequest;
using v1::WatchResponse;

constexpr char kWatchPath[] = "/dangol.gateway.v1.LiveService/Watch";

// A page that watches.
class Watcher {
 public:
  Watcher(int port, const WatchRequest& request) : client_(port) {
    client_.Request("POST", kWatchPath, {"content-type: application/connect+proto"},
                    Envelope(0, request.SerializeAsString()));
    EXPECT_EQ(client_.ReadHead().Header("content-type"), "application/connect+proto");
  }

  WatchResponse Next() {
    WatchResponse response;
    const std::string chunk = client_.ReadChunk().value_or("");
    EXPECT_GE(chunk.size(), 5u);
    if (chunk.size() >= 5) {
      EXPECT_EQ(chunk[0], 0) << chunk.substr(5);
      response.ParseFromString(chunk.substr(5));
    }
    return response;
  }

  // The next event, over messages without one.
  v1::WatchEvent NextEvent() {
    WatchResponse response;
    do {
      response = Next();
    } while (response.events().empty() && !::testing::Test::HasFailure());
    return response.events().empty() ? v1::WatchEvent() : response.events(0);
  }

  std::string Raw() { return client_.ReadChunk().value_or(""); }

 private:
  HttpClient client_;
};

FeedStatus StatusOf(const WatchResponse& response, const std::string& feed) {
  for (const FeedStatus& status : response.feeds()) {
    if (status.feed() == feed) return status;
  }
  return {};
}

void CreateTicket(int port, const std::string& id) {
  EXPECT_EQ(Post(port, kCreateTicketPath, R"({"ticketId":")" + id + R"(","ticket":{"subject":"Late"}})").status, 200);
}

TEST(Watch, BeginsNowAndTellsWhatHappens) {
  TicketsBehindGateway suite;
  CreateTicket(suite.port(), "before");
  Watcher watcher(suite.port(), {});
  const WatchResponse first = watcher.Next();
  EXPECT_EQ(StatusOf(first, "tickets").state(), FeedStatus::LIVE);
  EXPECT_NE(StatusOf(first, "tickets").cursor(), "");
  EXPECT_TRUE(first.events().empty());

  CreateTicket(suite.port(), "after");
  const v1::WatchEvent event = watcher.NextEvent();
  EXPECT_EQ(event.feed(), "tickets");
  EXPECT_EQ(event.ticket_event().facts().ticket(), "tickets/after");
  EXPECT_EQ(event.cursor(), event.ticket_event().envelope().cursor());
}

TEST(Watch, GoesOnBehindACursorWithoutAGap) {
  TicketsBehindGateway suite;
  WatchRequest request;
  {
    Watcher watcher(suite.port(), {});
    (*request.mutable_cursors())["tickets"] = StatusOf(watcher.Next(), "tickets").cursor();
  }
  for (const char* id : {"a", "b", "c"}) CreateTicket(suite.port(), id);
  for (const char* id : {"a", "b", "c"}) {
    Watcher watcher(suite.port(), request);
    const v1::WatchEvent event = watcher.NextEvent();
    EXPECT_EQ(event.ticket_event().facts().ticket(), std::string("tickets/") + id);
    (*request.mutable_cursors())["tickets"] = event.cursor();
  }
}

TEST(Watch, SaysWhereWhatCameAfterACursorIsNotKnownAnyMore) {
  GatewayOptions options;
  options.live.hub.events_max = 2;
  TicketsBehindGateway suite(std::move(options));
  WatchRequest request;
  {
    Watcher watcher(suite.port(), {});
    (*request.mutable_cursors())["tickets"] = StatusOf(watcher.Next(), "tickets").cursor();
    for (const char* id : {"a", "b", "c"}) CreateTicket(suite.port(), id);
    while (watcher.NextEvent().ticket_event().facts().ticket() != "tickets/c" && !::testing::Test::HasFailure()) {
    }
  }
  Watcher watcher(suite.port(), request);
  const WatchResponse first = watcher.Next();
  ASSERT_GE(first.feeds_size(), 1);
  EXPECT_EQ(first.feeds(0).state(), FeedStatus::RESET);
  EXPECT_TRUE(first.events().empty());
  CreateTicket(suite.port(), "d");
  EXPECT_EQ(watcher.NextEvent().ticket_event().facts().ticket(), "tickets/d");
}

TEST(Watch, AFeedThatIsAwayIsSaidAndDoesNotEndTheStream) {
  const int port = testing::FreePorts();
  const std::string address = "127.0.0.1:" + std::to_string(port);
  GatewayOptions options;
  options.live.hub.retry_max = absl::Milliseconds(200);
  options.backends.push_back(BackendAt("backlog", address));
  TicketsBehindGateway suite(std::move(options));
  Watcher watcher(suite.port(), {});
  const WatchResponse first = watcher.Next();
  EXPECT_EQ(StatusOf(first, "backlog").state(), FeedStatus::AWAY);
  EXPECT_EQ(StatusOf(first, "tickets").state(), FeedStatus::LIVE);
  CreateTicket(suite.port(), "t1");
  EXPECT_EQ(watcher.NextEvent().feed(), "tickets");

  testing::LocalService service(backlog::BacklogService());
  auto server = rpc::GrpcServer::Start(rpc::Endpoints(service.methods()), {.address = address});
  ASSERT_TRUE(server.ok()) << server.status();
  WatchResponse next;
  do {
    next = watcher.Next();
  } while (next.feeds().empty() && !::testing::Test::HasFailure());
  EXPECT_EQ(StatusOf(next, "backlog").state(), FeedStatus::LIVE);
  EXPECT_EQ(Post(suite.port(), "/dangol.backlog.v1.ChangeService/CreateChange",
                 R"({"changeId":"c1","change":{"title":"On the day"}})")
                .status,
            200);
  EXPECT_EQ(watcher.NextEvent().change_event().facts().change(), "changes/c1");
}

TEST(Watch, SendsOnlyTheTopicsThatAreWanted) {
  TicketsBehindGateway suite;
  WatchRequest request;
  request.add_topics("tickets");
  EXPECT_EQ(Watcher(suite.port(), request).Next().feeds_size(), 1);
  request.add_topics("weather");
  EXPECT_THAT(Watcher(suite.port(), request).Raw(), HasSubstr("there is no feed \\\"weather\\\""));
}

TEST(Watch, EndsWithAReasonWhenTheGatewayStops) {
  TicketsBehindGateway suite;
  Watcher watcher(suite.port(), {});
  watcher.Next();
  suite.gateway().Stop(absl::Minutes(1));
  // What was on its way comes before the end.
  std::string last;
  for (std::string chunk = watcher.Raw(); !chunk.empty(); chunk = watcher.Raw()) last = chunk;
  EXPECT_THAT(last, HasSubstr("GATEWAY_STOPS"));
}

TEST(Watch, AHeartbeatComesAlsoWhenTheClockWasSetBack) {
  const absl::Time begin = absl::FromUnixSeconds(1'750'000'000);
  gateway::Watch watch(WatchRequest(), {}, absl::InfiniteFuture(), 1024);
  int heartbeats = 0;
  const auto read = [&](absl::Time now) {
    watch.Read([&](std::optional<std::string> message, const absl::Status&) { heartbeats += message ? 1 : 0; }, now);
  };
  read(begin);
  watch.Wake(begin - absl::Hours(1), absl::Seconds(15));
  EXPECT_EQ(heartbeats, 1);
  read(begin - absl::Hours(1));
  watch.Wake(begin - absl::Hours(1) + absl::Seconds(14), absl::Seconds(15));
  EXPECT_EQ(heartbeats, 1);
}

TEST(Watch, NothingIsSaidForAWhileAndThenAHeartbeat) {
  GatewayOptions options;
  options.live.heartbeat = absl::Milliseconds(10);
  TicketsBehindGateway suite(std::move(options));
  Watcher watcher(suite.port(), {});
  EXPECT_EQ(watcher.Next().feeds_size(), 1);
  EXPECT_EQ(watcher.Next().ByteSizeLong(), 0u);
}

}  // namespace
}  // namespace dangol::gateway
