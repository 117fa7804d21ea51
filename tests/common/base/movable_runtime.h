// A SimulatedRuntime whose clock a test can also move while a task runs: time passes while a handler works, and the
// wall clock steps. Everything runs on the test's thread, inside Run….
#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include "absl/time/time.h"

#include "common/base/runtime.h"
#include "common/base/simulated_runtime.h"

namespace dangol::testing {

class MovableRuntime : public Runtime {
 public:
  explicit MovableRuntime(uint64_t seed = 1) : simulated_(seed) {}

  absl::Time Now() override { return SteadyNow() + stepped_; }
  absl::Time SteadyNow() override {
    if (slow_looks_ > 0) {
      --slow_looks_;
      moved_ += slow_look_;
    }
    return simulated_.Now() + moved_;
  }
  uint64_t Random() override { return simulated_.Random(); }
  uint64_t RandomSecret() override { return Random(); }
  std::unique_ptr<Executor> NewExecutor(std::string_view name, int threads) override {
    return std::make_unique<MovedExecutor>(*this, simulated_.NewExecutor(name, threads));
  }

  // Time passes without anything run, as on a machine that has too much to do; what was posted for later keeps its
  // delay.
  void Move(absl::Duration duration) { moved_ += duration; }

  // Steps the wall clock: no time passes.
  void StepWall(absl::Duration step) { stepped_ += step; }

  // So much time passes before each of the next `looks` at the clock, as on a machine that has too much to do.
  void BeSlow(absl::Duration before_each, int looks) {
    slow_look_ = before_each;
    slow_looks_ = looks;
  }

  // Runs what is ready now, without letting time pass.
  void RunReady() { simulated_.RunUntil(simulated_.Now()); }
  void RunFor(absl::Duration duration) { simulated_.RunFor(duration); }
  // Runs one task, letting time pass where none is ready; false where there is none at all.
  bool RunOne() { return simulated_.RunOne(); }

  SimulatedRuntime& simulated() { return simulated_; }

 private:
  class MovedExecutor : public Executor {
   public:
    MovedExecutor(MovableRuntime& runtime, std::unique_ptr<Executor> executor)
        : runtime_(runtime), executor_(std::move(executor)) {}
    void Stop() override { executor_->Stop(); }
    void Post(Task task) override { executor_->Post(std::move(task)); }
    void PostAt(absl::Time due, Task task) override {
      executor_->PostAt(due - runtime_.moved_ - runtime_.stepped_, std::move(task));
    }

   private:
    MovableRuntime& runtime_;
    const std::unique_ptr<Executor> executor_;
  };

  SimulatedRuntime simulated_;
  absl::Duration moved_;
  absl::Duration stepped_;
  absl::Duration slow_look_;
  int slow_looks_ = 0;
};

}  // namespace dangol::testing
