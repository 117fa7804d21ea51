// Unary calls of the Connect protocol, byte for byte.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "dangol/tickets/v1/ticket.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "tests/services/gateway/gateway_fixture.h"
#include "tests/support/child_process.h"

namespace dangol::gateway {
namespace {

using rpc::kPatience;
using testing::Ask;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::HttpAnswer;
using testing::HttpClient;
using ::testing::Not;
using testing::Post;
using ::testing::StartsWith;

TEST(Connect, TakesAndGivesJson) {
  TicketsBehindGateway suite;
  const HttpAnswer created =
      Post(suite.port(), kCreateTicketPath, R"({"ticketId":"t1","ticket":{"subject":"늦게 왔어요"}})");
  EXPECT_EQ(created.status, 200) << created.body;
  EXPECT_EQ(created.Header("content-type"), "application/json");
  EXPECT_NE(created.Header("trailer-x-dangol-cursor"), "");

  const HttpAnswer got = Post(suite.port(), kGetTicketPath, R"({"name":"tickets/t1"})",
                              {"x-dangol-min-cursor: " + created.Header("trailer-x-dangol-cursor")});
  EXPECT_EQ(got.status, 200) << got.body;
  EXPECT_THAT(got.body, HasSubstr(R"("subject":"늦게 왔어요")"));
}

TEST(Connect, TakesAndGivesBinaryMessages) {
  TicketsBehindGateway suite;
  tickets::v1::CreateTicketRequest request;
  request.set_ticket_id("t1");
  request.mutable_ticket()->set_subject("Late");
  const HttpAnswer created =
      Ask(suite.port(), "POST", kCreateTicketPath, {"content-type: application/proto"}, request.SerializeAsString());
  EXPECT_EQ(created.status, 200);
  EXPECT_EQ(created.Header("content-type"), "application/proto");
  tickets::v1::Ticket ticket;
  ASSERT_TRUE(ticket.ParseFromString(created.body));
  EXPECT_EQ(ticket.name(), "tickets/t1");
}

TEST(Connect, AnErrorHasItsCodeItsMessageAndItsDetails) {
  TicketsBehindGateway suite;
  const HttpAnswer answer = Post(suite.port(), kGetTicketPath, R"({"name":"tickets/none"})");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.Header("content-type"), "application/json");
  EXPECT_THAT(answer.body, StartsWith(R"({"code":"not_found","message":"tickets/none does not exist.)"));
  EXPECT_THAT(answer.body, HasSubstr(R"("type":"google.rpc.ErrorInfo")"));
  EXPECT_THAT(answer.body, HasSubstr(R"("reason":"NOT_FOUND")"));
  EXPECT_THAT(answer.body, Not(HasSubstr("=\"")));  // base64 without padding
}

TEST(Connect, AnErrorOfABinaryCallIsJsonToo) {
  TicketsBehindGateway suite;
  const HttpAnswer answer = Ask(suite.port(), "POST", kGetTicketPath, {"content-type: application/proto"}, "\x0a");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.Header("content-type"), "application/json");
  EXPECT_THAT(answer.body, HasSubstr("MALFORMED_MESSAGE"));
}

TEST(Connect, BrokenJsonIsAnsweredWithItsPosition) {
  TicketsBehindGateway suite;
  const HttpAnswer answer = Post(suite.port(), kGetTicketPath, "{\n  \"name\": }");
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr("line 2, column 11"));
}

TEST(Connect, RefusesOtherVerbsAndContentTypes) {
  TicketsBehindGateway suite;
  EXPECT_EQ(Ask(suite.port(), "PUT", kGetTicketPath).status, 405);
  for (const char* type : {"text/plain", "application/x-www-form-urlencoded", "application/connect+json", ""}) {
    const HttpAnswer answer = Ask(suite.port(), "POST", kGetTicketPath, {std::string("content-type: ") + type}, "{}");
    EXPECT_EQ(answer.status, 415) << type;
    EXPECT_THAT(answer.Header("accept-post"), HasSubstr("application/json")) << type;
  }
  EXPECT_EQ(Ask(suite.port(), "POST", kGetTicketPath, {"content-type: Application/JSON; charset=utf-8"},
                R"({"name":"tickets/none"})")
                .status,
            404);
}

TEST(Connect, AnUnknownMethodIs404) {
  TicketsBehindGateway suite;
  const HttpAnswer answer = Post(suite.port(), "/dangol.tickets.v1.TicketService/None", "{}");
  EXPECT_EQ(answer.status, 404);
  EXPECT_THAT(answer.body, HasSubstr(R"("code":"unimplemented")"));
}

TEST(Connect, WhatEveryServiceHasIsAskedForByName) {
  TicketsBehindGateway suite;
  EXPECT_EQ(Post(suite.port(), "/tickets/dangol.api.v1.AdminService/GetStatus", "{}").status, 200);
  EXPECT_EQ(Post(suite.port(), "/dangol.api.v1.AdminService/GetStatus", "{}").status, 404);
}

