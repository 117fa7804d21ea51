// Who may call, and whether it is up.
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/services/gateway/gateway_fixture.h"
#include "tests/support/child_process.h"

namespace dangol::gateway {
namespace {

using testing::Ask;
using ::testing::HasSubstr;
using testing::HttpAnswer;
using testing::Post;

TEST(Gateway, SaysThatItIsUpAndWhichServicesServe) {
  TicketsBehindGateway suite;
  EXPECT_EQ(Ask(suite.port(), "GET", "/healthz").body, "ok\n");
  const HttpAnswer ready = Ask(suite.port(), "GET", "/readyz");
  EXPECT_EQ(ready.status, 200);
  EXPECT_EQ(ready.body, "{\"tickets\":\"SERVING\"}\n");
}

TEST(Gateway, IsNotReadyWhereNoServiceServes) {
  GatewayOptions options;
  options.backends.push_back(BackendAt("tickets", "127.0.0.1:" + std::to_string(testing::FreePorts())));
  const auto gateway = StartGateway(std::move(options));
  const HttpAnswer ready = Ask(gateway->port(), "GET", "/readyz");
  EXPECT_EQ(ready.status, 503);
  EXPECT_EQ(ready.body, "{\"tickets\":\"AWAY\"}\n");
  EXPECT_EQ(Ask(gateway->port(), "GET", "/healthz").status, 200);
}

TEST(Gateway, CountsWhatItWasAskedAndSaysHowTheServicesAre) {
  GatewayOptions options;
  options.allowed_origins = {"http://localhost:5173"};
  TicketsBehindGateway suite(std::move(options));
  EXPECT_EQ(Post(suite.port(), kGetTicketPath, R"({"name":"tickets/none"})").status, 404);
  EXPECT_EQ(Ask(suite.port(), "GET", "/v1/tickets").status, 200);
  EXPECT_EQ(Ask(suite.port(), "GET", "/v1/tickets", {"origin: http://localhost:5173"}).status, 200);
  EXPECT_EQ(Ask(suite.port(), "GET", "/nothing.txt").status, 404);
  const HttpAnswer answer = Ask(suite.port(), "GET", "/metrics");
  EXPECT_EQ(answer.status, 200);
  for (const char* line : {
           "\ndangol_gateway_requests_total{code=\"404\",method=\"TicketService/GetTicket\"} 1\n",
           "\ndangol_gateway_requests_total{code=\"200\",method=\"TicketService/ListTickets\"} 2\n",
           "\ndangol_gateway_requests_total{code=\"404\",method=\"\"} 1\n",
           "\ndangol_gateway_request_seconds_count{method=\"TicketService/ListTickets\"} 2\n",
           "\ndangol_up{service=\"tickets\"} 1\n",
           "\ndangol_serving{service=\"tickets\"} 1\n",
           "\ndangol_overdue_timers{service=\"tickets\"} 0\n",
       }) {
    EXPECT_THAT(answer.body, HasSubstr(line));
  }
}

TEST(Gateway, SaysInItsMetricsThatAServiceIsAway) {
  GatewayOptions options;
  options.backends.push_back(BackendAt("tickets", "127.0.0.1:" + std::to_string(testing::FreePorts())));
  const auto gateway = StartGateway(std::move(options));
  const HttpAnswer answer = Ask(gateway->port(), "GET", "/metrics");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr("\ndangol_up{service=\"tickets\"} 0\n"));
}

// A page could have its own name lead to this machine.
TEST(Gateway, RefusesToBeCalledByAnotherName) {
  TicketsBehindGateway suite;
  for (const char* host : {"evil.example", "evil.example:7400", "localhost.evil.example", "127.0.0.1.evil.example"}) {
    const HttpAnswer answer = Post(suite.port(), kGetTicketPath, "{}", {std::string("host: ") + host});
    EXPECT_EQ(answer.status, 403) << host;
    EXPECT_THAT(answer.body, HasSubstr("HOST_NOT_ALLOWED")) << host;
  }
  for (const char* host : {"localhost", "LOCALHOST:7400", "127.0.0.1:1", "[::1]:7400", "[::1]"}) {
    EXPECT_NE(Post(suite.port(), kGetTicketPath, "{}", {std::string("host: ") + host}).status, 403) << host;
  }
}

TEST(Gateway, AnswersByTheNameOfItsPublicUrlAsBrowsersWriteIt) {
  for (const auto& [url, host] : {std::pair("https://Dangol.Example.org", "dangol.example.org"),
                                  std::pair("http://dangol.example.org:8080", "dangol.example.org:8080"),
                                  std::pair("http://[2001:DB8::1]:7400", "[2001:db8::1]:7400"),
                                  std::pair("http://[2001:db8::1]", "[2001:db8::1]")}) {
    GatewayOptions options;
    options.public_url = url;
    TicketsBehindGateway suite(std::move(options));
    EXPECT_EQ(Ask(suite.port(), "GET", "/v1/tickets", {std::string("host: ") + host}).status, 200) << url;
    EXPECT_EQ(Ask(suite.port(), "GET", "/v1/tickets", {"host: evil.example"}).status, 403) << url;
  }
}

TEST(Gateway, RefusesPagesOfOtherOrigins) {
  TicketsBehindGateway suite;
  for (const char* origin : {"http://evil.example", "null", "http://localhost:5173"}) {
    const std::string header = std::string("origin: ") + origin;
    const HttpAnswer answer = Post(suite.port(), kGetTicketPath, "{}", {header});
    EXPECT_EQ(answer.status, 403) << origin;
    EXPECT_THAT(answer.body, HasSubstr("ORIGIN_NOT_ALLOWED")) << origin;
    EXPECT_EQ(Ask(suite.port(), "OPTIONS", kGetTicketPath, {header}).Header("access-control-allow-origin"), "");
  }
  EXPECT_NE(Post(suite.port(), kGetTicketPath, "{}", {"origin: http://localhost"}).status, 403);
}

TEST(Gateway, LetsPagesOfAllowedOriginsReadTheirAnswers) {
  GatewayOptions options;
  options.allowed_origins = {"http://localhost:5173"};
  TicketsBehindGateway suite(std::move(options));
  const HttpAnswer preflight = Ask(suite.port(), "OPTIONS", kGetTicketPath,
                                   {"origin: http://localhost:5173", "access-control-request-method: POST",
                                    "access-control-request-headers: content-type"});
  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(preflight.Header("access-control-allow-origin"), "http://localhost:5173");
  EXPECT_THAT(preflight.Header("access-control-allow-headers"), HasSubstr("content-type"));

  const HttpAnswer answer =
      Post(suite.port(), kGetTicketPath, R"({"name":"tickets/none"})", {"origin: http://localhost:5173"});
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.Header("access-control-allow-origin"), "http://localhost:5173");
  EXPECT_THAT(answer.Header("access-control-expose-headers"), HasSubstr("trailer-x-dangol-cursor"));
}

TEST(Gateway, AnswersWhatIsUnderWayBeforeItStops) {
  FakeBehindGateway suite;
  testing::HttpClient client(suite.port());
  client.Request("POST", kGetTicketPath, {"content-type: application/json"}, "{}");
  const rpc::UnaryPointer call = suite.service.calls.Take();
  std::thread stopping([&] { suite.gateway().Stop(absl::Minutes(1)); });
  call->Finish({});
  const HttpAnswer answer = client.Read();
  EXPECT_EQ(answer.status, 200);
  client.Close();
  stopping.join();
  EXPECT_EQ(suite.gateway().server().connections(), 0);
}

}  // namespace
}  // namespace dangol::gateway
