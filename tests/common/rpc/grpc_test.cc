// Server and channel over a real connection. What the server does is played by the tests: a call is put into a mailbox,
// and the test takes it out and decides. There is no gRPC in here: health and reflection are asked in bytes.
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/rpc/grpc_channel.h"
#include "common/rpc/grpc_server.h"
#include "dangol/tickets/v1/ticket_service.pb.h"

namespace dangol::rpc {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

constexpr char kUnary[] = "/dangol.tickets.v1.TicketService/GetTicket";
constexpr char kStream[] = "/dangol.tickets.v1.TicketFeed/StreamEvents";
constexpr char kHealth[] = "/grpc.health.v1.Health/Check";
constexpr char kReflection[] = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";
constexpr char kServing[] = "\x08\x01";
constexpr char kNotServing[] = "\x08\x02";
// Far more than anything takes here, sanitizers included.
constexpr auto kPatience = std::chrono::seconds(60);
// How long something is watched that must not happen.
constexpr auto kWatch = std::chrono::milliseconds(200);

// What callbacks hand to the test.
template <typename T>
class Mailbox {
 public:
  void Put(T value) {
    std::lock_guard lock(mutex_);
    values_.push_back(std::move(value));
    changed_.notify_all();
  }

  T Take() {
    std::optional<T> value = TakeWithin(kPatience);
    if (!value) {
      ADD_FAILURE() << "nothing came";
      std::abort();
    }
    return *std::move(value);
  }

  std::optional<T> TakeWithin(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, time, [&] { return !values_.empty(); })) return std::nullopt;
    T value = std::move(values_.front());
    values_.pop_front();
    return value;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<T> values_;
};

using UnaryPointer = std::shared_ptr<ServerUnaryCall>;
using StreamPointer = std::shared_ptr<ServerStreamCall>;

// A server whose calls come into mailboxes, unless they are echoed.
struct FakeService {
  explicit FakeService(GrpcServerOptions options = {}) {
    Endpoint unary{kUnary, false, [this](UnaryPointer call) { TakeCall(std::move(call)); }, nullptr};
    Endpoint stream{kStream, true, nullptr, [this](StreamPointer call) { streams.Put(std::move(call)); }};
    auto started = GrpcServer::Start({unary, stream}, std::move(options));
    EXPECT_TRUE(started.ok()) << started.status();
    server = *std::move(started);
    // Not by the server's name for itself: c-ares 1.18 leaks the name `localhost`, and a leak check would end the
    // tests.
    channel = NewGrpcChannel("127.0.0.1:" + std::to_string(server->port()));
  }

  void TakeCall(UnaryPointer call) {
    if (!echo) return calls.Put(std::move(call));
    ++echoed;
    Reply reply;
    reply.message = std::move(call->request);
    call->Finish(std::move(reply));
  }

  std::atomic<bool> echo = false;
  std::atomic<int> echoed = 0;
  Mailbox<UnaryPointer> calls;
  Mailbox<StreamPointer> streams;
  std::unique_ptr<GrpcServer> server;
  std::unique_ptr<Channel> channel;
};

// A call that is under way; its answer comes into the mailbox.
std::shared_ptr<Mailbox<Reply>> Begin(Channel& channel, std::string method, std::string request,
                                      CallOptions options = {}) {
  auto answer = std::make_shared<Mailbox<Reply>>();
  channel.Unary(std::move(method), std::move(request), std::move(options),
                [answer](Reply reply) { answer->Put(std::move(reply)); });
  return answer;
}

Reply Ask(Channel& channel, std::string method, std::string request, CallOptions options = {}) {
  return Begin(channel, std::move(method), std::move(request), std::move(options))->Take();
}

struct Received {
  std::optional<std::string> message;
  absl::Status status;
};

std::shared_ptr<Mailbox<Received>> BeginRead(ClientStream& stream) {
  auto received = std::make_shared<Mailbox<Received>>();
  stream.Read([received](std::optional<std::string> message, absl::Status status) {
    received->Put({std::move(message), std::move(status)});
  });
  return received;
}

Received ReadOne(ClientStream& stream) { return BeginRead(stream)->Take(); }

std::shared_ptr<Mailbox<bool>> BeginWrite(ServerStreamCall& call, std::string message) {
  auto written = std::make_shared<Mailbox<bool>>();
  call.Write(std::move(message), [written](bool ok) { written->Put(ok); });
  return written;
}

// Puts a value when the call is cancelled.
std::shared_ptr<Mailbox<bool>> WatchCancel(ServerCall& call) {
  auto cancelled = std::make_shared<Mailbox<bool>>();
  call.OnCancel([cancelled] { cancelled->Put(true); });
  return cancelled;
}

