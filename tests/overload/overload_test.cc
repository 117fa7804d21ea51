// More calls, larger calls and slower readers than the server can take: it refuses early, says when to come again, and keeps its
// memory and its log within bounds. The real program, in a process of its own.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "common/base/error.h"
#include "common/rpc/grpc_channel.h"
#include "dangol/api/v1/admin_service.pb.h"
#include "dangol/api/v1/feed.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "fmt/format.h"
#include "tests/support/child_process.h"
#include "tests/support/local_service.h"

namespace dangol {
namespace {

using dangol::api::v1::GetStatusResponse;

constexpr char kCreate[] = "/dangol.tickets.v1.TicketService/CreateTicket";
constexpr char kList[] = "/dangol.tickets.v1.TicketService/ListTickets";
constexpr char kStream[] = "/dangol.tickets.v1.TicketFeed/StreamEvents";
constexpr char kStatus[] = "/dangol.api.v1.AdminService/GetStatus";
constexpr char kCheck[] = "/dangol.api.v1.AdminService/CheckIntegrity";
// What the limits add up to: 512 MiB of gRPC's buffers at the most, 64 MiB that wait, caches of 96 MiB, streams of 32 MiB.
constexpr int64_t kMemoryMost = int64_t{1} << 30;
constexpr int64_t kLogMost = 128 << 20;

std::string CreateBytes(size_t body_bytes) {
  tickets::v1::CreateTicketRequest request;
  request.mutable_ticket()->set_subject("The parcel came late");
  request.mutable_ticket()->set_body(std::string(body_bytes, 'b'));
  return request.SerializeAsString();
}

std::string ListBytes() {
  tickets::v1::ListTicketsRequest request;
  request.set_page_size(1000);
  return request.SerializeAsString();
}

// What came of many calls, by code.
struct Tally {
  std::mutex mutex;
  std::condition_variable changed;
  int open = 0;
  int64_t accepted = 0;
  int64_t refused = 0;
  std::vector<double> refusal_ms;
  std::vector<std::string> unexpected;

  void Wait() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return open == 0; });
  }
  std::string Refusals() {
    std::ranges::sort(refusal_ms);
    if (refusal_ms.empty()) return "none";
    return fmt::format("{}, after {:.1f} ms (median), {:.1f} ms (99 %)", refused, refusal_ms[refusal_ms.size() / 2],
                       refusal_ms[refusal_ms.size() * 99 / 100]);
  }
};

class OverloadTest : public ::testing::Test {
 protected:
  OverloadTest()
      : port_(testing::FreePorts()),
        server_(DANGOL_TICKETS_BINARY, {"--database", "sqlite:" + Database(), "--listen", Address()}),
        watcher_([this](const std::stop_token& stop) { Watch(stop); }) {
    for (int i = 0; i < 4; ++i) channels_.push_back(rpc::NewGrpcChannel(Address(), {.wait_for_ready = true}));
    Call(kStatus, "");
  }

  std::string Database() const { return folder_.File("tickets.db"); }
  std::string Address() const { return fmt::format("127.0.0.1:{}", port_); }

  rpc::Reply Call(const std::string& method, const std::string& request) {
    std::promise<rpc::Reply> promise;
    channels_[0]->Unary(method, request, {{}, absl::Now() + absl::Seconds(60)},
                        [&](rpc::Reply reply) { promise.set_value(std::move(reply)); });
    return promise.get_future().get();
  }

  GetStatusResponse Status() {
    GetStatusResponse response;
    response.ParseFromString(Call(kStatus, "").message);
    return response;
  }

  // One call, and after it another, until `end`.
  void KeepCalling(int lane, const std::string& method, const std::string& request, absl::Time end, Tally& tally) {
    const absl::Time start = absl::Now();
    channels_[static_cast<size_t>(lane) % channels_.size()]->Unary(
        method, request, {}, [=, this, &tally](const rpc::Reply& reply) {
          const absl::Time now = absl::Now();
          bool refused = false;
          {
            std::lock_guard lock(tally.mutex);
            Count(reply.status, absl::ToDoubleMilliseconds(now - start), tally);
            refused = !reply.status.ok();
            if (now >= end) {
              if (--tally.open == 0) tally.changed.notify_all();
              return;
            }
          }
          // A client that is refused waits, as it was told to; here on one of few threads, so only a moment.
          if (refused) absl::SleepFor(absl::Milliseconds(1));
          KeepCalling(lane, method, request, end, tally);
        });
  }

  static void Count(const absl::Status& status, double ms, Tally& tally) {
    if (status.ok()) {
      ++tally.accepted;
    } else if (status.code() == absl::StatusCode::kResourceExhausted && RetryDelay(status) > absl::ZeroDuration()) {
      ++tally.refused;
      tally.refusal_ms.push_back(ms);
    } else if (tally.unexpected.size() < 5) {
      tally.unexpected.push_back(status.ToString());
    }
  }

  void Load(int in_flight, const std::string& method, const std::string& request, absl::Duration time, Tally& tally) {
    {
      std::lock_guard lock(tally.mutex);
      tally.open += in_flight;
    }
    const absl::Time end = absl::Now() + time;
    for (int i = 0; i < in_flight; ++i) KeepCalling(i, method, request, end, tally);
  }

