// The runtime of one process among several: it can be stopped for a while, as SIGSTOP does or a pause of its machine,
// while time goes on for the others.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "common/base/simulated_runtime.h"

namespace dangol::simulation {

// Not thread-safe. Outlives the executors made by it.
class FreezableRuntime : public Runtime {
 public:
  explicit FreezableRuntime(SimulatedRuntime& world) : world_(world) {}

  absl::Time Now() override { return world_.Now() + wall_step_; }
  absl::Time SteadyNow() override { return world_.SteadyNow(); }
  uint64_t Random() override { return world_.Random(); }
  uint64_t RandomSecret() override { return Random(); }
  std::unique_ptr<Executor> NewExecutor(std::string_view name, int threads) override;

  // Steps the wall clock of this machine alone.
  void StepWall(absl::Duration step) { wall_step_ += step; }

  // No task runs from now on.
  void Freeze() { frozen_ = true; }
  // What became ready meanwhile runs, in its order.
  void Thaw();
  bool frozen() const { return frozen_; }

 private:
  class FreezableExecutor;

  SimulatedRuntime& world_;
  bool frozen_ = false;
  absl::Duration wall_step_;
  std::vector<FreezableExecutor*> executors_;
};

}  // namespace dangol::simulation
