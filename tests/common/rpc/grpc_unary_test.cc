// Unary calls over a real connection.
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "tests/common/rpc/grpc_fixture.h"

namespace dangol::rpc {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Pair;

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

}  // namespace
}  // namespace dangol::rpc
