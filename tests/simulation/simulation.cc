#include "tests/simulation/simulation.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "fmt/format.h"

#include "common/base/simulated_runtime.h"
#include "common/service/service.h"
#include "dangol/api/v1/admin_service.pb.h"
#include "services/tickets/service.h"
#include "tests/simulation/checks.h"
#include "tests/simulation/ledger.h"
#include "tests/simulation/memory_vfs.h"
#include "tests/simulation/simulated_client.h"

namespace dangol::simulation {
namespace {

constexpr char kDatabasePath[] = "tickets.db";
constexpr absl::Duration kConvergeWithin = absl::Minutes(30);

class World {
 public:
  explicit World(const Scenario& scenario)
      : scenario_(scenario),
        disk_(scenario.seed),
        runtime_(scenario.seed),
        network_(runtime_, runtime_),
        operator_(runtime_.NewExecutor("operator", 1)) {
    network_.SetFaults(scenario.network);
    ledger_.doubled = scenario.network.duplicate > 0;
    for (int i = 0; i < scenario.clients; ++i) {
      clients_.push_back(std::make_unique<SimulatedClient>(runtime_, network_.NewChannel(), ledger_, i));
    }
    for (int i = 0; i < scenario.followers; ++i) {
      followers_.push_back(
          std::make_unique<SimulatedFollower>(runtime_, network_.NewChannel(), ledger_, /*slow=*/i > 0));
    }
  }

  RunResult Run() {
    PlanSpells();
    StartServer();
    for (auto& client : clients_) client->Start();
    for (auto& follower : followers_) follower->Start();
    while (Operations() < scenario_.operations && Step()) {
    }
    Settle();
    AskForIntegrity();
    StopServer();
    if (disk_.crashed()) disk_.Restart();
    std::vector<std::vector<SeenEvent>> seen;
    for (auto& follower : followers_) seen.push_back(follower->events());
    CheckDatabase(kDatabasePath, ledger_, seen);
    return Result();
  }

 private:
  int64_t Operations() const { return static_cast<int64_t>(ledger_.operations.size()); }

  // One task, and what befalls the machine meanwhile.
  bool Step() {
    if (!ledger_.violations.empty()) return false;
    if (!runtime_.RunOne()) return false;
    if (disk_.crashed()) PowerLoss();
    if (service_ != nullptr && kills_ < scenario_.kills && runtime_.OneIn(400)) Kill();
    return true;
  }

  void PlanSpells() {
    disk_.SetFaultProbability(Fault::kIoError, scenario_.io_error);
    disk_.SetFaultProbability(Fault::kFull, scenario_.disk_full);
    const auto spell = [this](void (MemoryVfs::*set)(bool)) {
      const absl::Time begin = runtime_.Now() + absl::Milliseconds(runtime_.Uniform(200));
      operator_->PostAt(begin, [this, set] { (disk_.*set)(true); });
      operator_->PostAt(begin + absl::Milliseconds(1 + runtime_.Uniform(3000)), [this, set] { (disk_.*set)(false); });
    };
    if (scenario_.full_spell) spell(&MemoryVfs::SetDiskFull);
    if (scenario_.io_error_spell) spell(&MemoryVfs::SetIoErrors);
  }

  void StartServer() {
    if (service_ != nullptr) return;
    if (!settling_ && power_losses_ < scenario_.power_losses)
      disk_.CrashAt(static_cast<int64_t>(1 + runtime_.Uniform(600)));
    service::Options options;
    options.database_url = fmt::format("sqlite:{}", kDatabasePath);
    options.database = {.runtime = &runtime_,
                        .lock_file = false,
                        .writer_spill_bytes = scenario_.spill_bytes,
                        .checkpoint_bytes = scenario_.checkpoint_bytes};
    auto service = service::Service::Open(tickets::TicketsService(), options);
    if (service.ok()) {
      service_ = *std::move(service);
      network_.Attach(service_->methods());
    } else if (!disk_.crashed()) {
      if (service.status().code() != absl::StatusCode::kUnavailable) {
        ledger_.Violation(fmt::format("the service does not start: {}", service.status().ToString()));
      }
      StartServerLater();
    }
  }

  void StartServerLater() {
    operator_->PostAt(runtime_.Now() + absl::Milliseconds(10 + runtime_.Uniform(2000)), [this] { StartServer(); });
  }

  void StopServer() {
    network_.Detach();
    service_ = nullptr;
  }

  void PowerLoss() {
    ++power_losses_;
    StopServer();
    disk_.Restart();
    disk_.SetFaultProbability(Fault::kIoError, settling_ ? 0 : scenario_.io_error);
    disk_.SetFaultProbability(Fault::kFull, settling_ ? 0 : scenario_.disk_full);
    StartServerLater();
  }

  // Every second one is told to stop, and does so in good order.
  void Kill() {
    if (++kills_ % 2 == 0) {
      service_->Drain();
    } else {
      disk_.KillProcess();
    }
    StopServer();
    StartServerLater();
  }

