// Streams over a real connection.
#include <memory>
#include <optional>
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

}  // namespace
}  // namespace dangol::rpc
