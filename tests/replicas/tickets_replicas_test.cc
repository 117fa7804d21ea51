#include "tests/replicas/tickets_replicas_test.h"

#include <utility>

#include "absl/time/clock.h"
#include "gmock/gmock.h"

#include "tests/crash/promises.h"
#include "tests/support/postgres_server.h"

namespace dangol::testing {

using ::testing::IsEmpty;

void TicketsReplicasTest::StartAndWait(ServiceProcess& replica) {
  replica.Start();
  ASSERT_TRUE(replica.WaitUntilReady()) << replica.process().errors();
}

void TicketsReplicasTest::StartBoth() {
  StartAndWait(replica(0));
  StartAndWait(replica(1));
}

LoadClient& TicketsReplicasTest::StartClient(std::unique_ptr<rpc::Channel> channel, int calls_in_flight) {
  LoadClientOptions options;
  options.calls_in_flight = calls_in_flight;
  options.seed = clients_.size() + 1;
  options.ledger_path = LedgerFile();
  return clients_.emplace_back(std::move(channel), options);
}

int64_t TicketsReplicasTest::Acknowledged() const {
  int64_t sum = 0;
  for (const LoadClient& client : clients_) sum += client.acknowledged();
  return sum;
}

void TicketsReplicasTest::WaitForMore(const LoadClient& client, int64_t more) {
  EXPECT_TRUE(client.WaitForMore(more, kPatience)) << "it does not go on";
}

void TicketsReplicasTest::FinishWork(const std::vector<FeedFollower*>& followers) {
  const auto channel = suite_.NewChannel("tickets");
  for (LoadClient& client : clients_) client.BeginNothingNew();
  for (LoadClient& client : clients_) {
    EXPECT_TRUE(client.Finish(kPatience)) << "not all requests were answered in the end";
    EXPECT_THAT(client.violations(), IsEmpty());
    ExpectReplays(*channel, client.sample());
  }
  EXPECT_EQ(static_cast<int64_t>(ReadLedger(LedgerFile()).size()), Acknowledged());
  ExpectIntegrity(*channel);

  const PostgresSession session(replica(0).database_url());
  int64_t head = 0;
  session.ForEachRow("SELECT last_seq FROM feed_head", [&](const auto& row) { head = std::stoll(row[0]); });
  std::vector<std::vector<simulation::SeenEvent>> seen;
  for (FeedFollower* follower : followers) {
    EXPECT_TRUE(follower->WaitFor(head, kPatience)) << follower->sequence() << " of " << head;
    follower->Stop();
    EXPECT_THAT(follower->violations(), IsEmpty());
    seen.push_back(follower->events());
  }
  const auto query = [&](const char* sql, const auto& each) {
    session.ForEachRow(sql, each);
    return std::string();
  };
  std::vector<std::string> broken = BrokenPromises(query, LedgerFile(), seen);
  if (broken.size() > 20) broken.resize(20);
  EXPECT_THAT(broken, IsEmpty());
}

}  // namespace dangol::testing