  int64_t ResidentBytes() const {
    std::ifstream file(fmt::format("/proc/{}/status", server_.pid()));
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with("VmRSS:")) return std::strtoll(line.c_str() + 6, nullptr, 10) << 10;
    }
    return 0;
  }

  void Watch(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      memory_most_ = std::max(memory_most_.load(), ResidentBytes());
      std::error_code missing;
      const auto log = std::filesystem::file_size(Database() + "-wal", missing);
      if (!missing) log_most_ = std::max(log_most_.load(), static_cast<int64_t>(log));
      absl::SleepFor(absl::Milliseconds(200));
    }
  }

  static absl::Duration StormTime() {
    const char* seconds = std::getenv("DANGOL_OVERLOAD_SECONDS");
    return absl::Seconds(seconds == nullptr ? 60 : std::atoi(seconds));
  }

  void ExpectHealthyAndBounded() {
    EXPECT_TRUE(Call(kCreate, CreateBytes(800)).status.ok());
    EXPECT_EQ(Status().state(), GetStatusResponse::SERVING);
    dangol::api::v1::CheckIntegrityResponse check;
    const rpc::Reply reply = Call(kCheck, "");
    ASSERT_TRUE(reply.status.ok()) << reply.status;
    check.ParseFromString(reply.message);
    EXPECT_EQ(check.violation_count(), 0) << check.DebugString();
    EXPECT_LE(memory_most_, kMemoryMost);
    EXPECT_LE(log_most_, kLogMost);
    fmt::print("  memory {} MiB at the most, log {} MiB at the most\n", memory_most_ >> 20, log_most_ >> 20);
  }

  testing::TemporaryFolder folder_;
  const int port_;
  testing::ChildProcess server_;
  std::vector<std::unique_ptr<rpc::Channel>> channels_;
  std::atomic<int64_t> memory_most_ = 0;
  std::atomic<int64_t> log_most_ = 0;
  std::jthread watcher_;
};

// Streams that are never read. Each channel is a connection with windows of its own.
class DeafStreams {
 public:
  DeafStreams(const std::string& address, int streams) {
    for (int i = 0; i < streams; ++i) {
      if (i % 25 == 0) channels_.push_back(rpc::NewGrpcChannel(address, {.wait_for_ready = true}));
      streams_.push_back(channels_.back()->Stream(kStream, "", {}));
    }
  }

 private:
  std::vector<std::unique_ptr<rpc::Channel>> channels_;
  std::vector<std::unique_ptr<rpc::ClientStream>> streams_;
};

// How a new stream begins: OK with a first message, or the error that it ended with.
absl::Status FirstOf(rpc::ClientStream& stream) {
  std::promise<absl::Status> promise;
  stream.Read([&](const std::optional<std::string>& message, const absl::Status& status) {
    promise.set_value(message ? absl::OkStatus() : status);
  });
  return promise.get_future().get();
}

TEST_F(OverloadTest, AMinuteOf1024CallsAnd200DeafStreamsStaysWithinBounds) {
  // Enough that a stream has more to send than buffers hold.
  Tally before;
  Load(256, kCreate, CreateBytes(100), absl::Seconds(3), before);
  before.Wait();
  DeafStreams deaf(Address(), 200);
  Tally creates;
  Tally lists;
  Load(1024, kCreate, CreateBytes(800), StormTime(), creates);
  Load(8, kList, ListBytes(), StormTime(), lists);
  creates.Wait();
  lists.Wait();
  fmt::print("  {} tickets made, refused: {}; {} lists of a thousand; {} streams still open\n", creates.accepted, creates.Refusals(),
             lists.accepted, Status().open_streams());
  EXPECT_THAT(creates.unexpected, ::testing::IsEmpty());
  EXPECT_THAT(lists.unexpected, ::testing::IsEmpty());
  EXPECT_GT(creates.accepted, 0);
  EXPECT_GT(lists.accepted, 0);
  // Each is cut 30 s after its buffers were full, which on a busy machine comes late.
  if (StormTime() >= absl::Seconds(45)) {
    const absl::Time patience = absl::Now() + absl::Minutes(2);
    while (Status().open_streams() > 0 && absl::Now() < patience) absl::SleepFor(absl::Milliseconds(500));
    EXPECT_EQ(Status().open_streams(), 0);
  }
  ExpectHealthyAndBounded();
}

TEST_F(OverloadTest, BurstsAreRefusedEarlyAndSayWhenToComeAgain) {
  Tally many;
  Load(4096, kCreate, CreateBytes(800), absl::Seconds(3), many);
  many.Wait();
  Tally large;
  Load(1024, kCreate, CreateBytes(200'000), absl::Seconds(3), large);
  large.Wait();
  fmt::print("  4,096 calls at a time: {} taken, refused: {}\n  1,024 calls of 200 kB at a time: {} taken, refused: {}\n", many.accepted,
             many.Refusals(), large.accepted, large.Refusals());
  EXPECT_THAT(many.unexpected, ::testing::IsEmpty());
  EXPECT_THAT(large.unexpected, ::testing::IsEmpty());
  EXPECT_GT(many.accepted, 0);
  EXPECT_GT(many.refused, 0);
  EXPECT_GT(large.accepted, 0);
  EXPECT_GT(large.refused, 0);
  ExpectHealthyAndBounded();
}

TEST_F(OverloadTest, OneStreamTooManyIsRefused) {
  ASSERT_TRUE(Call(kCreate, CreateBytes(100)).status.ok());
  DeafStreams open(Address(), 256);
  while (Status().open_streams() < 256) absl::SleepFor(absl::Milliseconds(20));
  const absl::Status status = FirstOf(*channels_[0]->Stream(kStream, "", {}));
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ErrorReason(status), "TOO_MANY_STREAMS");
  EXPECT_GT(RetryDelay(status), absl::ZeroDuration());
  EXPECT_TRUE(Call(kCreate, CreateBytes(100)).status.ok());
}

}  // namespace
}  // namespace dangol
