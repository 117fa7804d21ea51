// Calls as a transport would make them, which remember how they were answered. For a runtime of one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"

#include "common/rpc/transport.h"

namespace dangol::testing {

// What both kinds of call have in common: a client that may go away.
template <typename Call>
class CancellableCall : public Call {
 public:
  bool cancelled() const override { return cancelled_; }
  void OnCancel(Task task) override {
    if (cancelled_) {
      std::move(task)();
    } else {
      on_cancel_ = std::move(task);
    }
  }

  // The client goes, or its deadline passes.
  void Cancel() {
    cancelled_ = true;
    if (Task task = std::exchange(on_cancel_, nullptr)) std::move(task)();
  }
  // A transport lets go of what it was given when the call has ended.
  void LetGo() { on_cancel_ = nullptr; }

 private:
  bool cancelled_ = false;
  Task on_cancel_;
};

class FakeUnaryCall : public CancellableCall<rpc::ServerUnaryCall> {
 public:
  void Finish(rpc::Reply reply) override { replies_.push_back(std::move(reply)); }

  bool finished() const { return !replies_.empty(); }
  // How often it was finished: once is right.
  size_t times_finished() const { return replies_.size(); }
  const rpc::Reply& reply() const { return replies_.at(0); }

 private:
  std::vector<rpc::Reply> replies_;
};

// A client that reads a message only when it is told to.
class FakeStreamCall : public CancellableCall<rpc::ServerStreamCall> {
 public:
  void Write(std::string message, absl::AnyInvocable<void(bool) &&> done) override {
    overlapped_ = overlapped_ || writing();
    message_ = std::move(message);
    done_ = std::move(done);
  }
  void Finish(absl::Status status, rpc::Metadata trailing) override {
    overlapped_ = overlapped_ || writing();
    ++times_finished_;
    status_ = std::move(status);
    trailing_ = std::move(trailing);
    const auto dropped = std::exchange(done_, nullptr);  // it may hold the stream, and the stream this
  }
  void Abort() override {
    aborted_ = true;
    if (auto done = std::exchange(done_, nullptr)) std::move(done)(false);
  }

  // A message waits for the client.
  bool writing() const { return done_ != nullptr; }
  // The client reads the message that waits for it.
  std::string Read() {
    auto done = std::exchange(done_, nullptr);
    std::string message = std::move(message_);
    std::move(done)(true);
    return message;
  }

  // Two writes at once, or an end during a write, which a transport cannot do.
  bool overlapped() const { return overlapped_; }
  bool aborted() const { return aborted_; }
  bool finished() const { return times_finished_ > 0; }
  int times_finished() const { return times_finished_; }
  const absl::Status& status() const { return status_; }
  const rpc::Metadata& trailing() const { return trailing_; }

 private:
  std::string message_;
  absl::AnyInvocable<void(bool) &&> done_;
  bool overlapped_ = false;
  bool aborted_ = false;
  int times_finished_ = 0;
  absl::Status status_;
  rpc::Metadata trailing_;
};

template <typename Call>
std::shared_ptr<Call> MakeCall(std::string_view method, std::string request, rpc::Metadata metadata = {},
                               absl::Time deadline = absl::InfiniteFuture()) {
  auto call = std::make_shared<Call>();
  call->method = std::string(method);
  call->request = std::move(request);
  call->metadata = std::move(metadata);
  call->deadline = deadline;
  return call;
}

}  // namespace dangol::testing
