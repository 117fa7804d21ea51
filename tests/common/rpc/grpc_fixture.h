// A server and a channel over a real connection. What the server does is played by the tests: a call is put into a
// mailbox, and the test takes it out and decides. There is no gRPC in here: health and reflection are asked in bytes.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include <gtest/gtest.h>

#include "common/rpc/grpc_channel.h"
#include "common/rpc/grpc_server.h"

namespace dangol::rpc {

inline constexpr char kUnary[] = "/dangol.tickets.v1.TicketService/GetTicket";
inline constexpr char kStream[] = "/dangol.tickets.v1.TicketFeed/StreamEvents";
inline constexpr char kHealth[] = "/grpc.health.v1.Health/Check";
inline constexpr char kReflection[] = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";
inline constexpr char kServing[] = "\x08\x01";
inline constexpr char kNotServing[] = "\x08\x02";
// Far more than anything takes here, sanitizers included.
inline constexpr auto kPatience = std::chrono::seconds(60);
// How long something is watched that must not happen.
inline constexpr auto kWatch = std::chrono::milliseconds(200);

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
inline std::shared_ptr<Mailbox<Reply>> Begin(Channel& channel, std::string method, std::string request,
                                             CallOptions options = {}) {
  auto answer = std::make_shared<Mailbox<Reply>>();
  channel.Unary(std::move(method), std::move(request), std::move(options),
                [answer](Reply reply) { answer->Put(std::move(reply)); });
  return answer;
}

inline Reply Ask(Channel& channel, std::string method, std::string request, CallOptions options = {}) {
  return Begin(channel, std::move(method), std::move(request), std::move(options))->Take();
}

struct Received {
  std::optional<std::string> message;
  absl::Status status;
};

inline std::shared_ptr<Mailbox<Received>> BeginRead(ClientStream& stream) {
  auto received = std::make_shared<Mailbox<Received>>();
  stream.Read([received](std::optional<std::string> message, absl::Status status) {
    received->Put({std::move(message), std::move(status)});
  });
  return received;
}

inline Received ReadOne(ClientStream& stream) { return BeginRead(stream)->Take(); }

inline std::shared_ptr<Mailbox<bool>> BeginWrite(ServerStreamCall& call, std::string message) {
  auto written = std::make_shared<Mailbox<bool>>();
  call.Write(std::move(message), [written](bool ok) { written->Put(ok); });
  return written;
}

// Writes until a write is not done within a moment; returns that write. What was written fits the windows of HTTP/2 and
// TCP.
inline std::shared_ptr<Mailbox<bool>> WriteUntilBlocked(ServerStreamCall& call, int& written) {
  for (written = 0; written < 1000; ++written) {
    auto write = BeginWrite(call, std::string(100'000, static_cast<char>('a' + written % 26)));
    std::optional<bool> done = write->TakeWithin(kWatch);
    if (!done) return write;
    EXPECT_TRUE(*done);
  }
  ADD_FAILURE() << "a client that does not read took 100 MB";
  return nullptr;
}

// Puts a value when the call is cancelled.
inline std::shared_ptr<Mailbox<bool>> WatchCancel(ServerCall& call) {
  auto cancelled = std::make_shared<Mailbox<bool>>();
  call.OnCancel([cancelled] { cancelled->Put(true); });
  return cancelled;
}

inline CallOptions Deadline(absl::Duration time) { return {.metadata = {}, .deadline = absl::Now() + time}; }

}  // namespace dangol::rpc
