// The one door to time, chance and threads. Nothing else in the project creates a thread, sleeps or reads a clock, so
// that the simulation, which brings its own Runtime, runs the code that production runs.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"

namespace dangol {

using Task = absl::AnyInvocable<void() &&>;

// Runs tasks on threads of its own. All methods may be called on any thread, by a task of its own too.
class Executor {
 public:
  // Stops.
  virtual ~Executor() = default;

  // Waits for the running tasks; the others, and those posted later, are destroyed unrun. Not to be called by a task of
  // its own.
  virtual void Stop() = 0;

  // Tasks start in the order they were posted; with one thread each ends before the next starts.
  virtual void Post(Task task) = 0;

  // Posts the task when `due` has come, not before. How long that is is taken from the wall clock now: a later step of
  // it neither hurries the task nor holds it up.
  virtual void PostAt(absl::Time due, Task task) = 0;
};

// Thread-safe.
class Runtime {
 public:
  virtual ~Runtime() = default;

  // The wall clock, for what people and other machines see. May step in both directions, by hours where the machine
  // was suspended: a time that was planned by it says nothing about how long to wait.
  virtual absl::Time Now() = 0;

  // A clock that never steps, for how long something takes or may take. Only its differences mean anything.
  virtual absl::Time SteadyNow() = 0;

  // 64 uniform bits, fit for jitter and identifiers, not for secrets.
  virtual uint64_t Random() = 0;
  // 64 uniform bits that nobody can guess. Slow.
  virtual uint64_t RandomSecret() = 0;

  // `name` (15 characters at most) is what a debugger shows. The Runtime must outlive it.
  virtual std::unique_ptr<Executor> NewExecutor(std::string_view name, int threads) = 0;
};

// The machine's clock and threads. Lives as long as the process.
Runtime& RealRuntime();

// Shared by the periodic retries of the project: exponential from `first` to `most`, with ±20 % jitter so that those
// who failed together do not come back together. `attempt` counts from 0.
absl::Duration Backoff(Runtime& runtime, int attempt, absl::Duration first, absl::Duration most);

}  // namespace dangol
