// Server streaming over the Connect protocol, GET, and gzip.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dangol/tickets/v1/ticket_feed.pb.h"
#include "services/gateway/compression.h"
#include "services/gateway/envelope.h"
#include "tests/services/gateway/gateway_fixture.h"

namespace dangol::gateway {
namespace {

using rpc::kPatience;
using testing::Ask;
using ::testing::Each;
using ::testing::HasSubstr;
using testing::HttpAnswer;
using testing::HttpClient;
using ::testing::Lt;
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

// A service that writes as fast as it may, up to a limit, and counts what it wrote.
class Flood : public std::enable_shared_from_this<Flood> {
 public:
  static constexpr int64_t kBytesMax = 128 << 20;

  explicit Flood(rpc::StreamPointer call) : call_(std::move(call)) {
    tickets::v1::StreamEventsResponse message;
    message.set_cursor(std::string(100'000, 'a'));
    message_ = message.SerializeAsString();
  }
  void Write() {
    call_->Write(message_, [self = shared_from_this()](bool ok) {
      if (ok && (self->bytes_ += static_cast<int64_t>(self->message_.size())) < kBytesMax) self->Write();
    });
  }
  int64_t bytes() const { return bytes_; }

 private:
  const rpc::StreamPointer call_;
  std::string message_;
  std::atomic<int64_t> bytes_ = 0;
};

// It sends a request and never reads; its kernel takes little for it, whatever that of the machine would.
class DeafClient {
 public:
  DeafClient(int port, const std::string& request) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int bytes = 64 << 10;
    setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(send(socket_, request.data(), request.size(), MSG_NOSIGNAL), static_cast<ssize_t>(request.size()));
  }
  ~DeafClient() { close(socket_); }
  DeafClient(const DeafClient&) = delete;
  DeafClient& operator=(const DeafClient&) = delete;

 private:
  const int socket_;
};

// Whatever the service has: nobody reads, so what it was let write is all that is held anywhere on the way, in the
// buffers of two connections included.
TEST(ConnectStream, ASlowReaderHoldsUpItsServiceAndNothingElse) {
  constexpr int64_t kHeldMost = 16 << 20;
  FakeBehindGateway suite;
  const auto post = [](const std::string& type, const std::string& body) {
    return fmt::format("POST {} HTTP/1.1\r\nhost: localhost\r\ncontent-type: {}\r\ncontent-length: {}\r\n\r\n{}",
                       kTicketEventsPath, type, body.size(), body);
  };
  const std::string requests[] = {post("application/connect+proto", Envelope(0, "")),
                                  post("application/connect+json", Envelope(0, "{}")),
                                  post("application/grpc-web+proto", Envelope(0, "")),
                                  "GET /v1/tickets:streamEvents HTTP/1.1\r\nhost: localhost\r\n\r\n"};
  std::vector<std::unique_ptr<DeafClient>> clients;
  std::vector<std::shared_ptr<Flood>> floods;
  for (const std::string& request : requests) {
    clients.push_back(std::make_unique<DeafClient>(suite.port(), request));
    floods.push_back(std::make_shared<Flood>(suite.service.streams.Take()));
    floods.back()->Write();
  }
  const auto written = [&] {
    std::vector<int64_t> bytes;
    for (const auto& flood : floods) bytes.push_back(flood->bytes());
    return bytes;
  };
  // Until each has begun, and nothing moves any more.
  std::vector<int64_t> before;
  do {
    before = written();
    absl::SleepFor(absl::Seconds(1));
  } while (written() != before || std::ranges::find(before, 0) != before.end());
  EXPECT_THAT(before, Each(Lt(kHeldMost)));
  EXPECT_EQ(Ask(suite.port(), "GET", "/healthz").status, 200);
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
