// A server: its start and end, health, reflection, and connections that say nothing.
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "tests/common/rpc/grpc_fixture.h"

namespace dangol::rpc {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

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

TEST(GrpcServer, ReflectionDescribesTheHealthService) {
  FakeService service;
  const std::string symbol = "grpc.health.v1.Health";
  auto file = service.channel->Stream(kReflection, std::string("\x22") + static_cast<char>(symbol.size()) + symbol, {});
  const Received descriptor = ReadOne(*file);
  ASSERT_TRUE(descriptor.message.has_value()) << descriptor.status;
  EXPECT_THAT(*descriptor.message, AllOf(HasSubstr("health.proto"), HasSubstr("HealthCheckRequest")));
}

TEST(GrpcServer, SaysWhichMethodsThereAreWhereOneIsNot) {
  FakeService service;
  const absl::Status method = Ask(*service.channel, "/dangol.tickets.v1.TicketService/Get", "").status;
  EXPECT_EQ(method.code(), absl::StatusCode::kUnimplemented);
  EXPECT_EQ(ErrorReason(method), "METHOD_UNKNOWN");
  EXPECT_THAT(std::string(method.message()), AllOf(HasSubstr("It has GetTicket."), HasSubstr("dangol call --list")));
  const absl::Status other = Ask(*service.channel, "/dangol.backlog.v1.ChangeService/GetChange", "").status;
  EXPECT_EQ(other.code(), absl::StatusCode::kUnimplemented);
  EXPECT_THAT(std::string(other.message()),
              HasSubstr("It has dangol.tickets.v1.TicketFeed, dangol.tickets.v1.TicketService."));
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
