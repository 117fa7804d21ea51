// A Runtime of one thread in which time passes only between tasks and every choice comes from a seed: the same seed
// gives the same run.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "common/base/runtime.h"

namespace dangol {

// Not thread-safe: everything runs on the caller's thread, inside Run….
class SimulatedRuntime : public Runtime {
 public:
  explicit SimulatedRuntime(uint64_t seed, absl::Time start = absl::FromUnixSeconds(1'750'000'000));
  ~SimulatedRuntime() override;

  absl::Time Now() override { return now_ + wall_step_; }
  absl::Time SteadyNow() override { return now_; }
  uint64_t Random() override;
  uint64_t RandomSecret() override { return Random(); }
  std::unique_ptr<Executor> NewExecutor(std::string_view name, int threads) override;

  // Runs one task that is ready, chosen at random among the executors (an executor of one thread keeps its order);
  // where none is ready, time jumps to the next one due. Returns false where there is none at all or none until
  // `limit`.
  bool RunOne(absl::Time limit = absl::InfiniteFuture());

  // Runs what is due until `end`, and leaves the clock there.
  void RunUntil(absl::Time end);
  void RunFor(absl::Duration duration) { RunUntil(Now() + duration); }

  // Steps the wall clock: no time passes.
  void StepWall(absl::Duration step) { wall_step_ += step; }

  // A number in [0, bound).
  uint64_t Uniform(uint64_t bound) { return bound == 0 ? 0 : Random() % bound; }
  bool OneIn(uint64_t n) { return Uniform(n) == 0; }

  // Tasks run so far: two runs of one seed can be compared by it.
  int64_t steps() const { return steps_; }

 private:
  class SimulatedExecutor;

  void MakeDueReady();

  absl::Time now_;  // of the steady clock, by which everything runs
  absl::Duration wall_step_;
  uint64_t state_[4];
  int64_t steps_ = 0;
  int64_t next_order_ = 0;
  // (due, order of posting): ties keep the order of posting.
  std::map<std::pair<absl::Time, int64_t>, std::pair<SimulatedExecutor*, Task>> later_;
  std::vector<SimulatedExecutor*> executors_;
};

}  // namespace dangol
