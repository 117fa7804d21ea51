// Server streaming over the Connect protocol, GET, and gzip.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/gateway/compression.h"
#include "services/gateway/envelope.h"
#include "tests/services/gateway/gateway_fixture.h"

namespace dangol::gateway {
namespace {

using rpc::kPatience;
using testing::Ask;
using ::testing::HasSubstr;
using testing::HttpAnswer;
using testing::HttpClient;
using testing::Post;
using ::testing::StartsWith;

const std::vector<std::string> kStreamJson = {"content-type: application/connect+json"};

TEST(ConnectStream, SendsMessagesAsTheyComeAndThenHowItEnded) {
  FakeBehindGateway suite;
  HttpClient client(suite.port());
  client.Request("POST", kTicketEventsPath, kStreamJson, Envelope(0, R"({"afterCursor":"c"})"));
  const rpc::StreamPointer call = suite.service.streams.Take();
  EXPECT_EQ(call->request, std::string("\x0a\x01\x63", 3));
  EXPECT_TRUE(rpc::BeginWrite(*call, "")->Take());
  const HttpAnswer head = client.ReadHead();
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.Header("content-type"), "application/connect+json");
  EXPECT_EQ(client.ReadChunk(), Envelope(0, "{}"));
  call->Finish(absl::UnavailableError("gone"), {{"x-dangol-cursor", "c9"}});
  const std::string end = client.ReadChunk().value_or("");
  EXPECT_EQ(end[0], 2);
  EXPECT_THAT(end.substr(5), StartsWith(R"({"error":{"code":"unavailable")"));
  EXPECT_THAT(end.substr(5), HasSubstr(R"("metadata":{"x-dangol-cursor":["c9"]})"));
  EXPECT_EQ(client.ReadChunk(), std::nullopt);
}

TEST(ConnectStream, AClientThatLeavesCancelsItsCall) {
  FakeBehindGateway suite;
  HttpClient client(suite.port());
  client.Request("POST", kTicketEventsPath, kStreamJson, Envelope(0, "{}"));
  const rpc::StreamPointer call = suite.service.streams.Take();
  const auto cancelled = rpc::WatchCancel(*call);
  EXPECT_TRUE(rpc::BeginWrite(*call, "")->Take());
  client.ReadHead();
  client.Close();
  EXPECT_TRUE(cancelled->TakeWithin(kPatience).has_value());
}

TEST(ConnectStream, ASlowReaderHoldsUpItsServiceAndNothingElse) {
  FakeBehindGateway suite;
  HttpClient client(suite.port());
  client.Request("POST", kTicketEventsPath, {"content-type: application/connect+proto"}, Envelope(0, ""));
  const rpc::StreamPointer call = suite.service.streams.Take();
  int written = 0;
  const auto blocked = rpc::WriteUntilBlocked(*call, written);
  EXPECT_EQ(Ask(suite.port(), "GET", "/healthz").status, 200);
  client.Close();
  EXPECT_FALSE(blocked->Take());
}

TEST(ConnectStream, ARequestIsExactlyOneMessage) {
  TicketsBehindGateway suite;
  for (const std::string& body : {std::string(), Envelope(0, "{}") + Envelope(0, "{}"), Envelope(0, "{}").substr(0, 6),
                                  std::string("\0\0", 2), Envelope(1, "{}"), Envelope(4, "{}")}) {
    const HttpAnswer answer = Ask(suite.port(), "POST", kTicketEventsPath, kStreamJson, body);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body[0], 2);
    EXPECT_THAT(answer.body, HasSubstr("\"error\"")) << body;
  }
}

TEST(ConnectGet, AnswersReadsAndLetsThemBeKept) {
  TicketsBehindGateway suite;
  EXPECT_EQ(Post(suite.port(), kCreateTicketPath, R"({"ticketId":"t1","ticket":{"subject":"Late"}})").status, 200);
  const std::string path = kGetTicketPath;
  const HttpAnswer plain =
      Ask(suite.port(), "GET", path + "?connect=v1&encoding=json&message=%7B%22name%22:%22tickets/t1%22%7D");
  EXPECT_EQ(plain.status, 200) << plain.body;
  EXPECT_THAT(plain.body, HasSubstr("Late"));
  const std::string base64 = path + "?message=eyJuYW1lIjoidGlja2V0cy90MSJ9&base64=1&encoding=json";
  EXPECT_EQ(Ask(suite.port(), "GET", base64).body, plain.body);
  EXPECT_EQ(Ask(suite.port(), "GET", base64, {"if-none-match: " + plain.Header("etag")}).status, 304);
}

TEST(ConnectGet, IsForReadsAlone) {
  TicketsBehindGateway suite;
  const HttpAnswer write = Ask(suite.port(), "GET", std::string(kCreateTicketPath) + "?encoding=json&message=%7B%7D");
  EXPECT_EQ(write.status, 405);
  EXPECT_EQ(write.Header("allow"), "POST");
  for (const char* query :
       {"", "?encoding=json", "?message=%7B%7D", "?encoding=json&message=%zz", "?encoding=json&base64=1&message=%21"}) {
    EXPECT_EQ(Ask(suite.port(), "GET", std::string(kGetTicketPath) + query).status, 400) << query;
  }
}

TEST(ConnectGzip, GoesBothWays) {
  TicketsBehindGateway suite;
  const std::string body(3000, 'a');
  const HttpAnswer created = Ask(suite.port(), "POST", kCreateTicketPath,
                                 {"content-type: application/json", "content-encoding: gzip", "accept-encoding: gzip"},
                                 Gzip(R"({"ticketId":"t1","ticket":{"body":")" + body + R"("}})"));
  EXPECT_EQ(created.status, 200);
  EXPECT_EQ(created.Header("content-encoding"), "gzip");
  EXPECT_LT(created.body.size(), 1000u);
  EXPECT_THAT(Decompress(Encoding::kGzip, created.body, 1 << 20).value_or(""), HasSubstr(body));
}

TEST(ConnectGzip, ABombIsRefused) {
  GatewayOptions options;
  options.calls.message_bytes_max = 10'000;
  TicketsBehindGateway suite(std::move(options));
  const HttpAnswer answer =
      Ask(suite.port(), "POST", kGetTicketPath, {"content-type: application/json", "content-encoding: gzip"},
          Gzip(std::string(10'000'000, ' ')));
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(
      Ask(suite.port(), "POST", kGetTicketPath, {"content-type: application/json", "content-encoding: gzip"}, "no gzip")
          .status,
      400);
  EXPECT_EQ(Ask(suite.port(), "POST", kGetTicketPath, {"content-type: application/json", "content-encoding: br"}, "{}")
                .status,
            501);
}

}  // namespace
}  // namespace dangol::gateway
