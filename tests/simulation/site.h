// One service of the suite in a simulated world: its disk, the replicas that share the database on it, and the ways to
// reach them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/simulated_runtime.h"
#include "common/rpc/transport.h"
#include "common/service/service.h"
#include "tests/simulation/freezable_runtime.h"
#include "tests/simulation/memory_vfs.h"
#include "tests/simulation/simulated_network.h"

namespace dangol::simulation {

class Site {
 public:
  using Connect = std::function<std::unique_ptr<rpc::Channel>(std::string_view feed)>;

  // `connect`: the way to the services whose feeds it follows.
  Site(SimulatedRuntime& runtime, const service::Definition& definition, int replicas, uint64_t seed, Connect connect);
  ~Site();

  const service::Definition& definition() const { return definition_; }
  MemoryVfs& disk() { return disk_; }
  // Of the database on the disk.
  const std::string& database_path() const { return database_path_; }
  int replicas() const { return static_cast<int>(replicas_.size()); }
  void SetFaults(const NetworkFaults& faults);

  // To whichever replica is up, another at each call.
  std::unique_ptr<rpc::Channel> NewChannel();

  // OK, or why it cannot start now.
  absl::Status Start(int replica);
  // As a kill does, unless the replica was told to stop before.
  void Stop(int replica);
  // Tells one that is up to stop.
  void Drain(int replica);
  // The feed is another one from now on, as `--new-incarnation` says. While no replica is up.
  absl::Status RenewIncarnation();
  void StopAll();
  bool IsUp(int replica) const;
  bool AllUp() const;

  void Freeze(int replica);
  void ThawAll();

  // Of the replica's machine alone.
  void StepWall(int replica, absl::Duration step);
  absl::Time WallNow(int replica);

 private:
  class BalancedChannel;
  struct Replica;

  SimulatedRuntime& runtime_;
  const service::Definition& definition_;
  const std::string database_path_;
  MemoryVfs disk_;
  const Connect connect_;
  std::vector<std::unique_ptr<Replica>> replicas_;
};

}  // namespace dangol::simulation
