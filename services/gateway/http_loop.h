// The threads of the HTTP server. For the server and its connections alone.
#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_set>
#include <utility>

#include "common/base/runtime.h"
#include "services/gateway/http_server.h"

namespace dangol::gateway {

class HttpConnection;

// What all threads share.
struct HttpServerState {
  HttpServerOptions options;
  HttpHandler handler;
  std::atomic<int64_t> memory_bytes = 0;  // of bodies, both ways
  std::atomic<bool> draining = false;
  std::atomic<int> connections = 0;
  std::mutex mutex;
  std::condition_variable none_left;  // of the connections
};

// One thread, and the connections that live on it: they need no locks.
class HttpLoop {
 public:
  explicit HttpLoop(std::shared_ptr<HttpServerState> state)
      : state_(std::move(state)), context_(std::make_unique<boost::asio::io_context>(1)) {
    work_.emplace(context_->get_executor());
    tick_.emplace(*context_);
  }

  HttpServerState& state() { return *state_; }
  // On the loop's thread.
  boost::asio::io_context& context() { return *context_; }
  std::unordered_set<HttpConnection*>& connections() { return connections_; }
  // False once it has stopped.
  bool OnThread() {
    std::lock_guard lock(mutex_);
    return !stopped_ && context_->get_executor().running_in_this_thread();
  }

  // On any thread. The task is destroyed unrun where the loop has stopped.
  void Post(Task task) {
    std::lock_guard lock(mutex_);
    if (!stopped_) boost::asio::post(*context_, RunOnce{std::move(task)});
  }
  void PostAfter(std::chrono::nanoseconds delay, Task task) {
    std::lock_guard lock(mutex_);
    if (stopped_) return;
    auto timer = std::make_unique<boost::asio::steady_timer>(*context_, delay);
    boost::asio::steady_timer& waiting = *timer;
    waiting.async_wait([timer = std::move(timer), task = std::move(task)](boost::system::error_code error) mutable {
      if (!error) std::move(task)();
    });
  }

  // On a thread of its own, until Interrupt.
  void Run();
  void Interrupt() {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    context_->stop();
  }
  // When that thread has ended.
  void Destroy() {
    tick_.reset();
    work_.reset();
    context_.reset();
  }

 private:
  struct RunOnce {
    Task task;
    void operator()() { std::move(task)(); }
  };

  // Closes what is past its time.
  void Tick();

  const std::shared_ptr<HttpServerState> state_;
  std::unique_ptr<boost::asio::io_context> context_;
  std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work_;
  std::optional<boost::asio::steady_timer> tick_;
  std::unordered_set<HttpConnection*> connections_;

  std::mutex mutex_;
  bool stopped_ = false;
};

}  // namespace dangol::gateway
