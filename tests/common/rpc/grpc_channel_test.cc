// A channel and the servers that it finds.
#include <memory>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/common/rpc/grpc_fixture.h"

namespace dangol::rpc {
namespace {

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

}  // namespace
}  // namespace dangol::rpc
