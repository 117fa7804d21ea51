#include "cli/demo/local_channel.h"

#include <deque>
#include <optional>
#include <utility>

namespace dangol::demo {
namespace {

class LocalUnaryCall : public rpc::ServerUnaryCall {
 public:
  LocalUnaryCall(Executor& executor, absl::AnyInvocable<void(rpc::Reply) &&> done)
      : executor_(executor), done_(std::move(done)) {}

  bool cancelled() const override { return false; }
  void OnCancel(Task) override {}
  void Finish(rpc::Reply reply) override {
    executor_.Post(
        [done = std::move(done_), reply = std::move(reply)]() mutable { std::move(done)(std::move(reply)); });
  }

 private:
  Executor& executor_;
  absl::AnyInvocable<void(rpc::Reply) &&> done_;
};

// A message at a time: the next one is written when this one was read.
struct StreamState {
  std::optional<std::string> message;
  std::optional<absl::Status> end;
  absl::AnyInvocable<void(std::optional<std::string>, absl::Status) &&> reader;
  absl::AnyInvocable<void(bool) &&> written;
  Task on_cancel;
  bool cancelled = false;

  void Move() {
    if (!reader) return;
    if (message) {
      std::move(std::exchange(reader, nullptr))(std::exchange(message, std::nullopt), absl::OkStatus());
      if (written) std::move(std::exchange(written, nullptr))(true);
    } else if (end) {
      std::move(std::exchange(reader, nullptr))(std::nullopt, *end);
    }
  }

  void Cancel() {
    if (std::exchange(cancelled, true)) return;
    if (written) std::move(std::exchange(written, nullptr))(false);
    if (on_cancel) std::move(std::exchange(on_cancel, nullptr))();
  }
};

class LocalStreamCall : public rpc::ServerStreamCall {
 public:
  LocalStreamCall(Executor& executor, std::shared_ptr<StreamState> state)
      : executor_(executor), state_(std::move(state)) {}

  bool cancelled() const override { return state_->cancelled; }
  void OnCancel(Task task) override {
    if (state_->cancelled) return executor_.Post(std::move(task));
    state_->on_cancel = std::move(task);
  }
  void Write(std::string message, absl::AnyInvocable<void(bool) &&> done) override {
    executor_.Post([state = state_, message = std::move(message), done = std::move(done)]() mutable {
      if (state->cancelled) return std::move(done)(false);
      state->message = std::move(message);
      state->written = std::move(done);
      state->Move();
    });
  }
  void Finish(absl::Status status, rpc::Metadata) override {
    executor_.Post([state = state_, status = std::move(status)] {
      state->end = status;
      state->Move();
    });
  }
  void Abort() override {
    executor_.Post([state = state_] { state->Cancel(); });
  }

 private:
  Executor& executor_;
  const std::shared_ptr<StreamState> state_;
};

class LocalStream : public rpc::ClientStream {
 public:
  LocalStream(Executor& executor, std::shared_ptr<StreamState> state) : executor_(executor), state_(std::move(state)) {}
  ~LocalStream() override {
    state_->reader = nullptr;
    executor_.Post([state = state_] { state->Cancel(); });
  }

  void Read(absl::AnyInvocable<void(std::optional<std::string>, absl::Status) &&> done) override {
    state_->reader = std::move(done);
    executor_.Post([state = state_] { state->Move(); });
  }

 private:
  Executor& executor_;
  const std::shared_ptr<StreamState> state_;
};

template <typename Call>
void Start(rpc::MethodTable& table, std::shared_ptr<Call> call, std::string method, std::string request,
           rpc::CallOptions options) {
  call->method = std::move(method);
  call->metadata = std::move(options.metadata);
  call->deadline = options.deadline;
  call->request = std::move(request);
  table.Start(std::move(call));
}

}  // namespace

void LocalChannel::Unary(std::string method, std::string request, rpc::CallOptions options,
                         absl::AnyInvocable<void(rpc::Reply) &&> done) {
  Start(methods_(), std::make_shared<LocalUnaryCall>(executor_, std::move(done)), std::move(method), std::move(request),
        std::move(options));
}

std::unique_ptr<rpc::ClientStream> LocalChannel::Stream(std::string method, std::string request,
                                                        rpc::CallOptions options) {
  auto state = std::make_shared<StreamState>();
  Start(methods_(), std::make_shared<LocalStreamCall>(executor_, state), std::move(method), std::move(request),
        std::move(options));
  return std::make_unique<LocalStream>(executor_, std::move(state));
}

}  // namespace dangol::demo
