#include "bench/paced_load.h"

#include <utility>

namespace dangol::bench {

PacedLoad::PacedLoad(double per_second, Begin begin)
    : interval_(absl::Seconds(1) / per_second),
      begin_(std::move(begin)),
      thread_([this](const std::stop_token& stop) { Run(stop); }) {}

void PacedLoad::Run(const std::stop_token& stop) {
  for (int64_t n = 0; !stop.stop_requested(); ++n) {
    const absl::Time due = start_ + interval_ * n;
    absl::SleepFor(due - absl::Now());
    {
      std::lock_guard lock(mutex_);
      ++open_;
    }
    begin_(n, [this, due](const absl::Status& status) {
      const absl::Time now = absl::Now();
      std::lock_guard lock(mutex_);
      measured_.Count(status, now - due);
      if (--open_ == 0) all_ended_.notify_all();
    });
  }
}

Measured PacedLoad::Finish() {
  thread_.request_stop();
  thread_.join();
  std::unique_lock lock(mutex_);
  all_ended_.wait(lock, [this] { return open_ == 0; });
  measured_.time = absl::Now() - start_;
  measured_.Sort();
  return std::move(measured_);
}

}  // namespace dangol::bench
