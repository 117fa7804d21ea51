#include "tests/support/suite_processes.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <vector>

#include "absl/time/clock.h"
#include "fmt/format.h"

namespace dangol::testing {
namespace {

using api::v1::SubscriptionStatus;

constexpr absl::Duration kLookInterval = absl::Milliseconds(50);
// For so long nothing may move: what one service does makes work for another.
constexpr absl::Duration kRestTime = absl::Milliseconds(500);
// Each service has one that never ends, which forgets old request ids.
constexpr int64_t kLastingTimers = 1;

}  // namespace

SuiteProcesses::SuiteProcesses(const std::string& programs) : SuiteProcesses(programs, FreePorts()) {}

SuiteProcesses::SuiteProcesses(const std::string& programs, int first_port)
    : services_{ServiceProcess(programs + "/dangol-tickets", "tickets", first_port),
                ServiceProcess(programs + "/dangol-backlog", "backlog", first_port + 1),
                ServiceProcess(programs + "/dangol-metrics", "metrics", first_port + 2)} {
  // Each knows where all are and follows whom it has to.
  std::vector<std::string> peers;
  for (const ServiceProcess& service : services_) {
    peers.insert(peers.end(), {"--peer", fmt::format("{}={}", service.service(), service.address())});
  }
  for (ServiceProcess& service : services_) service.SetArguments(peers);
}

bool SuiteProcesses::StartAll() {
  for (ServiceProcess& service : services_) service.Start();
  return std::ranges::all_of(services_, [](ServiceProcess& service) { return service.WaitUntilReady().has_value(); });
}

std::string SuiteProcesses::WaitUntilAtRest(absl::Duration time) {
  const absl::Time end = absl::Now() + time;
  absl::Time since = absl::Now();
  std::string heads_before;
  while (true) {
    std::string heads;
    std::string waits_for = WaitsFor(heads);
    const absl::Time now = absl::Now();
    if (!waits_for.empty() || heads != heads_before) since = now;
    if (now - since >= kRestTime) return "";
    if (now > end) return waits_for.empty() ? "the feeds to stand still" : waits_for;
    heads_before = heads;
    absl::SleepFor(kLookInterval);
  }
}

std::string SuiteProcesses::WaitsFor(std::string& heads) {
  std::map<std::string, api::v1::GetStatusResponse, std::less<>> all;
  for (ServiceProcess& service : services_) {
    auto status = service.Status();
    if (!status.ok()) return fmt::format("{}: {}", service.service(), status.status().ToString());
    heads += fmt::format("{} ", status->feed_sequence());
    all[service.service()] = *std::move(status);
  }
  for (const auto& [name, status] : all) {
    if (status.pending_timers() > kLastingTimers) return fmt::format("{} timers of {}", status.pending_timers(), name);
    for (const SubscriptionStatus& subscription : status.subscriptions()) {
      const int64_t head = all[subscription.feed()].feed_sequence();
      const bool follows = subscription.state() == SubscriptionStatus::FOLLOWING;
      if (follows && subscription.sequence() == head && subscription.parked_events() == 0) continue;
      return fmt::format("{} to follow {} to {}: {}", name, subscription.feed(), head, subscription.ShortDebugString());
    }
  }
  return "";
}

}  // namespace dangol::testing
