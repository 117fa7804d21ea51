#include "common/base/simulated_runtime.h"

#include <algorithm>
#include <utility>

namespace dangol {
namespace {

uint64_t RotateLeft(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

}  // namespace

class SimulatedRuntime::SimulatedExecutor : public Executor {
 public:
  SimulatedExecutor(SimulatedRuntime& runtime, int threads) : runtime_(runtime), threads_(threads) {}

  ~SimulatedExecutor() override { Stop(); }

  void Stop() override {
    if (std::exchange(stopped_, true)) return;
    std::erase(runtime_.executors_, this);
    ready_.clear();
    std::erase_if(runtime_.later_, [this](const auto& entry) { return entry.second.first == this; });
  }

  void Post(Task task) override {
    if (!stopped_) ready_.push_back(std::move(task));
  }

  void PostAt(absl::Time due, Task task) override {
    if (stopped_) return;
    runtime_.later_.emplace(std::pair(due - runtime_.wall_step_, runtime_.next_order_++),
                            std::pair(this, std::move(task)));
  }

  bool HasReady() const { return !ready_.empty(); }

  Task TakeReady() {
    const size_t choices = std::min<size_t>(ready_.size(), static_cast<size_t>(threads_));
    auto chosen = ready_.begin() + static_cast<std::ptrdiff_t>(runtime_.Uniform(choices));
    Task task = std::move(*chosen);
    ready_.erase(chosen);
    return task;
  }

 private:
  SimulatedRuntime& runtime_;
  const int threads_;
  std::deque<Task> ready_;
  bool stopped_ = false;
};

SimulatedRuntime::SimulatedRuntime(uint64_t seed, absl::Time start) : now_(start) {
  // xoshiro256**, seeded by splitmix64 (Blackman and Vigna, "Scrambled Linear Pseudorandom Number Generators", 2021).
  for (uint64_t& word : state_) {
    seed += 0x9e3779b97f4a7c15;
    uint64_t z = seed;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    word = z ^ (z >> 31);
  }
}

SimulatedRuntime::~SimulatedRuntime() = default;

uint64_t SimulatedRuntime::Random() {
  const uint64_t result = RotateLeft(state_[1] * 5, 7) * 9;
  const uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = RotateLeft(state_[3], 45);
  return result;
}

std::unique_ptr<Executor> SimulatedRuntime::NewExecutor(std::string_view, int threads) {
  auto executor = std::make_unique<SimulatedExecutor>(*this, threads);
  executors_.push_back(executor.get());
  return executor;
}

void SimulatedRuntime::MakeDueReady() {
  while (!later_.empty() && later_.begin()->first.first <= now_) {
    auto [executor, task] = std::move(later_.extract(later_.begin()).mapped());
    executor->Post(std::move(task));
  }
}

bool SimulatedRuntime::RunOne(absl::Time limit) {
  while (true) {
    MakeDueReady();
    std::vector<SimulatedExecutor*> ready;
    for (SimulatedExecutor* executor : executors_) {
      if (executor->HasReady()) ready.push_back(executor);
    }
    if (!ready.empty()) {
      Task task = ready[Uniform(ready.size())]->TakeReady();
      ++steps_;
      std::move(task)();
      return true;
    }
    if (later_.empty() || later_.begin()->first.first > limit - wall_step_) return false;
    now_ = std::max(now_, later_.begin()->first.first);
  }
}

void SimulatedRuntime::RunUntil(absl::Time end) {
  while (RunOne(end)) {
  }
  now_ = std::max(now_, end - wall_step_);
}

}  // namespace dangol
