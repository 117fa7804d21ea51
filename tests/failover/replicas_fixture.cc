#include "tests/failover/replicas_fixture.h"

#include <utility>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include "gmock/gmock.h"

#include "tests/crash/promises.h"
#include "tests/support/postgres_server.h"

namespace dangol::testing {

using ::testing::IsEmpty;

void ReplicasFixture::SetUp() {
  pair_.SetSynchronous(primary_, true);
  for (ServiceProcess* replica : {&one_, &two_}) {
    replica->UseDatabase(pair_.Url());
    replica->Start();
    ASSERT_TRUE(replica->WaitUntilReady()) << replica->process().errors();
  }
  follower_ = std::make_unique<FeedFollower>(two_.NewChannel());
}

void ReplicasFixture::StartLoad() {
  std::vector<std::unique_ptr<rpc::Channel>> channels;
  channels.push_back(one_.NewChannel());
  channels.push_back(two_.NewChannel());
  load_ = std::make_unique<LoadClient>(
      std::move(channels), LoadClientOptions{.sample_size = 50, .seed = ++loads_, .ledger_path = ledger_path()});
}

void ReplicasFixture::WaitForAcknowledgements(int64_t count) {
  ASSERT_TRUE(load_->WaitForMore(count, kPatience)) << "writes do not go on: " << one_.process().errors();
  load_->TakeLongestPause();
}

void ReplicasFixture::FinishLoad() {
  EXPECT_TRUE(load_->Finish(kPatience)) << "not all requests were answered in the end";
  EXPECT_THAT(load_->violations(), IsEmpty());
  acknowledged_ += load_->acknowledged();
}

void ReplicasFixture::Promote() {
  primary_ = PostgresPair::Other(primary_);
  pair_.Promote(primary_);
}

absl::Duration ReplicasFixture::MeasureGap(const char* what_struck) {
  // More than can have been on their way before.
  EXPECT_TRUE(load_->WaitForMore(100, kPatience)) << "writes do not go on: " << one_.process().errors();
  const absl::Duration gap = load_->TakeLongestPause();
  fmt::print("{} {}: no acknowledgement for {}\n", NameOf(PostgresPair::Other(primary_)), what_struck,
             absl::FormatDuration(gap));
  return gap;
}

void ReplicasFixture::JoinTheOther() {
  pair_.Join(PostgresPair::Other(primary_));
  pair_.SetSynchronous(primary_, true);
}

std::vector<std::string> ReplicasFixture::BrokenPromisesOfAll(
    const std::vector<std::vector<simulation::SeenEvent>>& followers) const {
  const PostgresSession session(pair_.SocketUrl(primary_));
  const auto query = [&](const char* sql, const auto& each) {
    session.ForEachRow(sql, each);
    return std::string();
  };
  return BrokenPromises(query, ledger_path(), followers);
}

void ReplicasFixture::ExpectAllIsWell() {
  EXPECT_EQ(static_cast<int64_t>(ReadLedger(ledger_path()).size()), acknowledged_);
  ExpectReplays(*one_.NewChannel(), load_->sample());
  ExpectReplays(*two_.NewChannel(), load_->sample());
  EXPECT_THAT(BrokenPromisesOfAll(), IsEmpty());
  ExpectIntegrity(*one_.NewChannel());
}

void ReplicasFixture::ExpectTheFollowerSawAll() {
  const auto status = one_.Status();
  ASSERT_TRUE(status.ok()) << status.status().ToString();
  EXPECT_EQ(status->state(), api::v1::GetStatusResponse::SERVING);
  EXPECT_TRUE(follower_->WaitFor(status->feed_sequence(), kPatience));
  follower_->Stop();
  EXPECT_THAT(follower_->violations(), IsEmpty());
  EXPECT_THAT(BrokenPromisesOfAll({follower_->events()}), IsEmpty());
  fmt::print("{} acknowledgements, {} events followed over {} streams\n", acknowledged_, follower_->sequence(),
             follower_->ends().size() + 1);
}

}  // namespace dangol::testing
