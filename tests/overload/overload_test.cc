// More calls, larger calls, longer reads and slower readers than the server can take: it refuses early, says when to
// come again, keeps its memory and its log within bounds, and is itself again as soon as the storm is over. The real
// program, in a process of its own.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/rpc/grpc_channel.h"
#include "dangol/api/v1/admin_service.pb.h"
#include "dangol/api/v1/feed.pb.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "tests/crash/feed_follower.h"
#include "tests/overload/flood.h"
#include "tests/support/service_process.h"

namespace dangol::testing {
namespace {

using namespace dangol::tickets;  // NOLINT: v1
using api::v1::GetStatusResponse;
using ::testing::IsEmpty;

constexpr char kCreateTicket[] = "/dangol.tickets.v1.TicketService/CreateTicket";
constexpr char kGetTicket[] = "/dangol.tickets.v1.TicketService/GetTicket";
constexpr char kListTickets[] = "/dangol.tickets.v1.TicketService/ListTickets";
constexpr char kCreateMessage[] = "/dangol.tickets.v1.TicketService/CreateMessage";
constexpr char kListMessages[] = "/dangol.tickets.v1.TicketService/ListMessages";
constexpr char kStreamEvents[] = "/dangol.tickets.v1.TicketFeed/StreamEvents";
constexpr char kCheckIntegrity[] = "/dangol.api.v1.AdminService/CheckIntegrity";

// What the limits add up to: 512 MiB of gRPC's buffers, 64 MiB of requests that wait, thrice (as they came, as text and
// parsed), caches of 96 MiB, streams of 32 MiB, and what the allocator wastes.
constexpr int64_t kMemoryMost = int64_t{1} << 30;
// The log is moved from 48 MiB on while more is written, and at 96 MiB the writer waits for it, as soon as it is not
// being moved: what large requests bring meanwhile comes on top. Far below the 512 MiB at which writes are refused.
constexpr int64_t kLogMost = 256 << 20;
// What is normal, on a machine that others use too.
constexpr absl::Duration kNormalTimeMax = absl::Seconds(2);

constexpr size_t kComplaintBytes = 800;  // as customers' complaints are
constexpr size_t kLargeBytes = 200'000;
constexpr absl::Duration kLargeTime = absl::Seconds(5);
constexpr int kDeafStreams = 200;
constexpr int kStreamsMost = 256;
constexpr int kStreamsOnAConnection = 5;
// Some seconds until all buffers on the way are full, then 30 s; and where a stream that was cut makes room for another
// on its connection, that one gets 30 s more.
constexpr absl::Duration kDeafStreamsCutWithin = absl::Seconds(80);
constexpr absl::Duration kStormForDeafStreams = absl::Seconds(45);

std::string NewTicket(size_t body_bytes, const std::string& id = "") {
  v1::CreateTicketRequest request;
  request.set_ticket_id(id);
  request.mutable_ticket()->set_subject("The parcel came late");
  request.mutable_ticket()->set_body(std::string(body_bytes, 'b'));
  return request.SerializeAsString();
}

std::string NewMessage(const std::string& ticket, size_t body_bytes) {
  v1::CreateMessageRequest request;
  request.set_parent(ticket);
  request.mutable_message()->set_kind(v1::Message::INTERNAL);
  request.mutable_message()->set_body(std::string(body_bytes, 'm'));
  return request.SerializeAsString();
}

std::string AllTickets() {
  v1::ListTicketsRequest request;
  request.set_page_size(1000);
  return request.SerializeAsString();
}

std::string AllMessages(const std::string& ticket) {
  v1::ListMessagesRequest request;
  request.set_parent(ticket);
  request.set_page_size(1000);
  return request.SerializeAsString();
}

// Streams that are never read.
class DeafStreams {
 public:
  DeafStreams(const std::string& address, int streams) {
    for (int i = 0; i < streams; ++i) {
      if (i % kStreamsOnAConnection == 0) channels_.push_back(rpc::NewGrpcChannel(address, {.wait_for_ready = true}));
      streams_.push_back(channels_.back()->Stream(kStreamEvents, "", {{}, absl::InfiniteFuture()}));
    }
  }

