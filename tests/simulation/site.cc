#include "tests/simulation/site.h"

#include <utility>

#include "fmt/format.h"

#include "common/base/status_macros.h"
#include "common/storage/core_schema.h"

namespace dangol::simulation {
namespace {

constexpr int64_t kCheckpointBytes = 400 << 10;  // so few that logs are moved in the middle of a run

}  // namespace

struct Site::Replica {
  explicit Replica(SimulatedRuntime& world) : runtime(world), network(world, runtime) {}

  FreezableRuntime runtime;
  SimulatedNetwork network;
  std::unique_ptr<service::Service> service;  // null: it is down
};

class Site::BalancedChannel : public rpc::Channel {
 public:
  explicit BalancedChannel(Site& site) : site_(site) {
    for (const auto& replica : site.replicas_) channels_.push_back(replica->network.NewChannel());
  }

  void Unary(std::string method, std::string request, rpc::CallOptions options,
             absl::AnyInvocable<void(rpc::Reply) &&> done) override {
    Choose().Unary(std::move(method), std::move(request), std::move(options), std::move(done));
  }
  std::unique_ptr<rpc::ClientStream> Stream(std::string method, std::string request,
                                            rpc::CallOptions options) override {
    return Choose().Stream(std::move(method), std::move(request), std::move(options));
  }

 private:
  rpc::Channel& Choose() {
    size_t chosen = site_.runtime_.Uniform(channels_.size());
    for (size_t i = 0; i < channels_.size() && !site_.IsUp(static_cast<int>(chosen)); ++i) {
      chosen = (chosen + 1) % channels_.size();
    }
    return *channels_[chosen];
  }

  Site& site_;
  std::vector<std::unique_ptr<rpc::Channel>> channels_;
};

Site::Site(SimulatedRuntime& runtime, const service::Definition& definition, int replicas, uint64_t seed,
           Connect connect)
    : runtime_(runtime),
      definition_(definition),
      database_path_(fmt::format("{}.db", definition.name)),
      disk_(seed, fmt::format("disk-of-{}", definition.name)),
      connect_(std::move(connect)) {
  for (int i = 0; i < replicas; ++i) replicas_.push_back(std::make_unique<Replica>(runtime));
}

Site::~Site() { StopAll(); }

void Site::SetFaults(const NetworkFaults& faults) {
  for (auto& replica : replicas_) replica->network.SetFaults(faults);
}

std::unique_ptr<rpc::Channel> Site::NewChannel() { return std::make_unique<BalancedChannel>(*this); }

absl::Status Site::Start(int number) {
  Replica& replica = *replicas_[static_cast<size_t>(number)];
  if (replica.service != nullptr) return absl::OkStatus();
  service::Options options;
  options.database_url = fmt::format("sqlite:{}", database_path_);
  options.database = {
      .runtime = &replica.runtime, .lock_file = false, .vfs = disk_.name(), .checkpoint_bytes = kCheckpointBytes};
  options.shared_database = replicas_.size() > 1;
  options.connect = [this](std::string_view feed) { return service::Peer{std::string(feed), connect_(feed)}; };
  auto service = service::Service::Open(definition_, std::move(options));
  if (!service.ok()) return service.status();
  replica.service = *std::move(service);
  replica.network.Attach(replica.service->methods());
  return absl::OkStatus();
}

absl::Status Site::RenewIncarnation() {
  ASSIGN_OR_RETURN(const auto database,
                   storage::OpenDatabase("sqlite:" + database_path_,
                                         {.runtime = &runtime_, .lock_file = false, .vfs = disk_.name()}));
  ASSIGN_OR_RETURN(const auto writer, database->OpenWriter());
  return storage::RenewIncarnation(*writer, runtime_);
}

void Site::Stop(int number) {
  Replica& replica = *replicas_[static_cast<size_t>(number)];
  replica.network.Detach();
  replica.service = nullptr;
  replica.runtime.Thaw();
}

void Site::Drain(int number) { replicas_[static_cast<size_t>(number)]->service->Drain(); }

void Site::StopAll() {
  for (int i = 0; i < replicas(); ++i) Stop(i);
}

bool Site::IsUp(int number) const { return replicas_[static_cast<size_t>(number)]->service != nullptr; }

bool Site::AllUp() const {
  for (int i = 0; i < replicas(); ++i) {
    if (!IsUp(i)) return false;
  }
  return true;
}

void Site::Freeze(int number) { replicas_[static_cast<size_t>(number)]->runtime.Freeze(); }

absl::Time Site::WallNow(int number) { return replicas_[static_cast<size_t>(number)]->runtime.Now(); }

void Site::StepWall(int number, absl::Duration step) { replicas_[static_cast<size_t>(number)]->runtime.StepWall(step); }

void Site::ThawAll() {
  for (auto& replica : replicas_) replica->runtime.Thaw();
}

}  // namespace dangol::simulation
