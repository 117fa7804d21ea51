// The three services as processes that follow each other, as an operator would run them.
#pragma once

#include <array>
#include <string>

#include "absl/time/time.h"

#include "tests/support/service_process.h"

namespace dangol::testing {

// Used by one thread, as ChildProcess.
class SuiteProcesses {
 public:
  // `programs`: the folder of dangol-tickets, dangol-backlog and dangol-metrics. Starts nothing yet.
  explicit SuiteProcesses(const std::string& programs);

  ServiceProcess& tickets() { return services_[0]; }
  ServiceProcess& backlog() { return services_[1]; }
  ServiceProcess& metrics() { return services_[2]; }
  std::array<ServiceProcess, 3>& all() { return services_; }

  // False: one did not come up.
  bool StartAll();

  // Waits until all has come to rest: each has followed the others to their ends, no timer has anything left to do, and
  // nothing is parked. Returns what it still waits for after `time`; empty: nothing.
  std::string WaitUntilAtRest(absl::Duration time);

 private:
  explicit SuiteProcesses(const std::string& programs, int first_port);
  // The same for this moment. Appends the feeds' heads to `heads`.
  std::string WaitsFor(std::string& heads);

  std::array<ServiceProcess, 3> services_;
};

}  // namespace dangol::testing