CallOptions Deadline(absl::Duration time) { return {.metadata = {}, .deadline = absl::Now() + time}; }

// --- Unary calls.

TEST(GrpcUnary, CarriesBytesMetadataAndTrailersBothWays) {
  FakeService service;
  const absl::Time deadline = absl::Now() + absl::Minutes(2);
  const std::string binary("\x00\xff\x01", 3);
  auto answer =
      Begin(*service.channel, kUnary, binary,
            {.metadata = {{"authorization", "Bearer abc"}, {"x-twice", "1"}, {"x-twice", "2"}, {"x-raw-bin", binary}},
             .deadline = deadline});
  const UnaryPointer call = service.calls.Take();
  EXPECT_EQ(call->method, kUnary);
  EXPECT_EQ(call->request, binary);
  EXPECT_EQ(FindMetadata(call->metadata, "authorization"), "Bearer abc");
  EXPECT_THAT(call->metadata,
              AllOf(Contains(Pair("x-twice", "1")), Contains(Pair("x-twice", "2")), Contains(Pair("x-raw-bin", binary)),
                    Contains(Pair("user-agent", HasSubstr("grpc")))));
  EXPECT_LT(absl::AbsDuration(call->deadline - deadline), absl::Seconds(5));
  EXPECT_FALSE(call->cancelled());
  call->Finish({absl::OkStatus(),
                binary + binary,
                {{"x-dangol-cursor", "c1"}, {"x-dangol-cursor", "c2"}, {"x-raw-bin", binary}}});

  const Reply reply = answer->Take();
  EXPECT_EQ(reply.status, absl::OkStatus());
  EXPECT_EQ(reply.message, binary + binary);
  EXPECT_THAT(reply.trailing, testing::UnorderedElementsAre(Pair("x-dangol-cursor", "c1"),
                                                            Pair("x-dangol-cursor", "c2"), Pair("x-raw-bin", binary)));
}

TEST(GrpcUnary, WithoutADeadlineThereIsNone) {
  FakeService service;
  auto answer = Begin(*service.channel, kUnary, "");
  const UnaryPointer call = service.calls.Take();
  EXPECT_EQ(call->deadline, absl::InfiniteFuture());
  EXPECT_EQ(call->request, "");
  call->Finish({});
  const Reply reply = answer->Take();
  EXPECT_EQ(reply.status, absl::OkStatus());
  EXPECT_EQ(reply.message, "");
}

TEST(GrpcUnary, AnErrorArrivesWithItsDetailsAndTrailers) {
  FakeService service;
  auto answer = Begin(*service.channel, kUnary, "");
  const absl::Status error =
      WithRetry(InvalidField("ticket.subject", "\"좋은 제품\" is too long: 200 characters are the most."),
                absl::Milliseconds(1500));
  service.calls.Take()->Finish({error, "never sent", {{"x-dangol-cursor", "c1"}}});
  const Reply reply = answer->Take();
  EXPECT_EQ(reply.status, error);
  EXPECT_EQ(ErrorReason(reply.status), "INVALID_FIELD");
  EXPECT_EQ(RetryDelay(reply.status), absl::Milliseconds(1500));
  EXPECT_EQ(reply.message, "");
  EXPECT_THAT(reply.trailing, testing::ElementsAre(Pair("x-dangol-cursor", "c1")));
}

