#include "bench/load.h"

#include <sys/utsname.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "absl/time/clock.h"
#include "fmt/format.h"

namespace dangol::bench {
namespace {

class Runner {
 public:
  Runner(rpc::Channel& channel, const Load& load) : channel_(channel), load_(load), end_(absl::Now() + load.time) {}

  Measured Run() {
    const absl::Time start = absl::Now();
    {
      std::lock_guard lock(mutex_);
      open_ = load_.in_flight;
    }
    for (int i = 0; i < load_.in_flight; ++i) Next();
    std::unique_lock lock(mutex_);
    all_ended_.wait(lock, [this] { return open_ == 0; });
    measured_.time = absl::Now() - start;
    measured_.Sort();
    return std::move(measured_);
  }

 private:
  void Next() {
    const absl::Time start = absl::Now();
    channel_.Unary(load_.method, load_.request(next_.fetch_add(1)), {}, [this, start](const rpc::Reply& reply) {
      const absl::Time now = absl::Now();
      {
        std::lock_guard lock(mutex_);
        measured_.Count(reply.status, now - start);
        if (now >= end_) {
          if (--open_ == 0) all_ended_.notify_all();
          return;
        }
      }
      Next();
    });
  }

  rpc::Channel& channel_;
  const Load& load_;
  const absl::Time end_;
  std::atomic<int64_t> next_ = 0;
  std::mutex mutex_;
  std::condition_variable all_ended_;
  int open_ = 0;
  Measured measured_;
};

}  // namespace

void Measured::Count(const absl::Status& status, absl::Duration took) {
  if (status.ok()) {
    ++calls;
    milliseconds.push_back(static_cast<float>(absl::ToDoubleMilliseconds(took)));
  } else if (errors++ == 0) {
    first_error = status.ToString();
  }
}

void Measured::Sort() { std::ranges::sort(milliseconds); }

void Measured::Add(const Measured& other) {
  calls += other.calls;
  if (errors == 0) first_error = other.first_error;
  errors += other.errors;
  time += other.time;
  milliseconds.insert(milliseconds.end(), other.milliseconds.begin(), other.milliseconds.end());
}

double Measured::Percentile(double p) const {
  if (milliseconds.empty()) return 0;
  const auto index = static_cast<size_t>(p * static_cast<double>(milliseconds.size()));
  return milliseconds[std::min(index, milliseconds.size() - 1)];
}

Measured Run(rpc::Channel& channel, const Load& load) { return Runner(channel, load).Run(); }

void PrintMachine() {
  utsname system{};
  uname(&system);
  fmt::print("machine: {} cores, {} {}\n", std::thread::hardware_concurrency(), system.sysname, system.release);
}

double Median(std::vector<double> values) {
  std::ranges::sort(values);
  return values.empty() ? 0 : values[values.size() / 2];
}

std::string Quartiles(std::vector<double> values, int decimals) {
  std::ranges::sort(values);
  if (values.empty()) return "-";
  const size_t n = values.size();
  return fmt::format("{:.{}f} ({:.{}f} to {:.{}f})", values[n / 2], decimals, values[n / 4], decimals,
                     values[n * 3 / 4], decimals);
}

}  // namespace dangol::bench
