#include "tests/simulation/simulated_network.h"

#include <deque>
#include <optional>
#include <utility>

#include "absl/status/status.h"

namespace dangol::simulation {
namespace {

// Messages that a client's side takes before the server has to wait.
constexpr size_t kStreamWindow = 2;

absl::Status ConnectionLost() { return absl::UnavailableError("the connection was lost"); }

}  // namespace

struct SimulatedNetwork::UnaryState {
  std::string method;
  std::string request;
  rpc::CallOptions options;
  absl::AnyInvocable<void(rpc::Reply) &&> done;
  bool finished = false;        // at the client
  std::vector<Task> on_finish;  // at the server

  void Finish(rpc::Reply reply) {
    if (std::exchange(finished, true)) return;
    std::move(done)(std::move(reply));
    for (Task& task : on_finish) std::move(task)();
    on_finish.clear();
  }
};

class SimulatedNetwork::UnaryCall : public rpc::ServerUnaryCall {
 public:
  UnaryCall(SimulatedNetwork& network, std::shared_ptr<UnaryState> state)
      : network_(network), generation_(network.generation_), state_(std::move(state)) {
    method = state_->method;
    metadata = state_->options.metadata;
    // A deadline travels as the time that is left.
    deadline = network.server_.Now() + (state_->options.deadline - network.runtime_.Now());
    request = state_->request;
  }

  bool cancelled() const override { return state_->finished; }

  void OnCancel(Task task) override {
    if (state_->finished) return network_.After(absl::ZeroDuration(), std::move(task));
    // The server may have let go of the call by then.
    state_->on_finish.push_back([&network = network_, generation = generation_, task = std::move(task)]() mutable {
      if (generation == network.generation_) network.After(absl::ZeroDuration(), std::move(task));
    });
  }

  void Finish(rpc::Reply reply) override {
    if (generation_ != network_.generation_ || network_.Happens(network_.faults_.drop)) return;
    network_.After(network_.Delay(),
                   [state = state_, reply = std::move(reply)]() mutable { state->Finish(std::move(reply)); });
  }

 private:
  SimulatedNetwork& network_;
  const int64_t generation_;
  const std::shared_ptr<UnaryState> state_;
};

struct SimulatedNetwork::StreamState {
  std::string method;
  std::string request;
  rpc::CallOptions options;
  // At the client.
  std::deque<std::string> arrived;
  std::optional<absl::Status> end;
  absl::AnyInvocable<void(std::optional<std::string>, absl::Status) &&> reader;
  // At the server.
  absl::AnyInvocable<void(bool) &&> written;
  Task on_cancel;
  bool cancelled = false;

  // Gives the reader what there is, and the writer its turn.
  void Move() {
    if (reader && !arrived.empty()) {
      std::string message = std::move(arrived.front());
      arrived.pop_front();
      std::move(std::exchange(reader, nullptr))(std::move(message), absl::OkStatus());
    } else if (reader && end) {
      std::move(std::exchange(reader, nullptr))(std::nullopt, *end);
    }
    if (written && !cancelled && arrived.size() < kStreamWindow) std::move(std::exchange(written, nullptr))(true);
  }

  // The client has gone, or the way to it.
  void Cancel() {
    if (std::exchange(cancelled, true)) return;
    if (written) std::move(std::exchange(written, nullptr))(false);
    if (on_cancel) std::move(std::exchange(on_cancel, nullptr))();
  }
};

class SimulatedNetwork::StreamCall : public rpc::ServerStreamCall {
 public:
  StreamCall(SimulatedNetwork& network, std::shared_ptr<StreamState> state)
      : network_(network), generation_(network.generation_), state_(std::move(state)) {
    method = state_->method;
    metadata = state_->options.metadata;
    // A deadline travels as the time that is left.
    deadline = network.server_.Now() + (state_->options.deadline - network.runtime_.Now());
    request = state_->request;
  }

  bool cancelled() const override { return state_->cancelled; }

  void OnCancel(Task task) override {
    if (state_->cancelled) return network_.After(absl::ZeroDuration(), std::move(task));
    state_->on_cancel = std::move(task);
  }

  void Write(std::string message, absl::AnyInvocable<void(bool) &&> done) override {
    if (generation_ != network_.generation_) return;
    const bool cut = network_.Happens(network_.faults_.cut);
    network_.After(network_.Delay(), [&network = network_, generation = generation_, state = state_, cut,
                                      message = std::move(message), done = std::move(done)]() mutable {
      if (generation != network.generation_) return;  // lost with the connection
      if (cut || state->cancelled) {
        state->Cancel();
        state->end = ConnectionLost();
        std::move(done)(false);
      } else {
        state->arrived.push_back(std::move(message));
        state->written = std::move(done);  // when the window has room
      }
      state->Move();
    });
  }

  void Finish(absl::Status status, rpc::Metadata) override {
    if (generation_ != network_.generation_) return;
    network_.After(network_.Delay(), [state = state_, status = std::move(status)] {
      if (!state->end) state->end = status;
      state->Move();
    });
  }

