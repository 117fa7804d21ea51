// Two replicas of the tickets service on one database, and what has to be found in it in the end.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include <gtest/gtest.h>

#include "tests/crash/feed_follower.h"
#include "tests/crash/load_client.h"
#include "tests/support/suite_processes.h"

namespace dangol::testing {

class TicketsReplicasTest : public ::testing::Test {
 protected:
  ServiceProcess& replica(size_t number) { return suite_.tickets(number); }
  void StartAndWait(ServiceProcess& replica);
  void StartBoth();

  // A client that works until FinishWork.
  LoadClient& StartClient(std::unique_ptr<rpc::Channel> channel, int calls_in_flight);
  int64_t Acknowledged() const;
  // Waits until the client has so many acknowledgements more.
  void WaitForMore(const LoadClient& client, int64_t more);

  // Waits until all that was begun has its answer. Then what the clients were told is in the database, once, and
  // nothing else is; what is sent again is answered as before; and the followers have heard of all of it, once and in
  // order.
  void FinishWork(const std::vector<FeedFollower*>& followers);

  SuiteProcesses suite_{DANGOL_PROGRAMS, 2};
  std::deque<LoadClient> clients_;

 private:
  std::string LedgerFile() { return suite_.tickets().File("ledger"); }
};

}  // namespace dangol::testing
