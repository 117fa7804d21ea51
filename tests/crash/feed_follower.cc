#include "tests/crash/feed_follower.h"

#include <future>
#include <optional>
#include <utility>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include "google/protobuf/descriptor.h"

#include "dangol/api/v1/feed.pb.h"
#include "dangol/tickets/v1/ticket_feed.pb.h"

namespace dangol::testing {
namespace {

constexpr char kStreamEvents[] = "/dangol.tickets.v1.TicketFeed/StreamEvents";
constexpr absl::Duration kPauseBetweenStreams = absl::Milliseconds(50);
// How soon Stop is noticed.
constexpr auto kLookInterval = std::chrono::milliseconds(50);

std::string Kind(const tickets::v1::TicketEvent& event) {
  const auto* kind =
      event.GetReflection()->GetOneofFieldDescriptor(event, event.GetDescriptor()->FindOneofByName("kind"));
  return kind == nullptr ? "" : kind->name();
}

std::string Resources(const tickets::v1::TicketEvent& event) {
  std::string resources;
  for (const auto& resource : event.envelope().resources()) {
    resources += fmt::format("{}{}@{}", resources.empty() ? "" : " ", resource.name(), resource.version());
  }
  return resources;
}

}  // namespace

FeedFollower::FeedFollower(std::unique_ptr<rpc::Channel> channel)
    : channel_(std::move(channel)), thread_([this] { Follow(); }) {}

FeedFollower::~FeedFollower() { Stop(); }

void FeedFollower::Stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

bool FeedFollower::WaitFor(int64_t sequence, absl::Duration time) {
  const absl::Time end = absl::Now() + time;
  while (sequence_ < sequence && absl::Now() < end) absl::SleepFor(absl::Milliseconds(10));
  return sequence_ >= sequence;
}

void FeedFollower::Follow() {
  while (!stopping_) {
    dangol::api::v1::StreamEventsRequest request;
    request.set_after_cursor(cursor_);
    const std::unique_ptr<rpc::ClientStream> stream =
        channel_->Stream(kStreamEvents, request.SerializeAsString(), {{}, absl::InfiniteFuture()});
    const absl::Status end = ReadStream(*stream);
    if (stopping_) return;
    ends_.push_back(end.ToString());
    if (end.code() != absl::StatusCode::kUnavailable && end.code() != absl::StatusCode::kResourceExhausted) {
      violations_.push_back(fmt::format("the feed ended: {}", end.ToString()));
    }
    absl::SleepFor(kPauseBetweenStreams);
  }
}

absl::Status FeedFollower::ReadStream(rpc::ClientStream& stream) {
  using Read = std::pair<std::optional<std::string>, absl::Status>;
  while (true) {
    // The callback may come after this function has ended.
    auto promise = std::make_shared<std::promise<Read>>();
    std::future<Read> future = promise->get_future();
    stream.Read([promise](std::optional<std::string> message, absl::Status status) {
      promise->set_value({std::move(message), std::move(status)});
    });
    while (future.wait_for(kLookInterval) != std::future_status::ready) {
      if (stopping_) return absl::CancelledError("stopped");
    }
    Read read = future.get();
    if (!read.first) return read.second;
    Take(*read.first);
  }
}

void FeedFollower::Take(const std::string& message) {
  tickets::v1::StreamEventsResponse response;
  if (!response.ParseFromString(message)) violations_.emplace_back("a message of the feed does not parse");
  for (const tickets::v1::TicketEvent& event : response.events()) {
    if (event.envelope().sequence() != sequence_ + 1) {
      violations_.push_back(
          fmt::format("the feed goes on at {} behind {}", event.envelope().sequence(), sequence_.load()));
    }
    events_.push_back({Kind(event), Resources(event)});
    cursor_ = event.envelope().cursor();
    sequence_ = event.envelope().sequence();
  }
}

}  // namespace dangol::testing
