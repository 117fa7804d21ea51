// Executors, the real ones and the simulated ones: what both promise, and what each promises more.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/base/runtime.h"
#include "common/base/simulated_runtime.h"

namespace dangol {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A test that would otherwise hang fails after this long.
constexpr std::chrono::seconds kPatience(10);

// One of the two kinds of Runtime, and how a test waits for it.
struct Kind {
  std::string name;
  bool real;
};
class ExecutorTest : public ::testing::TestWithParam<Kind> {
 protected:
  Runtime& runtime() { return GetParam().real ? RealRuntime() : static_cast<Runtime&>(simulated_); }
  // Until the future is there.
  void Await(const std::future<void>& future) {
    if (GetParam().real) {
      ASSERT_EQ(future.wait_for(kPatience), std::future_status::ready);
    } else {
      while (future.wait_for(std::chrono::seconds(0)) != std::future_status::ready) ASSERT_TRUE(simulated_.RunOne());
    }
  }
  // Until all that was posted before has run.
  void AwaitAll(Executor& executor) {
    std::promise<void> done;
    executor.Post([&] { done.set_value(); });
    Await(done.get_future());
  }

  SimulatedRuntime simulated_{1};
};
INSTANTIATE_TEST_SUITE_P(Runtimes, ExecutorTest, ::testing::Values(Kind{"Real", true}, Kind{"Simulated", false}),
                         [](const auto& kind) { return kind.param.name; });

TEST_P(ExecutorTest, RunsTasksOfOneThreadInTheirOrder) {
  auto executor = runtime().NewExecutor("test", 1);
  std::vector<int> order;
  for (int i = 0; i < 1000; ++i) executor->Post([&order, i] { order.push_back(i); });
  AwaitAll(*executor);
  ASSERT_EQ(order.size(), 1000u);
  EXPECT_TRUE(std::ranges::is_sorted(order));
}

TEST_P(ExecutorTest, RunsWhatATaskPosts) {
  auto executor = runtime().NewExecutor("test", 1);
  std::promise<void> done;
  std::function<void(int)> post = [&](int left) {
    executor->Post([&, left] { left == 0 ? done.set_value() : post(left - 1); });
  };
  post(100);
  Await(done.get_future());
}

TEST_P(ExecutorTest, RunsALaterTaskWhenItIsDueAndNotBefore) {
  auto executor = runtime().NewExecutor("test", 1);
  const absl::Time due = runtime().Now() + absl::Milliseconds(30);
  absl::Time ran;
  std::promise<void> done;
  executor->PostAt(due, [&] {
    ran = runtime().Now();
    done.set_value();
  });
  AwaitAll(*executor);
  Await(done.get_future());
  EXPECT_GE(ran, due - absl::Milliseconds(1));  // the machine's two clocks differ by a little
}

TEST_P(ExecutorTest, RunsLaterTasksInTheOrderOfTheirTimes) {
  auto executor = runtime().NewExecutor("test", 1);
  const absl::Time now = runtime().Now();
  std::string order;
  std::promise<void> done;
  executor->PostAt(now + absl::Milliseconds(60), [&] { order += "c", done.set_value(); });
  executor->PostAt(now + absl::Milliseconds(20), [&] { order += "a"; });
  executor->PostAt(now + absl::Milliseconds(40), [&] { order += "b"; });
  executor->PostAt(now - absl::Hours(1), [&] { order += "past "; });
  Await(done.get_future());
  EXPECT_EQ(order, "past abc");
}

TEST_P(ExecutorTest, StopDropsWhatHasNotBegun) {
  auto executor = runtime().NewExecutor("test", 1);
  auto held = std::make_shared<int>(0);
  executor->PostAt(runtime().Now() + absl::Hours(1), [held] { ++*held; });
  executor->Stop();
  executor->Post([held] { ++*held; });
  executor->PostAt(runtime().Now(), [held] { ++*held; });
  EXPECT_EQ(held.use_count(), 1) << "dropped tasks are destroyed";
  EXPECT_EQ(*held, 0);
  executor->Stop();
  simulated_.RunFor(absl::Hours(2));
  EXPECT_EQ(*held, 0);
}

TEST_P(ExecutorTest, TakesWhatADroppedTaskPostsWhenItGoes) {
  struct PostsWhenDestroyed {
    explicit PostsWhenDestroyed(Executor& executor) : executor_(executor) {}
    ~PostsWhenDestroyed() {
      executor_.Post([] { ADD_FAILURE() << "ran after Stop"; });
      executor_.PostAt(absl::UnixEpoch(), [] { ADD_FAILURE() << "ran after Stop"; });
    }
    Executor& executor_;
  };
  auto executor = runtime().NewExecutor("test", 1);
  for (int i = 0; i < 10; ++i) {
    executor->PostAt(runtime().Now() + absl::Hours(1), [held = std::make_shared<PostsWhenDestroyed>(*executor)] {});
  }
  executor->Stop();
}

TEST_P(ExecutorTest, ItsEndStopsIt) {
  auto held = std::make_shared<int>(0);
  {
    auto executor = runtime().NewExecutor("test", 2);
    executor->PostAt(runtime().Now() + absl::Hours(1), [held] {});
  }
  EXPECT_EQ(held.use_count(), 1);
}

TEST(RealExecutor, StopWaitsForTheTaskThatRuns) {
  auto executor = RealRuntime().NewExecutor("test", 1);
  std::promise<void> running;
  std::promise<void> go_on;
  std::atomic<bool> ended = false;
  executor->Post([&] {
    running.set_value();
    go_on.get_future().wait();
    ended = true;
  });
  running.get_future().wait();
  std::thread stopper([&] { executor->Stop(); });
  go_on.set_value();
  stopper.join();
  EXPECT_TRUE(ended);
}

TEST(RealExecutor, StopsWhileTasksPostWithoutEnd) {
  auto executor = RealRuntime().NewExecutor("test", 4);
  std::atomic<int> runs = 0;
  std::function<void()> again = [&] {
    ++runs;
    executor->Post(again);
    executor->PostAt(absl::Now() + absl::Microseconds(50), again);
  };
  for (int i = 0; i < 8; ++i) executor->Post(again);
  while (runs < 1000) std::this_thread::yield();
  executor->Stop();
  const int after = runs;
  executor = nullptr;
  EXPECT_EQ(runs, after);
}

TEST(RealExecutor, RunsOnAllItsThreads) {
  auto executor = RealRuntime().NewExecutor("test", 3);
  std::mutex mutex;
  std::condition_variable all_here;
  int here = 0;
  std::vector<std::promise<void>> done(3);
  for (auto& promise : done) {
    executor->Post([&] {
      std::unique_lock lock(mutex);
      if (++here == 3) all_here.notify_all();
      all_here.wait_for(lock, kPatience, [&] { return here == 3; });
      promise.set_value();
    });
  }
  for (auto& promise : done) ASSERT_EQ(promise.get_future().wait_for(kPatience), std::future_status::ready);
  EXPECT_EQ(here, 3);
}

// A thread that was watching the clock takes a long task: another must watch instead.
TEST(RealExecutor, ALongTaskDoesNotHoldUpALaterOneWhereAThreadIsIdle) {
  for (int round = 0; round < 20; ++round) {
    auto executor = RealRuntime().NewExecutor("test", 2);
    std::promise<void> fired;
    std::future<void> has_fired = fired.get_future();
    std::promise<bool> in_time;
    executor->PostAt(absl::Now() + absl::Milliseconds(20), [&] { fired.set_value(); });
    executor->Post([&] { in_time.set_value(has_fired.wait_for(kPatience) == std::future_status::ready); });
    ASSERT_TRUE(in_time.get_future().get()) << "round " << round;
  }
}

TEST(SimulatedRuntime, TheSameSeedGivesTheSameRun) {
  const auto run = [](uint64_t seed) {
    SimulatedRuntime runtime(seed);
    std::string trace;
    auto one = runtime.NewExecutor("one", 3);
    auto two = runtime.NewExecutor("two", 1);
    for (int i = 0; i < 20; ++i) {
      one->Post([&, i] { trace += static_cast<char>('a' + i); });
      two->Post([&, i] { trace += static_cast<char>('A' + i); });
    }
    runtime.RunFor(absl::Seconds(1));
    return trace;
  };
  EXPECT_EQ(run(1), run(1));
  EXPECT_NE(run(1), run(2));
  EXPECT_EQ(run(1).size(), 40u);
}

TEST(SimulatedRuntime, LetsTimePassOnlyBetweenTasks) {
  SimulatedRuntime runtime(1);
  const absl::Time start = runtime.Now();
  auto executor = runtime.NewExecutor("test", 1);
  std::vector<absl::Duration> times;
  const auto note = [&] { times.push_back(runtime.Now() - start); };
  executor->PostAt(start + absl::Hours(2), note);
  executor->PostAt(start + absl::Seconds(1), note);
  executor->Post(note);
  runtime.RunUntil(start + absl::Hours(1));
  EXPECT_THAT(times, ElementsAre(absl::ZeroDuration(), absl::Seconds(1)));
  EXPECT_EQ(runtime.Now(), start + absl::Hours(1));
  EXPECT_TRUE(runtime.RunOne());
  EXPECT_EQ(runtime.Now(), start + absl::Hours(2));
  EXPECT_FALSE(runtime.RunOne());
}

TEST(SimulatedRuntime, AStepOfTheWallClockNeitherHurriesNorHoldsUpATask) {
  for (const absl::Duration step : {absl::Hours(2), -absl::Hours(2)}) {
    SimulatedRuntime runtime(1);
    const absl::Time wall = runtime.Now();
    const absl::Time steady = runtime.SteadyNow();
    auto executor = runtime.NewExecutor("test", 1);
    absl::Duration after;
    executor->PostAt(wall + absl::Hours(1), [&] { after = runtime.SteadyNow() - steady; });
    runtime.StepWall(step);
    EXPECT_EQ(runtime.Now(), wall + step);
    EXPECT_EQ(runtime.SteadyNow(), steady);
    runtime.RunFor(absl::Hours(1));
    EXPECT_EQ(after, absl::Hours(1));
  }
}

TEST(Backoff, DoublesUpToItsMostWithJitter) {
  SimulatedRuntime runtime(1);
  for (int attempt : {0, 1, 2, 5, 9, 10, 100, 1'000'000}) {
    const absl::Duration expected = std::min(absl::Seconds(1) * std::pow(2.0, std::min(attempt, 30)), absl::Minutes(5));
    absl::Duration least = absl::InfiniteDuration();
    absl::Duration most;
    for (int i = 0; i < 1000; ++i) {
      const absl::Duration delay = Backoff(runtime, attempt, absl::Seconds(1), absl::Minutes(5));
      least = std::min(least, delay);
      most = std::max(most, delay);
    }
    EXPECT_GE(least, expected * 0.8) << attempt;
    EXPECT_LE(most, expected * 1.2) << attempt;
    EXPECT_LT(least, expected * 0.85) << attempt;
    EXPECT_GT(most, expected * 1.15) << attempt;
  }
}

}  // namespace
}  // namespace dangol
