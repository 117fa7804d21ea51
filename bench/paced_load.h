// Load at a fixed rate, whether or not what was begun before has ended: so a stall shows in all that had to wait for
// it.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

#include "bench/load.h"

namespace dangol::bench {

// Begins at once, on a thread of its own.
class PacedLoad {
 public:
  using Done = std::function<void(const absl::Status&)>;
  // Begins the n-th and returns; calls `done` at its end, on any thread.
  using Begin = std::function<void(int64_t n, Done done)>;

  PacedLoad(double per_second, Begin begin);

  // Begins nothing more and waits for what was begun. How long each took is counted from when it was due.
  Measured Finish();

 private:
  void Run(const std::stop_token& stop);

  const absl::Duration interval_;
  const Begin begin_;
  const absl::Time start_ = absl::Now();
  std::mutex mutex_;
  std::condition_variable all_ended_;
  int64_t open_ = 0;
  Measured measured_;
  std::jthread thread_;
};

}  // namespace dangol::bench