  bool CaughtUp() const {
    if (service_ == nullptr) return false;
    const int64_t head = service_->feed_head().sequence();
    return std::ranges::all_of(clients_, [](const auto& client) { return client->idle(); }) &&
           std::ranges::all_of(followers_, [&](const auto& follower) { return follower->sequence() >= head; });
  }

  // The faults stop: everything has to come right by itself.
  void Settle() {
    settling_ = true;
    disk_.ClearFaults();
    network_.SetFaults({});
    for (auto& client : clients_) client->Stop();
    if (service_ == nullptr) StartServerLater();
    const absl::Time end = runtime_.Now() + kConvergeWithin;
    while (ledger_.violations.empty() && !CaughtUp()) {
      if (!Step() || runtime_.Now() > end) {
        if (ledger_.violations.empty()) ledger_.Violation("it did not come to rest after the faults had stopped");
        return;
      }
    }
  }

  void AskForIntegrity() {
    if (service_ == nullptr || !ledger_.violations.empty()) return;
    std::optional<rpc::Reply> reply;
    auto channel = network_.NewChannel();
    dangol::api::v1::CheckIntegrityRequest request;
    request.set_check_pages(true);
    channel->Unary("/dangol.api.v1.AdminService/CheckIntegrity", request.SerializeAsString(),
                   {{}, runtime_.Now() + absl::Minutes(1)}, [&](rpc::Reply received) { reply = std::move(received); });
    while (!reply && runtime_.RunOne()) {
    }
    if (!reply->status.ok()) return ledger_.Violation(fmt::format("CheckIntegrity: {}", reply->status.ToString()));
    dangol::api::v1::CheckIntegrityResponse response;
    response.ParseFromString(reply->message);
    for (const auto& violation : response.violations()) {
      ledger_.Violation(fmt::format("{}: {} {}", violation.check(), violation.resource(), violation.description()));
    }
  }

  RunResult Result() {
    RunResult result;
    result.violations = ledger_.violations;
    result.digest = disk_.digest() * 31 + static_cast<uint64_t>(runtime_.steps());
    result.operations = Operations();
    for (const Operation& operation : ledger_.operations) {
      result.acknowledged += operation.outcome == Outcome::kAcknowledged;
      result.refused += operation.outcome == Outcome::kRefused;
      result.unknown += operation.outcome == Outcome::kUnknown;
    }
    result.events = followers_.empty() ? 0 : followers_[0]->sequence();
    result.power_losses = power_losses_;
    result.kills = kills_;
    return result;
  }

  const Scenario scenario_;
  MemoryVfs disk_;
  SimulatedRuntime runtime_;
  Ledger ledger_;
  SimulatedNetwork network_;
  std::unique_ptr<Executor> operator_;  // the person or the supervisor who starts the server again
  std::unique_ptr<service::Service> service_;
  std::vector<std::unique_ptr<SimulatedClient>> clients_;
  std::vector<std::unique_ptr<SimulatedFollower>> followers_;
  int power_losses_ = 0;
  int kills_ = 0;
  bool settling_ = false;
};

}  // namespace

Scenario Scenario::Draw(uint64_t seed) {
  SimulatedRuntime random(seed ^ 0x5ce4a110);
  const auto one_of = [&](std::initializer_list<double> values) {
    return values.begin()[random.Uniform(values.size())];
  };
  Scenario scenario;
  scenario.seed = seed;
  scenario.clients = static_cast<int>(1 + random.Uniform(6));
  scenario.operations = static_cast<int64_t>(20 + random.Uniform(80));
  scenario.followers = static_cast<int>(1 + random.Uniform(2));
  scenario.power_losses = static_cast<int>(random.Uniform(4));
  scenario.kills = static_cast<int>(random.Uniform(3));
  scenario.network.drop = one_of({0, 0.01, 0.1});
  scenario.network.duplicate = one_of({0, 0.05, 0.3});
  scenario.network.cut = one_of({0, 0.02, 0.2});
  scenario.network.delay_max = absl::Microseconds(one_of({100, 2000, 300'000}));
  scenario.io_error = one_of({0, 0, 0.0005, 0.005});
  scenario.disk_full = one_of({0, 0, 0.001, 0.01});
  scenario.full_spell = random.OneIn(4);
  scenario.io_error_spell = random.OneIn(4);
  scenario.checkpoint_bytes = static_cast<int64_t>(one_of({48 << 20, 400 << 10, 120 << 10}));
  return scenario;
}

std::string Scenario::ToString() const {
  return fmt::format(
      "seed={} clients={} operations={} followers={} power_losses={} kills={} drop={} duplicate={} cut={} delay_max={} io_error={} "
      "disk_full={} full_spell={} io_error_spell={} checkpoint_bytes={} spill_bytes={}",
      seed, clients, operations, followers, power_losses, kills, network.drop, network.duplicate, network.cut,
      absl::FormatDuration(network.delay_max), io_error, disk_full, full_spell, io_error_spell, checkpoint_bytes,
      spill_bytes);
}

RunResult Run(const Scenario& scenario) { return World(scenario).Run(); }

}  // namespace dangol::simulation
