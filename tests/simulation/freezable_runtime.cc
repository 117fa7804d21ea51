#include "tests/simulation/freezable_runtime.h"

#include <deque>
#include <utility>

namespace dangol::simulation {

class FreezableRuntime::FreezableExecutor : public Executor {
 public:
  FreezableExecutor(FreezableRuntime& owner, std::unique_ptr<Executor> inner)
      : owner_(owner), inner_(std::move(inner)) {
    owner_.executors_.push_back(this);
  }
  ~FreezableExecutor() override {
    Stop();
    std::erase(owner_.executors_, this);
  }

  void Stop() override {
    inner_->Stop();
    stopped_ = true;
    tasks_.clear();
  }

  void Post(Task task) override {
    if (stopped_) return;
    tasks_.push_back(std::move(task));
    PostTurn();
  }

  void PostAt(absl::Time due, Task task) override {
    inner_->PostAt(due - owner_.wall_step_, [this, task = std::move(task)]() mutable { Post(std::move(task)); });
  }

  // For each turn that came while it was frozen, another.
  void Thaw() {
    for (int64_t turns = std::exchange(missed_turns_, 0); turns > 0; --turns) PostTurn();
  }

 private:
  void PostTurn() {
    inner_->Post([this] {
      if (owner_.frozen_) {
        ++missed_turns_;
        return;
      }
      Task task = std::move(tasks_.front());
      tasks_.pop_front();
      std::move(task)();
    });
  }

  FreezableRuntime& owner_;
  const std::unique_ptr<Executor> inner_;
  std::deque<Task> tasks_;
  int64_t missed_turns_ = 0;
  bool stopped_ = false;
};

std::unique_ptr<Executor> FreezableRuntime::NewExecutor(std::string_view name, int threads) {
  return std::make_unique<FreezableExecutor>(*this, world_.NewExecutor(name, threads));
}

void FreezableRuntime::Thaw() {
  frozen_ = false;
  for (FreezableExecutor* executor : executors_) executor->Thaw();
}

}  // namespace dangol::simulation
