#include "tests/support/suite_processes.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "fmt/format.h"

#include "common/rpc/grpc_channel.h"
#include "tests/support/postgres_server.h"

namespace dangol::testing {
namespace {

using api::v1::SubscriptionStatus;

constexpr absl::Duration kLookInterval = absl::Milliseconds(50);
// For so long nothing may move: what one service does makes work for another.
constexpr absl::Duration kRestTime = absl::Milliseconds(500);
// Each service has one that never ends, which forgets old request ids.
constexpr int64_t kLastingTimers = 1;
constexpr std::array kNames = {"tickets", "backlog", "metrics"};
// Those that wait for days: tickets that will be closed, customers that will be erased, files that are not whole;
// changes that will be checked; effects that will be looked at, and days of engines that will end.
constexpr std::array kSweeps = {3, 1, 2};
constexpr absl::Duration kReconnectMax = absl::Milliseconds(200);

}  // namespace

SuiteProcesses::SuiteProcesses(const std::string& programs, int replicas) {
  const int first_port = FreePorts();
  for (int i = 0; i < replicas * static_cast<int>(kServices); ++i) {
    const char* service = kNames[static_cast<size_t>(i) % kServices];
    services_.emplace_back(fmt::format("{}/dangol-{}", programs, service), service, first_port + i);
    if (replicas > 1) services_.back().UseDatabase(PostgresDatabaseOf(services_[i % kServices].File("")));
  }
  // Each knows where all are and follows whom it has to.
  std::vector<std::string> peers;
  for (const char* service : kNames) {
    peers.insert(peers.end(), {"--peer", fmt::format("{}={}", service, Target(service))});
  }
  for (ServiceProcess& service : services_) service.AddArguments(peers);
}

std::string SuiteProcesses::Target(std::string_view service) const {
  std::vector<std::string> addresses;
  for (const ServiceProcess& process : services_) {
    if (process.service() == service) addresses.push_back(process.address());
  }
  return "ipv4:" + absl::StrJoin(addresses, ",");
}

std::unique_ptr<rpc::Channel> SuiteProcesses::NewChannel(std::string_view service) const {
  return rpc::NewGrpcChannel(Target(service), {.reconnect_max = kReconnectMax});
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
  std::vector<api::v1::GetStatusResponse> all;
  std::map<std::string, int64_t> head;                           // by service
  std::map<std::pair<std::string, std::string>, int> followers;  // by service and feed
  for (ServiceProcess& service : services_) {
    auto status = service.Status();
    if (!status.ok()) return fmt::format("{}: {}", service.service(), status.status().ToString());
    heads += fmt::format("{} ", status->feed_sequence());
    head[service.service()] = std::max(head[service.service()], status->feed_sequence());
    all.push_back(*std::move(status));
  }
  for (const api::v1::GetStatusResponse& status : all) {
    const std::string& name = status.service();
    const auto* const place = std::ranges::find(kNames, name);
    if (status.pending_timers() > kLastingTimers + kSweeps[static_cast<size_t>(place - kNames.begin())])
      return fmt::format("{} timers of {}", status.pending_timers(), name);
    for (const SubscriptionStatus& subscription : status.subscriptions()) {
      if (subscription.sequence() != head[subscription.feed()] || subscription.parked_events() > 0) {
        return fmt::format("{} to follow {} to {}: {}", name, subscription.feed(), head[subscription.feed()],
                           subscription.ShortDebugString());
      }
      followers[{name, subscription.feed()}] += subscription.state() == SubscriptionStatus::FOLLOWING ? 1 : 0;
    }
  }
  for (const auto& [subscription, count] : followers) {
    if (count != 1) return fmt::format("one replica of {} to follow {}", subscription.first, subscription.second);
  }
  return "";
}

}  // namespace dangol::testing