  // Reads one after all: how it ended.
  absl::Status ReadToEnd(size_t number) {
    while (true) {
      std::promise<std::optional<absl::Status>> promise;
      streams_[number]->Read([&promise](const std::optional<std::string>& message, const absl::Status& status) {
        promise.set_value(message ? std::nullopt : std::optional(status));
      });
      const std::optional<absl::Status> end = promise.get_future().get();
      if (end) return *end;
    }
  }

 private:
  std::vector<std::unique_ptr<rpc::Channel>> channels_;
  std::vector<std::unique_ptr<rpc::ClientStream>> streams_;
};

class OverloadTest : public ::testing::Test {
 protected:
  void SetUp() override {
    server_.Start();
    ASSERT_TRUE(server_.WaitUntilReady()) << server_.process().errors();
    watcher_ = std::jthread([this](const std::stop_token& stop) { Watch(stop); });
  }

  // A line of /proc/PID/status, in bytes.
  int64_t Memory(std::string_view name) {
    std::ifstream file(fmt::format("/proc/{}/status", server_.process().pid()));
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with(name)) return std::strtoll(line.c_str() + name.size(), nullptr, 10) << 10;
    }
    return 0;
  }
  // Without the database's pages that are mapped: the system takes those back when it needs the room.
  int64_t MemoryNow() { return Memory("RssAnon:"); }

  void Watch(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      std::error_code missing;
      const auto size = std::filesystem::file_size(server_.database_path() + "-wal", missing);
      if (!missing) log_most_ = std::max(log_most_.load(), static_cast<int64_t>(size));
      memory_most_ = std::max(memory_most_.load(), MemoryNow());
      absl::SleepFor(absl::Milliseconds(50));
    }
  }

  int CountInLog(std::string_view text) {
    const std::string log = server_.process().errors();
    int count = 0;
    for (size_t at = log.find(text); at != std::string::npos; at = log.find(text, at + 1)) ++count;
    return count;
  }

  int64_t OpenStreams() const {
    const absl::StatusOr<GetStatusResponse> status = server_.Status();
    EXPECT_TRUE(status.ok()) << status.status().ToString();
    return status.ok() ? status->open_streams() : 0;
  }

  bool WaitForOpenStreams(int64_t wanted, absl::Time end) const {
    while (OpenStreams() != wanted) {
      if (absl::Now() > end) return false;
      absl::SleepFor(absl::Milliseconds(100));
    }
    return true;
  }

  // A new client, a write and a read.
  void ExpectNormalService() {
    const auto start = std::chrono::steady_clock::now();
    const auto channel = server_.NewChannel();
    const absl::StatusOr<GetStatusResponse> status = server_.Status();
    const rpc::Reply written = CallAndWait(*channel, kCreateTicket, NewTicket(kComplaintBytes, "after-the-storm"));
    v1::GetTicketRequest read;
    read.set_name("tickets/after-the-storm");
    const absl::StatusOr<v1::Ticket> ticket = Ask<v1::Ticket>(*channel, kGetTicket, read);
    const absl::Duration time = absl::FromChrono(std::chrono::steady_clock::now() - start);
    EXPECT_TRUE(status.ok() && status->state() == GetStatusResponse::SERVING) << status.status().ToString();
    EXPECT_TRUE(written.status.ok()) << written.status.ToString();
    EXPECT_TRUE(ticket.ok()) << ticket.status().ToString();
    fmt::print("  a state, a write and a read right after it: {}\n", absl::FormatDuration(time));
    if (!kSanitized) {
      EXPECT_LE(time, kNormalTimeMax);
    }
  }

  void ExpectIntegrity() {
    const auto channel = server_.NewChannel();
    api::v1::CheckIntegrityRequest request;
    request.set_check_pages(true);
    const auto response = Ask<api::v1::CheckIntegrityResponse>(*channel, kCheckIntegrity, request, kPatience);
    ASSERT_TRUE(response.ok()) << response.status().ToString();
    EXPECT_EQ(response->violation_count(), 0) << response->DebugString();
  }

  void ExpectBounded() {
    fmt::print("  memory {} MiB at the most, log {} MiB at the most\n", memory_most_ >> 20, log_most_ >> 20);
    if (!kSanitized) {
      EXPECT_LE(memory_most_, kMemoryMost);
    }
    EXPECT_LE(log_most_, kLogMost);
  }

  void ExpectGoodEnd() {
    ExpectIntegrity();
    ExpectBounded();
    EXPECT_EQ(server_.Stop(kPatience), 0) << server_.process().errors();
  }

  ServiceProcess server_{DANGOL_TICKETS_BINARY, "tickets"};
  std::atomic<int64_t> log_most_ = 0;
  std::atomic<int64_t> memory_most_ = 0;  // bytes
  std::jthread watcher_;
};