TEST(Connect, HeadersReachTheServiceAndThoseOfHttpDoNot) {
  FakeBehindGateway suite;
  HttpClient client(suite.port());
  client.Request("POST", kGetTicketPath,
                 {"content-type: application/json", "x-many: one", "x-many: two",
                  "x-data-bin: AAEC, AwQ=", "cookie: secret", "connect-protocol-version: 1", "traceparent: 00-a-b-01"},
                 "{}");
  const rpc::UnaryPointer call = suite.service.calls.Take();
  std::vector<std::string> many;
  for (const auto& [key, value] : call->metadata) {
    if (key == "x-many") many.push_back(value);
  }
  EXPECT_THAT(many, ElementsAre("one", "two"));
  EXPECT_EQ(rpc::FindMetadata(call->metadata, "x-data-bin"), std::string_view("\0\1\2", 3));
  EXPECT_EQ(rpc::FindMetadata(call->metadata, "traceparent"), "00-a-b-01");
  for (const char* name : {"cookie", "connect-protocol-version", "host", "content-length"}) {
    EXPECT_EQ(rpc::FindMetadata(call->metadata, name), "") << name;
  }
  call->Finish({absl::OkStatus(), "", {{"x-end", "over"}, {"x-end-bin", "\xff"}}});
  const HttpAnswer answer = client.Read();
  EXPECT_EQ(answer.Header("trailer-x-end"), "over");
  EXPECT_EQ(answer.Header("trailer-x-end-bin"), "/w");
}

TEST(Connect, ADeadlineReachesTheServiceAndEndsTheCall) {
  FakeBehindGateway suite;
  HttpClient client(suite.port());
  client.Request("POST", kGetTicketPath, {"content-type: application/json", "connect-timeout-ms: 100"}, "{}");
  const rpc::UnaryPointer call = suite.service.calls.Take();
  EXPECT_LE(call->deadline, absl::Now() + absl::Milliseconds(200));
  const HttpAnswer answer = client.Read();
  EXPECT_EQ(answer.status, 504);
  EXPECT_THAT(answer.body, HasSubstr(R"("code":"deadline_exceeded")"));

  for (const char* wrong : {"12345678901", "-1", "1s", "1.5"}) {
    const HttpAnswer refused = Post(suite.port(), kGetTicketPath, "{}", {std::string("connect-timeout-ms: ") + wrong});
    EXPECT_EQ(refused.status, 400) << wrong;
    EXPECT_THAT(refused.body, HasSubstr("TIMEOUT_INVALID")) << wrong;
  }
}

TEST(Connect, AClientThatLeavesCancelsItsCall) {
  GatewayOptions options;
  // Its deadline would end it, too.
  options.calls.unary_time_default = options.calls.unary_time_max = absl::Hours(1);
  FakeBehindGateway suite(std::move(options));
  HttpClient client(suite.port());
  client.Request("POST", kGetTicketPath, {"content-type: application/json"}, "{}");
  const rpc::UnaryPointer call = suite.service.calls.Take();
  const auto cancelled = rpc::WatchCancel(*call);
  client.Close();
  EXPECT_TRUE(cancelled->TakeWithin(kPatience).has_value());
}

TEST(Connect, AServiceThatIsAwayIsNamed) {
  const int port = testing::FreePorts();
  GatewayOptions options;
  options.backends.push_back(BackendAt("tickets", "127.0.0.1:" + std::to_string(port)));
  const auto gateway = StartGateway(std::move(options));
  const HttpAnswer answer = Post(gateway->port(), kGetTicketPath, "{}");
  EXPECT_EQ(answer.status, 503);
  EXPECT_THAT(answer.body, HasSubstr("The tickets service does not answer."));
  EXPECT_THAT(answer.body, HasSubstr("SERVICE_AWAY"));
}

TEST(Connect, AServiceMaySayItselfThatItIsUnavailable) {
  FakeBehindGateway suite;
  HttpClient client(suite.port());
  client.Request("POST", kGetTicketPath, {"content-type: application/json"}, "{}");
  // Details without a reason of ours: any gRPC service may send such.
  suite.service.calls.Take()->Finish({WithRetry(absl::UnavailableError("Busy."), absl::Seconds(3)), "", {}});
  const HttpAnswer answer = client.Read();
  EXPECT_EQ(answer.status, 503);
  EXPECT_THAT(answer.body, StartsWith(R"({"code":"unavailable","message":"Busy.",)"));
  EXPECT_EQ(answer.Header("retry-after"), "3");
}

TEST(Connect, AMessageAboveTheLimitIsResourceExhausted) {
  GatewayOptions options;
  options.calls.message_bytes_max = 1000;
  options.http.body_bytes_max = 2000;
  TicketsBehindGateway suite(std::move(options));
  for (const size_t bytes : {1100, 5000}) {
    const std::string json = R"({"name":")" + std::string(bytes, 'a') + "\"}";
    const HttpAnswer answer = Post(suite.port(), kGetTicketPath, json);
    EXPECT_EQ(answer.status, 429) << bytes;
    EXPECT_THAT(answer.body, HasSubstr(R"("code":"resource_exhausted")")) << bytes;
  }
}

}  // namespace
}  // namespace dangol::gateway
