// What a client may do to the server, and what it costs.
#include "services/gateway/http_server.h"

#include <string>
#include <vector>

#include "absl/time/clock.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/common/rpc/grpc_fixture.h"
#include "tests/support/http_client.h"

namespace dangol::gateway {
namespace {

using rpc::Mailbox;
using testing::Ask;
using ::testing::HasSubstr;
using testing::HttpAnswer;
using testing::HttpClient;

using Exchanges = Mailbox<std::shared_ptr<HttpExchange>>;

// Answers with the request's verb, path and body, unless the path says that the test will.
struct Server {
  explicit Server(HttpServerOptions options = {}) {
    auto started = HttpServer::Start(RealRuntime(), std::move(options), [this](std::shared_ptr<HttpExchange> exchange) {
      const HttpRequest& request = exchange->request;
      if (request.path == "/held") return exchanges.Put(std::move(exchange));
      if (request.fault != RequestFault::kNone) return exchange->Respond({429, {}, "refused"});
      exchange->Respond({200, {}, request.verb + " " + request.path + " " + request.body});
    });
    EXPECT_TRUE(started.ok()) << started.status();
    server = *std::move(started);
  }
  int port() const { return server->port(); }

  Exchanges exchanges;
  std::unique_ptr<HttpServer> server;
};

TEST(HttpServer, AnswersOneRequestAfterTheOtherOnAConnection) {
  Server server;
  HttpClient client(server.port());
  for (const char* body : {"one", "two", ""}) {
    client.Request("POST", "/path?query", {}, body);
    const HttpAnswer answer = client.Read();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, std::string("POST /path ") + body);
  }
}

TEST(HttpServer, AnswersPipelinedRequestsInTheirOrder) {
  Server server;
  HttpClient client(server.port());
  client.Send(
      "GET /held HTTP/1.1\r\nhost: a\r\n\r\n"
      "POST /2 HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\ntwo"
      "GET /3 HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
  server.exchanges.Take()->Respond({200, {}, "first"});
  EXPECT_EQ(client.Read().body, "first");
  EXPECT_EQ(client.Read().body, "POST /2 two");
  EXPECT_EQ(client.Read().body, "GET /3 ");
  EXPECT_TRUE(client.ReadEnd());
}

TEST(HttpServer, TakesABodyInChunksAndAskedForWithContinue) {
  Server server;
  HttpClient client(server.port());
  client.Send("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n");
  EXPECT_EQ(client.Read().body, "POST / abcde");
  client.Send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\nexpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.ReadHead().status, 100);
  client.Send("ok");
  EXPECT_EQ(client.Read().body, "POST / ok");
}

TEST(HttpServer, AnswersHeadWithoutABody) {
  Server server;
  HttpClient client(server.port());
  client.Request("HEAD", "/x");
  const HttpAnswer head = client.Read(/*bodyless=*/true);
  EXPECT_EQ(head.Header("content-length"), "8");
  client.Request("GET", "/x");
  EXPECT_EQ(client.Read().body, "GET /x ");
}

// Two servers that disagree on where a request ends let one client speak for another.
TEST(HttpServer, RefusesWhatLeavesOpenWhereARequestEnds) {
  const std::string chunked_and_length = "transfer-encoding: chunked\r\ncontent-length: 4\r\n";
  const std::string cases[] = {
      "POST / HTTP/1.1\r\nhost: a\r\n" + chunked_and_length + "\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
      "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n",
      "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1e1\r\n\r\n",
      "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip\r\n\r\n",
      "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked, gzip\r\n\r\n",
      "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: xchunked\r\n\r\n",
      "POST / HTTP/1.0\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding : chunked\r\n\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\nhost: a\r\nx: y\r\n folded: z\r\ncontent-length : 3\r\n\r\nabc",
      "GET / HTTP/1.1\r\n\r\n",
      "GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n",
      "GET http:/ HTTP/1.1\r\nhost: a\r\n\r\n",
      "\x16\x03\x01\x02",  // TLS
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  };
  Server server;
  for (const std::string& request : cases) {
    HttpClient client(server.port());
    client.Send(request + "GET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n");
    const HttpAnswer answer = client.Read();
    EXPECT_GE(answer.status, 400) << request;
    EXPECT_EQ(answer.Header("connection"), "close") << request;
    EXPECT_TRUE(client.ReadEnd()) << request;
  }
}

TEST(HttpServer, RefusesLongHeads) {
  Server server({.head_bytes_max = 1000});
  HttpClient client(server.port());
  client.Request("GET", "/", {"x-long: " + std::string(2000, 'a')});
  const HttpAnswer answer = client.Read();
  EXPECT_EQ(answer.status, 431);
  EXPECT_THAT(answer.body, HasSubstr("resource_exhausted"));
  EXPECT_TRUE(client.ReadEnd());

  HttpClient many(server.port());
  many.Request("GET", "/", std::vector<std::string>(200, "x-a: b"));
  EXPECT_EQ(many.Read().status, 431);

  HttpClient endless(server.port());
  endless.Send("GET /");
  for (int i = 0; i < 100; ++i) endless.Send(std::string(100, 'a'));
  EXPECT_EQ(endless.Read().status, 431);
}

TEST(HttpServer, TellsItsHandlerOfABodyThatIsTooLarge) {
  Server server({.body_bytes_max = 1000});
  HttpClient declared(server.port());
  declared.Request("POST", "/", {}, std::string(5000, 'a'));
  EXPECT_EQ(declared.Read().body, "refused");
  EXPECT_TRUE(declared.ReadEnd());

  HttpClient chunked(server.port());
  chunked.Send("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n");
  for (int i = 0; i < 20; ++i) chunked.Send("64\r\n" + std::string(100, 'a') + "\r\n");
  EXPECT_EQ(chunked.Read().body, "refused");
}

TEST(HttpServer, HoldsNoMoreOfAllBodiesThanItMay) {
  Server server({.memory_bytes_max = 1000});
  HttpClient first(server.port());
  first.Request("POST", "/held", {}, std::string(900, 'a'));
  const std::shared_ptr<HttpExchange> held = server.exchanges.Take();
  EXPECT_EQ(Ask(server.port(), "POST", "/", {}, std::string(200, 'a')).body, "refused");
  held->Respond({200, {}, "done"});
  EXPECT_EQ(first.Read().body, "done");
  EXPECT_EQ(Ask(server.port(), "POST", "/", {}, std::string(200, 'a')).status, 200);
}

TEST(HttpServer, ClosesConnectionsOfThoseWhoAreSlow) {
  Server server({.idle_time_max = absl::Milliseconds(300),
                 .head_time_max = absl::Milliseconds(300),
                 .step_time_max = absl::Milliseconds(300)});
  HttpClient idle(server.port());
  HttpClient head(server.port());
  head.Send("GET / HTTP/1.1\r\nho");
  HttpClient body(server.port());
  body.Send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nabc");
  for (HttpClient* client : {&idle, &head, &body}) EXPECT_TRUE(client->ReadEnd());
  EXPECT_EQ(server.server->connections(), 0);
}

// Slowloris: a byte now and then keeps no connection. Each is sent long before the time is over that is left.
TEST(HttpServer, ClosesConnectionsOfThoseWhoSendAByteNowAndThen) {
  Server server({.head_time_max = absl::Milliseconds(500), .step_time_max = absl::Milliseconds(500)});
  const std::string heads[] = {"GET / HTTP/1.1\r\nx: ", "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n",
                               "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n3e8\r\n"};
  for (const std::string& head : heads) {
    HttpClient client(server.port());
    client.Send(head);
    bool open = true;
    for (int i = 0; i < 400 && open; ++i) {
      absl::SleepFor(absl::Milliseconds(50));
      client.Send("a");
      open = server.server->connections() == 1;
    }
    EXPECT_FALSE(open) << head;
  }
}

// Half-open: the client says that it sends no more, where it owes the rest or waits for its answer. Nothing is kept for
// it.
TEST(HttpServer, ClosesConnectionsOfWhichOneSideHasEnded) {
  Server server;
  for (const char* sent : {"", "GET / HTTP/1.1\r\nho", "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nabc"}) {
    HttpClient client(server.port());
    client.Send(sent);
    client.EndSending();
    EXPECT_TRUE(client.ReadEnd()) << sent;
  }
  HttpClient waiting(server.port());
  waiting.Request("GET", "/held");
  const std::shared_ptr<HttpExchange> exchange = server.exchanges.Take();
  Mailbox<bool> gone;
  exchange->OnGone([&gone] { gone.Put(true); });
  exchange->StartStream({});
  EXPECT_EQ(waiting.ReadHead().status, 200);
  waiting.EndSending();
  EXPECT_TRUE(gone.Take());
  EXPECT_TRUE(waiting.ReadEnd());
  EXPECT_EQ(server.server->connections(), 0);
}

TEST(HttpServer, TakesNoMoreConnectionsThanItMay) {
  Server server({.connections_max = 1});
  HttpClient first(server.port());
  first.Request("GET", "/1");
  EXPECT_EQ(first.Read().status, 200);
  HttpClient second(server.port());
  EXPECT_TRUE(second.ReadEnd());
  first.Request("GET", "/1");
  EXPECT_EQ(first.Read().status, 200);
}

TEST(HttpServer, StreamsPieceByPiece) {
  Server server;
  HttpClient client(server.port());
  client.Request("GET", "/held");
  const std::shared_ptr<HttpExchange> exchange = server.exchanges.Take();
  exchange->StartStream({200, {{"content-type", "text/plain"}}, ""});
  EXPECT_EQ(client.ReadHead().Header("content-type"), "text/plain");
  for (const char* piece : {"one", "two"}) {
    Mailbox<bool> written;
    exchange->Write(piece, [&written](bool ok) { written.Put(ok); });
    EXPECT_TRUE(written.Take());
    EXPECT_EQ(client.ReadChunk(), piece);
  }
  exchange->EndStream();
  EXPECT_EQ(client.ReadChunk(), std::nullopt);
  client.Request("GET", "/next");
  EXPECT_EQ(client.Read().body, "GET /next ");
}

TEST(HttpServer, AReaderWhoDoesNotReadHoldsUpItsWriterAndIsLetGo) {
  Server server({.step_time_max = absl::Milliseconds(500)});
  HttpClient client(server.port());
  client.Request("GET", "/held");
  const std::shared_ptr<HttpExchange> exchange = server.exchanges.Take();
  Mailbox<bool> gone;
  exchange->OnGone([&gone] { gone.Put(true); });
  exchange->StartStream({});
  Mailbox<bool> written;
  int pieces = 0;
  do {
    exchange->Write(std::string(1 << 20, 'a'), [&written](bool ok) { written.Put(ok); });
  } while (written.Take() && ++pieces < 1000);
  EXPECT_LT(pieces, 100);  // what the kernel's buffers take
  EXPECT_TRUE(gone.Take());
}

TEST(HttpServer, TellsOfAClientThatLeaves) {
  Server server;
  HttpClient client(server.port());
  client.Request("GET", "/held");
  const std::shared_ptr<HttpExchange> exchange = server.exchanges.Take();
  Mailbox<bool> gone;
  exchange->OnGone([&gone] { gone.Put(true); });
  client.Close();
  EXPECT_TRUE(gone.Take());
  exchange->Respond({200, {}, "nobody reads this"});
}

TEST(HttpServer, AnswersForAHandlerThatForgets) {
  Server server;
  HttpClient client(server.port());
  client.Request("GET", "/held");
  server.exchanges.Take() = nullptr;
  EXPECT_EQ(client.Read().status, 500);
}

TEST(HttpServer, NoHeaderEndsItsLine) {
  Server server;
  HttpClient client(server.port());
  client.Request("GET", "/held");
  server.exchanges.Take()->Respond({200, {{"x-evil", "a\r\nx-injected: b"}, {"x-good", "c"}}, ""});
  const HttpAnswer answer = client.Read();
  EXPECT_EQ(answer.Header("x-injected"), "");
  EXPECT_EQ(answer.Header("x-good"), "c");
}

TEST(HttpServer, EndsStreamsWhenItStops) {
  Server server;
  HttpClient client(server.port());
  client.Request("GET", "/held");
  const std::shared_ptr<HttpExchange> exchange = server.exchanges.Take();
  exchange->StartStream({});
  EXPECT_EQ(client.ReadHead().status, 200);
  server.server->Stop(absl::Minutes(1));
  EXPECT_TRUE(client.ReadEnd());
  Mailbox<bool> written;
  exchange->Write("late", [&written](bool ok) { written.Put(ok); });
  exchange->EndStream();
}

}  // namespace
}  // namespace dangol::gateway