void ExpectServed(const char* what, const Tally& tally) {
  fmt::print("  {}: {}\n", what, tally.ToString());
  EXPECT_THAT(tally.unexpected, IsEmpty()) << what;
  EXPECT_GT(tally.accepted(), 0) << what;
}

// As ExpectServed; and who is refused did not wait for a turn: it would have taken longer than any that was served.
// (Both times hold what this busy machine adds on the way, and calls are refused just when it is busiest.)
void ExpectServedOrRefusedEarly(const char* what, const Tally& tally) {
  ExpectServed(what, tally);
  EXPECT_LE(Percentile(tally.refused_ms, 0.5), Percentile(tally.accepted_ms, 1)) << what;
}

TEST_F(OverloadTest, KeepsItsBoundsInAStormOfCallsAndDeafStreams) {
  const absl::Duration storm_time = absl::Seconds(NumberFromEnvironment("DANGOL_OVERLOAD_SECONDS", 45));
  const absl::Duration large_time = std::min(kLargeTime, storm_time / 4);
  {
    // Enough that a stream has more to send than the buffers on its way hold.
    Flood first(server_.address(), 2);
    first.Keep(256, kCreateTicket, NewTicket(100));
    absl::SleepFor(absl::Seconds(3));
  }
  const int64_t memory_before = MemoryNow();
  const absl::Time deaf_since = absl::Now();
  DeafStreams deaf(server_.address(), kDeafStreams);
  FeedFollower follower(server_.NewChannel());
  EXPECT_TRUE(WaitForOpenStreams(kDeafStreams + 1, absl::Now() + kPatience));
  absl::SleepFor(absl::Seconds(2));
  fmt::print("  {} streams that nobody reads: {} MiB\n", kDeafStreams, (MemoryNow() - memory_before) >> 20);

  Flood creates(server_.address(), 4);
  Flood reads(server_.address(), 2);
  Flood checks(server_.address(), 1);
  creates.Keep(1024, kCreateTicket, NewTicket(kComplaintBytes));
  reads.Keep(8, kListTickets, AllTickets());
  checks.Keep(1, kCheckIntegrity, "");
  absl::SleepFor(storm_time / 4);
  Flood many(server_.address(), 4);
  many.Burst(4096, kCreateTicket, NewTicket(kComplaintBytes));
  absl::SleepFor(storm_time / 4);
  Flood large(server_.address(), 4);
  large.Keep(1024, kCreateTicket, NewTicket(kLargeBytes));
  absl::SleepFor(large_time);
  large.Stop();
  many.Burst(4096, kCreateTicket, NewTicket(kComplaintBytes));
  absl::SleepFor(storm_time / 2 - large_time);
  for (Flood* flood : {&many, &creates, &reads, &checks}) flood->Stop();

  ExpectNormalService();
  ExpectServedOrRefusedEarly("1,024 creates at a time", creates.tally());
  ExpectServed("8 lists of a thousand at a time", reads.tally());
  ExpectServed("checks of integrity", checks.tally());
  ExpectServedOrRefusedEarly("bursts of 4,096 creates", many.tally());
  ExpectServedOrRefusedEarly("1,024 creates of 200 kB at a time", large.tally());
  EXPECT_GT(large.tally().refused(), 0) << "three times what may wait did not fill the queue";
  const absl::StatusOr<GetStatusResponse> status = server_.Status();
  ASSERT_TRUE(status.ok()) << status.status().ToString();
  EXPECT_TRUE(follower.WaitFor(status->feed_sequence(), kPatience));
  follower.Stop();
  EXPECT_THAT(follower.violations(), IsEmpty());
  EXPECT_THAT(follower.ends(), IsEmpty()) << "one who reads was cut off";
  if (storm_time >= kStormForDeafStreams) {
    EXPECT_TRUE(WaitForOpenStreams(0, deaf_since + kDeafStreamsCutWithin)) << OpenStreams() << " are still open";
    EXPECT_EQ(CountInLog("stream cut: its client has not read"), kDeafStreams);
    EXPECT_EQ(deaf.ReadToEnd(0).code(), absl::StatusCode::kUnavailable);
  }
  ExpectGoodEnd();
}

