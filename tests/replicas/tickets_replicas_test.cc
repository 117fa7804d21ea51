#include "tests/replicas/tickets_replicas_test.h"

#include <map>
#include <utility>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "fmt/format.h"
#include <gmock/gmock.h>

#include "dangol/tickets/v1/ticket.pb.h"
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
  options.ledger_path = LedgerFile(clients_.size());
  options.marker = fmt::format("marker-{}", clients_.size());
  return clients_.emplace_back(std::move(channel), options);
}

int64_t TicketsReplicasTest::Acknowledged() const {
  int64_t sum = 0;
  for (const LoadClient& client : clients_) sum += client.acknowledged();
  return sum;
}

void TicketsReplicasTest::WaitForMore(const LoadClient& client, int64_t more) {
  const int64_t goal = client.acknowledged() + more;
  const absl::Time end = absl::Now() + kPatience;
  while (client.acknowledged() < goal && absl::Now() < end) absl::SleepFor(absl::Milliseconds(5));
  EXPECT_GE(client.acknowledged(), goal) << "it does not go on";
}

void TicketsReplicasTest::FinishWork(const std::vector<FeedFollower*>& followers) {
  std::vector<LedgerLine> lines;
  const auto channel = suite_.NewChannel("tickets");
  for (LoadClient& client : clients_) client.BeginNothingNew();
  for (size_t i = 0; i < clients_.size(); ++i) {
    LoadClient& client = clients_[i];
    EXPECT_TRUE(client.Finish(kPatience)) << "not all requests were answered in the end";
    EXPECT_THAT(client.violations(), IsEmpty());
    for (const LoadRequest& request : client.sample()) EXPECT_EQ(Replay(*channel, request), "");
    const std::vector<LedgerLine> ledger = ReadLedger(LedgerFile(i));
    EXPECT_EQ(static_cast<int64_t>(ledger.size()), client.acknowledged());
    lines.insert(lines.end(), ledger.begin(), ledger.end());
  }
  ExpectLedgersInDatabase(lines);
  for (FeedFollower* follower : followers) ExpectFollowed(*follower, lines);
}

void TicketsReplicasTest::ExpectLedgersInDatabase(const std::vector<LedgerLine>& lines) {
  std::map<std::string, int> counts;
  const PostgresSession session(replica(0).database_url());
  session.ForEachRow(kMarkersSql, [&](const auto& row) { ++counts[row[0]]; });
  session.ForEachRow("SELECT details FROM ticket", [&](const auto& row) {
    tickets::v1::Ticket details;
    details.ParseFromString(row[0]);
    if (!details.heard_summary().empty()) ++counts[details.heard_summary()];
  });
  std::vector<std::string> violations;
  for (const LedgerLine& line : lines) {
    for (const std::string& marker : line.markers) {
      const int count = std::exchange(counts[marker], 0);
      if (count != 1) violations.push_back(fmt::format("{} was acknowledged and is there {} times", marker, count));
    }
  }
  for (const auto& [marker, count] : counts) {
    if (count > 0) violations.push_back(fmt::format("{} is there and was never acknowledged", marker));
  }
  EXPECT_EQ(violations.size(), 0) << absl::StrJoin(violations, "\n").substr(0, 1000);
}

void TicketsReplicasTest::ExpectFollowed(FeedFollower& follower, const std::vector<LedgerLine>& lines) {
  int64_t head = 0;
  PostgresSession(replica(0).database_url()).ForEachRow("SELECT last_seq FROM feed_head", [&](const auto& row) {
    head = std::stoll(row[0]);
  });
  EXPECT_TRUE(follower.WaitFor(head, kPatience)) << follower.sequence() << " of " << head;
  follower.Stop();
  EXPECT_THAT(follower.violations(), IsEmpty());
  std::map<std::string, int64_t> told;  // the last version of each resource
  std::vector<std::string> violations;
  for (const simulation::SeenEvent& event : follower.events()) {
    for (const std::string& resource : std::vector<std::string>(absl::StrSplit(event.resources, ' '))) {
      const std::pair<std::string, std::string> parts = absl::StrSplit(resource, '@');
      if (std::stoll(parts.second) != ++told[parts.first]) violations.push_back(resource + " is told out of turn");
    }
  }
  for (const LedgerLine& line : lines) {
    for (const std::string& name : line.names) {
      if (!told.contains(name)) violations.push_back("no event tells of " + name);
    }
  }
  EXPECT_EQ(violations.size(), 0) << absl::StrJoin(violations, "\n").substr(0, 1000);
}

}  // namespace dangol::testing
