// Six writers at two replicas, and those who tail what they write from either of them.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/replicas/tickets_replicas_test.h"

namespace dangol::testing {
namespace {

constexpr int kWriters = 6;
constexpr int64_t kAcknowledgements = 3000;
constexpr int kMessagesEach = 20;

// Ends after some messages, as if the server had sent its reader away.
class ShortStream : public rpc::ClientStream {
 public:
  explicit ShortStream(std::unique_ptr<rpc::ClientStream> stream) : stream_(std::move(stream)) {}
  void Read(absl::AnyInvocable<void(std::optional<std::string>, absl::Status) &&> done) override {
    if (left_-- == 0) return std::move(done)(std::nullopt, absl::UnavailableError("go on elsewhere"));
    stream_->Read(std::move(done));
  }

 private:
  const std::unique_ptr<rpc::ClientStream> stream_;
  int left_ = kMessagesEach;
};

// Each stream is of the next replica.
class SwitchingChannel : public rpc::Channel {
 public:
  explicit SwitchingChannel(std::vector<std::unique_ptr<rpc::Channel>> channels) : channels_(std::move(channels)) {}

  void Unary(std::string method, std::string request, rpc::CallOptions options,
             absl::AnyInvocable<void(rpc::Reply) &&> done) override {
    channels_[0]->Unary(std::move(method), std::move(request), std::move(options), std::move(done));
  }
  std::unique_ptr<rpc::ClientStream> Stream(std::string method, std::string request,
                                            rpc::CallOptions options) override {
    rpc::Channel& channel = *channels_[next_++ % channels_.size()];
    return std::make_unique<ShortStream>(channel.Stream(std::move(method), std::move(request), std::move(options)));
  }

 private:
  const std::vector<std::unique_ptr<rpc::Channel>> channels_;
  size_t next_ = 0;
};

using Tail = TicketsReplicasTest;

TEST_F(Tail, MissesNothingOfSixWritersAtTwoReplicas) {
  StartBoth();
  FeedFollower of_one(replica(0).NewChannel());
  FeedFollower of_other(replica(1).NewChannel());
  std::vector<std::unique_ptr<rpc::Channel>> channels;
  for (size_t i : {0, 1}) channels.push_back(replica(i).NewChannel());
  FeedFollower switching(std::make_unique<SwitchingChannel>(std::move(channels)));
  // One at a time each, as a caller that waits for its answer.
  for (size_t i = 0; i < kWriters; ++i) StartClient(replica(i % 2).NewChannel(), 1);
  const absl::Time end = absl::Now() + kPatience;
  while (Acknowledged() < kAcknowledgements && absl::Now() < end) absl::SleepFor(absl::Milliseconds(10));
  FinishWork({&of_one, &of_other, &switching});
  EXPECT_GT(switching.ends().size(), 1) << "it never switched";
  fmt::print("{} calls acknowledged, {} events tailed by three, one of them over {} streams\n", Acknowledged(),
             switching.sequence(), switching.ends().size() + 1);
}

// Nothing of its own tells that replica that there are events.
TEST_F(Tail, HearsAtOneReplicaWhatIsWrittenAtTheOther) {
  StartBoth();
  FeedFollower follower(replica(1).NewChannel());
  const LoadClient& client = StartClient(replica(0).NewChannel(), kWriters);
  WaitForMore(client, 100);
  FinishWork({&follower});
  EXPECT_GT(follower.sequence(), 0);
}

}  // namespace
}  // namespace dangol::testing
