// Two replicas of the tickets service on a primary with a standby, clients that load them, and a follower of the feed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "tests/crash/feed_follower.h"
#include "tests/crash/load_client.h"
#include "tests/failover/postgres_pair.h"
#include "tests/support/service_process.h"

namespace dangol::testing {

class ReplicasFixture : public ::testing::Test {
 protected:
  using Server = PostgresPair::Server;
  // More than anything takes.

  void SetUp() override;

  // By a client of its own, which may turn to either replica.
  void StartLoad();
  // Until so many more writes have been acknowledged.
  void WaitForAcknowledgements(int64_t count);
  // Until all that was begun is acknowledged.
  void FinishLoad();

  // The standby becomes the primary.
  void Promote();
  // Until the load goes on after that. Tells the time without an acknowledgement since WaitForAcknowledgements, which
  // is how long callers waited because of what struck the old primary.
  absl::Duration MeasureGap(const char* what_struck);
  // What was the primary becomes its standby, for which every commit waits.
  void JoinTheOther();

  // With the load finished: what the primary lacks or has too much of. `followers`: what they saw of the feed.
  std::vector<std::string> BrokenPromisesOfAll(
      const std::vector<std::vector<simulation::SeenEvent>>& followers = {}) const;
  // That is nothing; repeated requests are answered as before, by either replica; the service finds nothing either.
  void ExpectAllIsWell();
  // The follower has seen the whole feed, each event once. It stops.
  void ExpectTheFollowerSawAll();

  PostgresPair pair_;
  Server primary_ = Server::kA;
  ServiceProcess one_{DANGOL_TICKETS_BINARY, "tickets"};
  ServiceProcess two_{DANGOL_TICKETS_BINARY, "tickets"};
  std::unique_ptr<FeedFollower> follower_;
  std::unique_ptr<LoadClient> load_;

 private:
  std::string ledger_path() const { return one_.File("ledger"); }

  uint64_t loads_ = 0;
  int64_t acknowledged_ = 0;  // to loads that have finished
};

}  // namespace dangol::testing
