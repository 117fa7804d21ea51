#include <pthread.h>
#include <sys/random.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/clock.h"

#include "common/base/runtime.h"

namespace dangol {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

class ThreadExecutor : public Executor {
 public:
  ThreadExecutor(std::string_view name, int threads) {
    for (int i = 0; i < threads; ++i) {
      threads_.emplace_back([this] { Loop(); });
      pthread_setname_np(threads_.back().native_handle(), std::string(name.substr(0, 15)).c_str());
    }
  }

  ~ThreadExecutor() override { Stop(); }

  void Stop() override {
    {
      std::lock_guard lock(mutex_);
      if (stopping_) return;
      stopping_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
    // Destroyed without the lock: what a task captured may post when it goes.
    std::deque<Task> ready;
    std::multimap<SteadyTime, Task> later;
    {
      std::lock_guard lock(mutex_);
      ready.swap(ready_);
      later.swap(later_);
    }
  }

  void Post(Task task) override {
    {
      std::lock_guard lock(mutex_);
      if (stopping_) return;
      ready_.push_back(std::move(task));
    }
    wake_.notify_one();
  }

  void PostAt(absl::Time due, Task task) override {
    absl::Duration delay = std::clamp(due - absl::Now(), absl::ZeroDuration(), absl::Hours(24 * 365));
    SteadyTime when = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(delay);
    {
      std::lock_guard lock(mutex_);
      if (stopping_) return;
      later_.emplace(when, std::move(task));
    }
    wake_.notify_one();
  }

 private:
  void Loop() {
    std::unique_lock lock(mutex_);
    while (true) {
      if (stopping_) return;
      while (!later_.empty() && later_.begin()->first <= std::chrono::steady_clock::now()) {
        ready_.push_back(std::move(later_.extract(later_.begin()).mapped()));
      }
      if (!ready_.empty()) {
        Task task = std::move(ready_.front());
        ready_.pop_front();
        if (!ready_.empty()) wake_.notify_one();
        lock.unlock();
        std::move(task)();
        task = nullptr;  // what it captured is destroyed without the lock
        lock.lock();
      } else if (later_.empty()) {
        wake_.wait(lock);
      } else {
        wake_.wait_until(lock, SteadyTime(later_.begin()->first));
      }
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> ready_;
  std::multimap<SteadyTime, Task> later_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

class MachineRuntime : public Runtime {
 public:
  absl::Time Now() override { return absl::Now(); }

  absl::Time SteadyNow() override {
    return absl::UnixEpoch() + absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
  }

  uint64_t Random() override {
    thread_local std::mt19937_64 generator = [] {
      std::random_device device;
      std::seed_seq seed{device(), device(), device(), device(), device(), device(), device(), device()};
      return std::mt19937_64(seed);
    }();
    return generator();
  }

  uint64_t RandomSecret() override {
    uint64_t bits = 0;
    // So few bytes come whole, or not at all where the system has none to give yet.
    if (getrandom(&bits, sizeof(bits), 0) != sizeof(bits)) std::abort();
    return bits;
  }

  std::unique_ptr<Executor> NewExecutor(std::string_view name, int threads) override {
    return std::make_unique<ThreadExecutor>(name, threads);
  }
};

}  // namespace

Runtime& RealRuntime() {
  static MachineRuntime& runtime = *new MachineRuntime;
  return runtime;
}

absl::Duration Backoff(Runtime& runtime, int attempt, absl::Duration first, absl::Duration most) {
  absl::Duration delay = first;
  for (int i = 0; i < attempt && delay < most; ++i) delay *= 2;
  const double jitter = 0.8 + 0.4 * static_cast<double>(runtime.Random() >> 11) * 0x1.0p-53;
  return std::min(delay, most) * jitter;
}

}  // namespace dangol