  void Abort() override {
    network_.After(absl::ZeroDuration(), [state = state_] {
      state->end = ConnectionLost();
      state->Cancel();
      state->Move();
    });
  }

 private:
  SimulatedNetwork& network_;
  const int64_t generation_;
  const std::shared_ptr<StreamState> state_;
};

class SimulatedNetwork::NetworkClientStream : public rpc::ClientStream {
 public:
  NetworkClientStream(SimulatedNetwork& network, std::shared_ptr<StreamState> state)
      : network_(network), state_(std::move(state)) {}

  ~NetworkClientStream() override {
    state_->reader = nullptr;
    network_.After(network_.Delay(), [state = state_] { state->Cancel(); });
  }

  void Read(absl::AnyInvocable<void(std::optional<std::string>, absl::Status) &&> done) override {
    state_->reader = std::move(done);
    network_.After(absl::ZeroDuration(), [state = state_] { state->Move(); });
  }

 private:
  SimulatedNetwork& network_;
  const std::shared_ptr<StreamState> state_;
};

class SimulatedNetwork::NetworkChannel : public rpc::Channel {
 public:
  explicit NetworkChannel(SimulatedNetwork& network) : network_(network) {}

  void Unary(std::string method, std::string request, rpc::CallOptions options,
             absl::AnyInvocable<void(rpc::Reply) &&> done) override {
    auto state = std::make_shared<UnaryState>();
    state->method = std::move(method);
    state->request = std::move(request);
    state->options = std::move(options);
    state->done = std::move(done);
    network_.unary_calls_[network_.next_call_++] = state;
    network_.executor_->PostAt(state->options.deadline, [state] {
      state->Finish({absl::DeadlineExceededError("no answer in time"), "", {}});
    });
    const int copies = network_.Happens(network_.faults_.drop)        ? 0
                       : network_.Happens(network_.faults_.duplicate) ? 2
                                                                      : 1;
    for (int i = 0; i < copies; ++i) {
      network_.After(network_.Delay(), [&network = network_, state, generation = network_.generation_] {
        network.DeliverUnary(state, generation);
      });
    }
  }

  std::unique_ptr<rpc::ClientStream> Stream(std::string method, std::string request,
                                            rpc::CallOptions options) override {
    auto state = std::make_shared<StreamState>();
    state->method = std::move(method);
    state->request = std::move(request);
    state->options = std::move(options);
    network_.streams_[network_.next_call_++] = state;
    network_.After(network_.Delay(), [&network = network_, state] { network.DeliverStream(state); });
    return std::make_unique<NetworkClientStream>(network_, state);
  }

 private:
  SimulatedNetwork& network_;
};

SimulatedNetwork::SimulatedNetwork(SimulatedRuntime& runtime, Runtime& server)
    : runtime_(runtime), server_(server), executor_(runtime.NewExecutor("network", 64)) {}

SimulatedNetwork::~SimulatedNetwork() = default;

std::unique_ptr<rpc::Channel> SimulatedNetwork::NewChannel() { return std::make_unique<NetworkChannel>(*this); }

bool SimulatedNetwork::Happens(double probability) {
  return static_cast<double>(runtime_.Random() >> 11) * 0x1.0p-53 < probability;
}

absl::Duration SimulatedNetwork::Delay() {
  // Few different delays, so that calls arrive together and share a batch.
  return faults_.delay_max * static_cast<int64_t>(runtime_.Uniform(3)) / 2;
}

void SimulatedNetwork::After(absl::Duration delay, Task task) {
  executor_->PostAt(runtime_.Now() + delay, std::move(task));
}

void SimulatedNetwork::DeliverUnary(const std::shared_ptr<UnaryState>& state, int64_t generation) {
  if (state->finished) return;
  // A request that was under way to a process that has died is lost with the connection.
  if (table_ == nullptr || generation != generation_) return state->Finish({ConnectionLost(), "", {}});
  table_->Start(std::make_shared<UnaryCall>(*this, state));
}

void SimulatedNetwork::DeliverStream(const std::shared_ptr<StreamState>& state) {
  if (state->cancelled) return;
  if (table_ == nullptr) {
    state->end = ConnectionLost();
    return state->Move();
  }
  table_->Start(std::make_shared<StreamCall>(*this, state));
}

void SimulatedNetwork::Detach() {
  table_ = nullptr;
  ++generation_;
  for (auto& [number, weak] : std::exchange(unary_calls_, {})) {
    auto state = weak.lock();
    if (state == nullptr || Happens(faults_.drop)) continue;  // it learns by its deadline
    After(Delay(), [state] { state->Finish({ConnectionLost(), "", {}}); });
  }
  for (auto& [number, weak] : std::exchange(streams_, {})) {
    auto state = weak.lock();
    if (state == nullptr) continue;
    // The dead process hears nothing any more.
    state->written = nullptr;
    state->on_cancel = nullptr;
    state->cancelled = true;
    After(Delay(), [state] {
      state->end = ConnectionLost();
      state->Move();
    });
  }
}

}  // namespace dangol::simulation
