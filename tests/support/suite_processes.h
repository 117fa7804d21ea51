// The three services as processes that follow each other, as an operator would run them.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "absl/time/time.h"

#include "common/rpc/transport.h"
#include "tests/support/service_process.h"

namespace dangol::testing {

// Used by one thread, as ChildProcess.
class SuiteProcesses {
 public:
  // `programs`: the folder of dangol-tickets, dangol-backlog and dangol-metrics. Starts nothing yet. One of each has an
  // SQLite file of its own; several share a new database of the PostgreSQL server for tests, and everybody reaches them
  // through channels that balance.
  explicit SuiteProcesses(const std::string& programs, int replicas = 1);

  ServiceProcess& tickets(size_t replica = 0) { return services_[kServices * replica]; }
  ServiceProcess& backlog(size_t replica = 0) { return services_[kServices * replica + 1]; }
  ServiceProcess& metrics(size_t replica = 0) { return services_[kServices * replica + 2]; }
  // Tickets, backlog and metrics, then the second replicas in the same order.
  std::deque<ServiceProcess>& all() { return services_; }

  // All replicas of a service as one target.
  std::string Target(std::string_view service) const;
  // Balances over them.
  std::unique_ptr<rpc::Channel> NewChannel(std::string_view service) const;

  // False: one did not come up.
  bool StartAll();

  // Waits until all has come to rest: each service has followed the others to their ends, no timer has anything left to
  // do, and nothing is parked. Returns what it still waits for after `time`; empty: nothing.
  std::string WaitUntilAtRest(absl::Duration time);

 private:
  static constexpr size_t kServices = 3;

  // The same for this moment. Appends the feeds' heads to `heads`.
  std::string WaitsFor(std::string& heads);

  std::deque<ServiceProcess> services_;
};

}  // namespace dangol::testing