TEST_F(OverloadTest, RefusesOneStreamTooMany) {
  const auto channel = server_.NewChannel();
  ASSERT_TRUE(CallAndWait(*channel, kCreateTicket, NewTicket(100)).status.ok());
  {
    DeafStreams open(server_.address(), kStreamsMost);
    EXPECT_TRUE(WaitForOpenStreams(kStreamsMost, absl::Now() + kPatience));
    const absl::Status refusal = DeafStreams(server_.address(), 1).ReadToEnd(0);
    EXPECT_EQ(refusal.code(), absl::StatusCode::kResourceExhausted) << refusal.ToString();
    EXPECT_EQ(ErrorReason(refusal), "TOO_MANY_STREAMS");
    EXPECT_GT(RetryDelay(refusal), absl::ZeroDuration());
    EXPECT_TRUE(CallAndWait(*channel, kCreateTicket, NewTicket(100)).status.ok());
  }
  EXPECT_TRUE(WaitForOpenStreams(0, absl::Now() + kPatience)) << "streams outlive their clients";
  ExpectGoodEnd();
}

// The longest read that there is: all messages of a ticket that has as many and as large ones as a page can ask for.
// Whatever it is answered, it must not keep the log from being used anew.
TEST_F(OverloadTest, LongReadsDoNotMakeTheLogGrow) {
  const auto channel = server_.NewChannel();
  ASSERT_TRUE(CallAndWait(*channel, kCreateTicket, NewTicket(100, "long")).status.ok());
  std::vector<std::jthread> writers;
  for (int i = 0; i < 8; ++i) {
    writers.emplace_back([&channel] {
      for (int k = 0; k < 100; ++k) CallAndWait(*channel, kCreateMessage, NewMessage("tickets/long", 250'000));
    });
  }
  writers.clear();
  Flood writes(server_.address(), 1);
  Flood reads(server_.address(), 1);
  writes.Keep(64, kCreateTicket, NewTicket(kComplaintBytes));
  reads.Keep(4, kListMessages, AllMessages("tickets/long"));
  absl::SleepFor(absl::Seconds(5));
  writes.Stop();
  reads.Stop();
  ExpectServed("64 creates at a time", writes.tally());
  fmt::print("  4 long reads at a time: {}\n", reads.tally().ToString());
  EXPECT_THAT(reads.tally().unexpected, IsEmpty());
  ExpectNormalService();
  ExpectGoodEnd();
}

}  // namespace
}  // namespace dangol::testing