TEST(GrpcUnary, AVeryLongErrorIsShortenedButKeepsCodeReasonAndDelay) {
  FakeService service;
  for (const size_t count : {10u, 30u, 50u, 60u, 70u, 80u, 100u, 500u, 10'000u}) {
    std::vector<FieldViolation> violations(count, {"tickets[0].subject", "좋은 제품"});
    auto answer = Begin(*service.channel, kUnary, "");
    service.calls.Take()->Finish({WithRetry(InvalidFields(violations), absl::Seconds(1)), "", {}});
    const Reply reply = answer->Take();
    EXPECT_EQ(reply.status.code(), absl::StatusCode::kInvalidArgument) << reply.status;
    EXPECT_EQ(ErrorReason(reply.status), "INVALID_FIELD");
    EXPECT_EQ(RetryDelay(reply.status), absl::Seconds(1));
    EXPECT_THAT(std::string(reply.status.message()), testing::StartsWith("tickets[0].subject: 좋은 제품 tickets"));
  }
}

TEST(GrpcUnary, IsFinishedLaterByAnotherThread) {
  FakeService service;
  auto answer = Begin(*service.channel, kUnary, "a");
  UnaryPointer call = service.calls.Take();
  std::thread([call = std::move(call)]() mutable {
    call->Finish({absl::OkStatus(), call->request + "b", {}});
    call.reset();
  }).join();
  EXPECT_EQ(answer->Take().message, "ab");
}

TEST(GrpcUnary, LargeMessagesPassUpToTheLimit) {
  FakeService service;
  service.echo = true;
  for (const size_t bytes :
       {size_t{2047}, size_t{2048}, size_t{2049}, size_t{100'000}, size_t{5'000'000}, size_t{16} << 20}) {
    std::string message(bytes, 'x');
    for (size_t i = 0; i < bytes; i += 101) message[i] = static_cast<char>(i);
    const Reply reply = Ask(*service.channel, kUnary, message);
    EXPECT_EQ(reply.status, absl::OkStatus());
    EXPECT_TRUE(reply.message == message) << bytes;
  }
}

TEST(GrpcUnary, AMessageAboveTheLimitIsRefusedByEitherSide) {
  FakeService service;
  service.echo = true;
  const std::string message(20'000'000, 'x');
  EXPECT_EQ(Ask(*service.channel, kUnary, message).status.code(), absl::StatusCode::kResourceExhausted);
  auto careless = NewGrpcChannel(service.server->address(), {.message_bytes_max = 64 << 20});
  const Reply reply = Ask(*careless, kUnary, message);
  EXPECT_EQ(reply.status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ErrorReason(reply.status), "");
  EXPECT_EQ(Ask(*careless, kUnary, "still here").message, "still here");
}

TEST(GrpcUnary, ItsDeadlineEndsItOnBothSides) {
  FakeService service;
  auto answer = Begin(*service.channel, kUnary, "", Deadline(absl::Milliseconds(200)));
  const UnaryPointer call = service.calls.Take();
  auto cancelled = WatchCancel(*call);
  EXPECT_EQ(answer->Take().status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_TRUE(cancelled->Take());
  EXPECT_TRUE(call->cancelled());
}

TEST(GrpcUnary, ADeadlineInThePastIsExceededAtOnce) {
  FakeService service;
  EXPECT_EQ(Ask(*service.channel, kUnary, "", Deadline(-absl::Hours(1))).status.code(),
            absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(Ask(*service.channel, kUnary, "", {.metadata = {}, .deadline = absl::InfinitePast()}).status.code(),
            absl::StatusCode::kDeadlineExceeded);
}

TEST(GrpcUnary, AClientThatGoesCancelsIt) {
  FakeService service;
  // On the wire a unary call is a stream of one message: this is a client that does not wait for the answer.
  auto client = service.channel->Stream(kUnary, "", {});
  const UnaryPointer call = service.calls.Take();
  auto cancelled = WatchCancel(*call);
  EXPECT_FALSE(call->cancelled());
  client.reset();
  EXPECT_TRUE(cancelled->Take());
  EXPECT_TRUE(call->cancelled());
  EXPECT_TRUE(WatchCancel(*call)->Take()) << "a task that comes too late runs at once";

  call->Finish({absl::OkStatus(), "for nobody", {{"x-dangol-cursor", "c"}}});
  call->Finish({absl::InternalError("twice"), "", {}});
}

TEST(GrpcUnary, ItsCancelTaskIsDroppedWhenItIsFinished) {
  FakeService service;
  auto answer = Begin(*service.channel, kUnary, "");
  UnaryPointer call = service.calls.Take();
  const std::weak_ptr<ServerUnaryCall> watched = call;
  call->OnCancel([call] { ADD_FAILURE() << call->method; });  // the cycle that a handler easily makes
  call->Finish({});
  call->OnCancel([call] { ADD_FAILURE() << call->method; });
  call.reset();
  answer->Take();
  service.server->Shutdown(absl::Seconds(30));
  EXPECT_TRUE(watched.expired());
}

TEST(GrpcUnary, AMethodThatNobodyServesIsUnimplemented) {
  FakeService service;
  for (const char* method : {"/dangol.tickets.v1.TicketService/CreateTicket", "/no.such.Service/Method", "/", "no"}) {
    EXPECT_EQ(Ask(*service.channel, method, "").status.code(), absl::StatusCode::kUnimplemented) << method;
  }
}

TEST(GrpcUnary, MetadataThatCannotBeSentIsRefusedNotFatal) {
  FakeService service;
  for (const auto& [key, value] :
       Metadata{{"authorization", "Bearer abc\n"}, {"X-Upper", "a"}, {"", "a"}, {"x", "ü"}, {":path", "a"}}) {
    const Reply reply =
        Ask(*service.channel, kUnary, "", {.metadata = {{key, value}}, .deadline = absl::InfiniteFuture()});
    EXPECT_EQ(reply.status.code(), absl::StatusCode::kInvalidArgument) << key;
    EXPECT_EQ(ErrorReason(reply.status), "METADATA_INVALID");
    auto stream =
        service.channel->Stream(kStream, "", {.metadata = {{key, value}}, .deadline = absl::InfiniteFuture()});
    EXPECT_EQ(ErrorReason(ReadOne(*stream).status), "METADATA_INVALID");
  }
  auto answer = Begin(*service.channel, kUnary, "");
  service.calls.Take()->Finish({absl::OkStatus(), "", {{"x-bad", "two\nlines"}, {"x-good", "one"}}});
  EXPECT_THAT(answer->Take().trailing, testing::ElementsAre(Pair("x-good", "one")));
}

TEST(GrpcUnary, OneConnectionTakesMoreCallsThanTheWriteQueue) {
  FakeService service;
  constexpr int kCalls = 2000;
  std::vector<std::shared_ptr<Mailbox<Reply>>> answers;
  for (int i = 0; i < kCalls; ++i) answers.push_back(Begin(*service.channel, kUnary, ""));
  std::vector<UnaryPointer> calls;
  for (int i = 0; i < kCalls; ++i) calls.push_back(service.calls.Take());  // all at once, none of them answered
  for (const UnaryPointer& call : calls) call->Finish({absl::ResourceExhaustedError("full"), "", {}});
  for (const auto& answer : answers) EXPECT_EQ(answer->Take().status.code(), absl::StatusCode::kResourceExhausted);
}

TEST(GrpcUnary, CancelAndFinishMayCoincide) {
  FakeService service;
  std::atomic<int> tasks = 0;
  for (int i = 0; i < 300; ++i) {
    auto client = service.channel->Stream(kUnary, "", {});
    UnaryPointer call = service.calls.Take();
    call->OnCancel([&tasks] { tasks.fetch_add(1); });
    std::thread finishing([call = std::move(call)]() mutable {
      call->Finish({absl::OkStatus(), "x", {}});
      call.reset();
    });
    client.reset();
    finishing.join();
  }
  service.server->Shutdown(absl::Seconds(30));
  EXPECT_LE(tasks.load(), 300);
}

// --- The channel.

TEST(GrpcChannel, AnAbsentServerIsUnavailableAtOnce) {
  std::string address;
  {
    FakeService service;
    address = service.server->address();
  }
  auto channel = NewGrpcChannel(address);
  const absl::Time begin = absl::Now();
  EXPECT_EQ(Ask(*channel, kUnary, "").status.code(), absl::StatusCode::kUnavailable);
  auto stream = channel->Stream(kStream, "", {});
  EXPECT_EQ(ReadOne(*stream).status.code(), absl::StatusCode::kUnavailable);
  EXPECT_LT(absl::Now() - begin, absl::Seconds(5));
  EXPECT_EQ(Ask(*NewGrpcChannel("no such address"), kUnary, "").status.code(), absl::StatusCode::kUnavailable);
}

TEST(GrpcChannel, FindsAServerThatComesBack) {
  auto service = std::make_unique<FakeService>();
  GrpcServerOptions same_port{.address = service->server->address()};
  const std::unique_ptr<Channel> channel = std::move(service->channel);
  service.reset();
  EXPECT_EQ(Ask(*channel, kUnary, "").status.code(), absl::StatusCode::kUnavailable);
  auto waiting_channel = NewGrpcChannel(same_port.address, {.wait_for_ready = true});
  auto waiting = Begin(*waiting_channel, kUnary, "patient");

  FakeService again(same_port);
  again.echo = true;
  Reply reply;
  const absl::Time begin = absl::Now();
  do {
    reply = Ask(*channel, kUnary, "hello");
  } while (!reply.status.ok() && absl::Now() - begin < absl::Seconds(20));
  EXPECT_EQ(reply.message, "hello");
  EXPECT_EQ(waiting->Take().message, "patient");
}

TEST(GrpcChannel, GoesToAllReplicasWhoseHealthIsServing) {
  FakeService one;
  FakeService two;
  one.echo = two.echo = true;
  const auto channel = NewGrpcChannel("ipv4:" + one.server->address() + "," + two.server->address());
  while (one.echoed == 0 || two.echoed == 0) ASSERT_TRUE(Ask(*channel, kUnary, "").status.ok());

  one.server->SetServing(false);
  int without = 0;  // calls in a row that went to the other
  while (without < 10) {
    const int before = one.echoed;
    ASSERT_TRUE(Ask(*channel, kUnary, "").status.ok());
    without = one.echoed == before ? without + 1 : 0;
  }
  two.server->SetServing(false);
  while (Ask(*channel, kUnary, "").status.ok()) {
  }
  EXPECT_EQ(Ask(*channel, kUnary, "").status.code(), absl::StatusCode::kUnavailable);
  one.server->SetServing(true);
  while (!Ask(*channel, kUnary, "").status.ok()) {
  }
}

TEST(GrpcChannel, MayBeDestroyedInACallbackOfItsOwn) {
  FakeService service;
  service.echo = true;
  Mailbox<bool> destroyed;
  auto* channel = NewGrpcChannel(service.server->address()).release();
  channel->Unary(kUnary, "", {}, [channel, &destroyed](Reply reply) {
    delete channel;
    destroyed.Put(reply.status.ok());
  });
  EXPECT_TRUE(destroyed.Take());
}

TEST(GrpcChannel, ItsCallsOutliveIt) {
  FakeService service;
  auto answer = Begin(*service.channel, kUnary, "");
  auto stream = service.channel->Stream(kStream, "", {});
  const UnaryPointer call = service.calls.Take();
  const StreamPointer server_stream = service.streams.Take();
  service.channel.reset();
  call->Finish({absl::OkStatus(), "late", {}});
  EXPECT_EQ(answer->Take().message, "late");
  auto written = BeginWrite(*server_stream, "later");
  EXPECT_EQ(ReadOne(*stream).message, "later");
  EXPECT_TRUE(written->Take());
  server_stream->Finish(absl::OkStatus(), {});
  EXPECT_EQ(ReadOne(*stream).status, absl::OkStatus());
}

// --- Streams.

TEST(GrpcStream, CarriesMessagesInOrderAndThenItsStatus) {
  FakeService service;
  auto stream =
      service.channel->Stream(kStream, "from here", {.metadata = {{"x-key", "v"}}, .deadline = absl::InfiniteFuture()});
  const StreamPointer call = service.streams.Take();
  EXPECT_EQ(call->request, "from here");
  EXPECT_EQ(FindMetadata(call->metadata, "x-key"), "v");
  for (const std::string& message : {std::string("one"), std::string(), std::string(3'000'000, 'x')}) {
    auto written = BeginWrite(*call, message);
    EXPECT_EQ(ReadOne(*stream).message, message);
    EXPECT_TRUE(written->Take());
  }
  auto pending = BeginRead(*stream);
  EXPECT_FALSE(pending->TakeWithin(kWatch).has_value());
  const absl::Status end =
      WithRetry(Error(absl::StatusCode::kUnavailable, "DRAINING", "Go on elsewhere."), absl::Seconds(1));
  call->Finish(end, {{"x-dangol-cursor", "c"}});
  const Received last = pending->Take();
  EXPECT_FALSE(last.message.has_value());
  EXPECT_EQ(last.status, end);
  EXPECT_EQ(ReadOne(*stream).status, end) << "and again";
  EXPECT_FALSE(BeginWrite(*call, "too late")->Take());
}

TEST(GrpcStream, MayEndBeforeItIsRead) {
  FakeService service;
  auto stream = service.channel->Stream(kStream, "", {});
  const StreamPointer call = service.streams.Take();
  EXPECT_TRUE(BeginWrite(*call, "one")->Take());
  call->Finish(absl::OkStatus(), {});
  EXPECT_EQ(ReadOne(*stream).message, "one");
  const Received last = ReadOne(*stream);
  EXPECT_FALSE(last.message.has_value());
  EXPECT_EQ(last.status, absl::OkStatus());
}

// Writes until a write is not done within a moment; returns that write. What was written fits the windows of HTTP/2 and
// TCP.
std::shared_ptr<Mailbox<bool>> WriteUntilBlocked(ServerStreamCall& call, int& written) {
  for (written = 0; written < 1000; ++written) {
    auto write = BeginWrite(call, std::string(100'000, static_cast<char>('a' + written % 26)));
    std::optional<bool> done = write->TakeWithin(kWatch);
    if (!done) return write;
    EXPECT_TRUE(*done);
  }
  ADD_FAILURE() << "a client that does not read took 100 MB";
  return nullptr;
}

TEST(GrpcStream, AWriteIsDoneOnlyWhenTheClientHasReadEnough) {
  FakeService service;
  auto stream = service.channel->Stream(kStream, "", {});
  const StreamPointer call = service.streams.Take();
  int written = 0;
  auto blocked = WriteUntilBlocked(*call, written);
  ASSERT_NE(blocked, nullptr);
  EXPECT_LT(written, 100);
  for (int i = 0; i <= written; ++i) {
    const Received received = ReadOne(*stream);
    ASSERT_TRUE(received.message.has_value()) << received.status;
    EXPECT_EQ(received.message->at(0), 'a' + i % 26);
  }
  EXPECT_TRUE(blocked->Take());
  call->Finish(absl::OkStatus(), {});
  EXPECT_EQ(ReadOne(*stream).status, absl::OkStatus());
}

TEST(GrpcStream, AbortCutsAClientThatDoesNotRead) {
  FakeService service;
  auto stream = service.channel->Stream(kStream, "", {});
  const StreamPointer call = service.streams.Take();
  auto cancelled = WatchCancel(*call);
  int written = 0;
  auto blocked = WriteUntilBlocked(*call, written);
  ASSERT_NE(blocked, nullptr);
  call->Abort();
  EXPECT_FALSE(blocked->Take());
  EXPECT_TRUE(cancelled->Take());
  call->Finish(absl::ResourceExhaustedError("too slow"), {});
  call->Abort();
  Received received;
  do {
    received = ReadOne(*stream);
  } while (received.message.has_value());
  EXPECT_EQ(received.status.code(), absl::StatusCode::kUnavailable) << received.status;
}

TEST(GrpcStream, AClientThatDestroysItCancelsIt) {
  FakeService service;
  auto stream = service.channel->Stream(kStream, "", {});
  const StreamPointer call = service.streams.Take();
  auto cancelled = WatchCancel(*call);
  stream.reset();
  EXPECT_TRUE(cancelled->Take());
  EXPECT_TRUE(call->cancelled());
  EXPECT_FALSE(BeginWrite(*call, "for nobody")->Take());
  call->Finish(absl::OkStatus(), {});
}

TEST(GrpcStream, DestroyingItEndsAPendingReadAndWrite) {
  FakeService service;
  {
    auto stream = service.channel->Stream(kStream, "", {});
    const StreamPointer call = service.streams.Take();
    auto cancelled = WatchCancel(*call);
    auto pending = BeginRead(*stream);
    stream.reset();
    const Received last = pending->Take();
    EXPECT_FALSE(last.message.has_value());
    EXPECT_EQ(last.status.code(), absl::StatusCode::kCancelled);
    EXPECT_TRUE(cancelled->Take());
  }
  auto stream = service.channel->Stream(kStream, "", {});
  const StreamPointer call = service.streams.Take();
  int written = 0;
  auto blocked = WriteUntilBlocked(*call, written);
  ASSERT_NE(blocked, nullptr);
  stream.reset();
  EXPECT_FALSE(blocked->Take());
}

TEST(GrpcStream, MayBeDestroyedInItsOwnRead) {
  FakeService service;
  for (const bool with_message : {true, false}) {
    auto* stream = service.channel->Stream(kStream, "", {}).release();
    const StreamPointer call = service.streams.Take();
    Mailbox<bool> destroyed;
    stream->Read([stream, &destroyed](std::optional<std::string> message, absl::Status) {
      delete stream;
      destroyed.Put(message.has_value());
    });
    if (with_message) {
      BeginWrite(*call, "one")->Take();
    } else {
      call->Finish(absl::OkStatus(), {});
    }
    EXPECT_EQ(destroyed.Take(), with_message);
  }
}

TEST(GrpcStream, ItsDeadlineEndsIt) {
  FakeService service;
  auto stream = service.channel->Stream(kStream, "", Deadline(absl::Milliseconds(200)));
  const StreamPointer call = service.streams.Take();
  auto cancelled = WatchCancel(*call);
  EXPECT_EQ(ReadOne(*stream).status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_TRUE(cancelled->Take());
}

TEST(GrpcStream, DestroyingReadingAndWritingMayCoincide) {
  FakeService service;
  for (int i = 0; i < 300; ++i) {
    auto stream = service.channel->Stream(kStream, "", {});
    StreamPointer call = service.streams.Take();
    auto read = BeginRead(*stream);
    std::thread writing([call = std::move(call)]() mutable {
      BeginWrite(*call, "x")->Take();
      call->Finish(absl::OkStatus(), {});
      call.reset();
    });
    stream.reset();
    read->Take();
    writing.join();
  }
}

TEST(GrpcStream, TwoHundredMayIdle) {
  FakeService service;
  service.echo = true;
  constexpr int kStreams = 200;
  std::vector<std::unique_ptr<ClientStream>> streams;
  std::vector<StreamPointer> calls;
  std::vector<std::shared_ptr<Mailbox<Received>>> reads;
  for (int i = 0; i < kStreams; ++i) {
    streams.push_back(service.channel->Stream(kStream, std::to_string(i), {}));
    reads.push_back(BeginRead(*streams.back()));
    calls.push_back(service.streams.Take());
  }
  EXPECT_EQ(Ask(*service.channel, kUnary, "between them").message, "between them");
  for (const StreamPointer& call : calls) EXPECT_TRUE(BeginWrite(*call, call->request)->Take());
  for (int i = 0; i < kStreams; ++i) EXPECT_EQ(reads[i]->Take().message, std::to_string(i));
  streams.clear();
  for (const StreamPointer& call : calls) EXPECT_TRUE(WatchCancel(*call)->Take());
}

// --- The server.

TEST(GrpcServer, ShutdownWaitsForCallsThatEndInTime) {
  FakeService service;
  auto answer = Begin(*service.channel, kUnary, "");
  auto stream = service.channel->Stream(kStream, "", {});
  const UnaryPointer call = service.calls.Take();
  const StreamPointer server_stream = service.streams.Take();
  std::thread stopping([&] { service.server->Shutdown(absl::Minutes(1)); });
  // Whoever comes now is refused, sooner or later.
  auto late = NewGrpcChannel(service.server->address());
  while (Begin(*late, kHealth, "", Deadline(absl::Seconds(1)))->Take().status.ok()) {
  }
  EXPECT_FALSE(call->cancelled());
  server_stream->Finish(absl::UnavailableError("draining"), {});
  call->Finish({absl::OkStatus(), "in time", {}});
  stopping.join();
  EXPECT_EQ(answer->Take().message, "in time");
  EXPECT_EQ(ReadOne(*stream).status, absl::UnavailableError("draining"));
}

TEST(GrpcServer, ShutdownCutsWhatDoesNotEnd) {
  FakeService service;
  auto answer = Begin(*service.channel, kUnary, "");
  auto stream = service.channel->Stream(kStream, "", {});
  const UnaryPointer call = service.calls.Take();
  const StreamPointer server_stream = service.streams.Take();
  auto unread = service.channel->Stream(kStream, "", {});
  const StreamPointer blocked_stream = service.streams.Take();
  int written = 0;
  auto blocked = WriteUntilBlocked(*blocked_stream, written);
  auto cancelled = WatchCancel(*call);
  const absl::Time begin = absl::Now();
  service.server->Shutdown(absl::Milliseconds(300));
  EXPECT_GE(absl::Now() - begin, absl::Milliseconds(250));
  EXPECT_LT(absl::Now() - begin, absl::Seconds(10));
  EXPECT_TRUE(cancelled->Take());
  EXPECT_FALSE(blocked->Take());
  EXPECT_EQ(answer->Take().status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ReadOne(*stream).status.code(), absl::StatusCode::kUnavailable);

  service.server.reset();
  call->Finish({absl::OkStatus(), "after the end of the world", {{"a", "b"}}});
  EXPECT_TRUE(WatchCancel(*server_stream)->Take());
  EXPECT_FALSE(BeginWrite(*server_stream, "x")->Take());
  server_stream->Abort();
  server_stream->Finish(absl::OkStatus(), {});
}

std::string HealthOf(Channel& channel, const std::string& service) {
  const std::string request = service.empty() ? "" : std::string("\x0a") + static_cast<char>(service.size()) + service;
  const Reply reply = Ask(channel, kHealth, request);
  return reply.status.ok() ? reply.message : std::string(absl::StatusCodeToString(reply.status.code()));
}

TEST(GrpcServer, HealthAnswersByServiceName) {
  FakeService service;
  const auto channel = NewGrpcChannel(service.server->address(), {.serving_only = false});
  const std::vector<std::string> names = {"", "dangol.tickets.v1.TicketService", "dangol.tickets.v1.TicketFeed"};
  for (const std::string& name : names) EXPECT_EQ(HealthOf(*channel, name), kServing) << name;
  EXPECT_EQ(HealthOf(*channel, "dangol.backlog.v1.BacklogService"), "NOT_FOUND");
  service.server->SetServing(false);
  for (const std::string& name : names) EXPECT_EQ(HealthOf(*channel, name), kNotServing) << name;
  service.server->SetServing(true);
  for (const std::string& name : names) EXPECT_EQ(HealthOf(*channel, name), kServing) << name;
}

TEST(GrpcServer, WhoeverWatchesHealthLearnsOfTheShutdown) {
  FakeService service;
  auto watch = service.channel->Stream("/grpc.health.v1.Health/Watch", "", {});
  EXPECT_EQ(ReadOne(*watch).message, kServing);
  auto next = BeginRead(*watch);
  std::thread stopping([&] { service.server->Shutdown(absl::Seconds(30)); });
  EXPECT_EQ(next->Take().message, kNotServing);
  watch.reset();
  stopping.join();
}

TEST(GrpcServer, ReflectionListsItsServicesAndTheirFiles) {
  FakeService service;
  auto list = service.channel->Stream(kReflection, std::string("\x3a\x01*"), {});
  const Received services = ReadOne(*list);
  ASSERT_TRUE(services.message.has_value()) << services.status;
  EXPECT_THAT(*services.message, AllOf(HasSubstr("dangol.tickets.v1.TicketService"),
                                       HasSubstr("dangol.tickets.v1.TicketFeed"), HasSubstr("grpc.health.v1.Health")));
  EXPECT_EQ(ReadOne(*list).status, absl::OkStatus());

  const std::string symbol = "dangol.tickets.v1.TicketService";
  ASSERT_NE(tickets::v1::GetTicketRequest::descriptor(), nullptr);  // links the protos into this program
  auto file = service.channel->Stream(kReflection, std::string("\x22") + static_cast<char>(symbol.size()) + symbol, {});
  const Received descriptor = ReadOne(*file);
  ASSERT_TRUE(descriptor.message.has_value()) << descriptor.status;
  EXPECT_THAT(*descriptor.message, AllOf(HasSubstr("ticket_service.proto"), HasSubstr("GetTicketRequest")));
}

TEST(GrpcServer, SaysThatItsPortIsTaken) {
  FakeService service;
  const auto second = GrpcServer::Start({}, {.address = service.server->address()});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ErrorReason(second.status()), "ADDRESS_IN_USE");
  EXPECT_EQ(second.status().message(),
            "Cannot listen on " + service.server->address() +
                ": the port is taken. Stop the program that listens there, or choose another port.");
}

TEST(GrpcServer, SaysWhatIsWrongWithAnAddress) {
  for (const char* address :
       {"", "127.0.0.1", ":7411", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:65536", "127.0.0.1:-1", "::1:7411",
        "unix:/tmp/socket", "http://127.0.0.1:7411", "no-such-host.invalid:7411", "192.0.2.1:7411"}) {
    testing::internal::CaptureStderr();
    const auto server = GrpcServer::Start({}, {.address = address});
    EXPECT_THAT(testing::internal::GetCapturedStderr(), IsEmpty());
    ASSERT_FALSE(server.ok()) << address;
    EXPECT_EQ(server.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(ErrorReason(server.status()), "ADDRESS_INVALID") << server.status();
    EXPECT_THAT(std::string(server.status().message()), HasSubstr(address));
  }
}

TEST(GrpcServer, ListensOnTheAddressItNames) {
  for (const char* address : {"127.0.0.1:0", "0.0.0.0:0", "localhost:0"}) {
    FakeService service({.address = address});
    service.echo = true;
    EXPECT_GT(service.server->port(), 0);
    EXPECT_THAT(service.server->address(), testing::EndsWith(":" + std::to_string(service.server->port())));
    EXPECT_EQ(Ask(*service.channel, kUnary, "hello").message, "hello");
  }
}

TEST(GrpcServer, ClosesAConnectionThatSaysNothing) {
  FakeService service({.handshake_time_max = absl::Milliseconds(300)});
  const int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(service.server->port()));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(connect(connection, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  const absl::Time deadline = absl::Now() + absl::Seconds(60);
  ssize_t got = 1;
  while (got > 0 && absl::Now() < deadline) {  // gRPC's own settings come first
    char bytes[256];
    pollfd readable{connection, POLLIN, 0};
    if (poll(&readable, 1, 1000) > 0) got = read(connection, bytes, sizeof(bytes));
  }
  EXPECT_LE(got, 0);
  close(connection);
}

TEST(GrpcServer, ConnectionAgeCutsNoCallShortOfItsGrace) {
  FakeService service({.connection_age_max = absl::Milliseconds(200), .connection_age_grace = absl::Seconds(30)});
  service.echo = true;
  auto stream = service.channel->Stream(kStream, "", {});
  const StreamPointer call = service.streams.Take();
  const absl::Time end = absl::Now() + absl::Seconds(1);
  int calls = 0;
  for (; absl::Now() < end; ++calls) {
    const Reply reply = Ask(*service.channel, kUnary, "hello");
    ASSERT_EQ(reply.status, absl::OkStatus()) << "after " << calls;
  }
  EXPECT_FALSE(call->cancelled());
  BeginWrite(*call, "still here");
  EXPECT_EQ(ReadOne(*stream).message, "still here");
}

}  // namespace
}  // namespace dangol::rpc
