// A network between simulated clients and one simulated server process: it delays, reorders, drops and duplicates
// calls, and cuts streams. A client gets an answer, an error, or nothing until its deadline; so every call needs one.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/time/time.h"

#include "common/base/simulated_runtime.h"
#include "common/rpc/method_table.h"
#include "common/rpc/transport.h"

namespace dangol::simulation {

struct NetworkFaults {
  double drop = 0;       // of a request, and of an answer
  double duplicate = 0;  // of a request: the server gets it twice
  double cut = 0;        // of a stream, at each message
  absl::Duration delay_max = absl::Milliseconds(2);
};

// Not thread-safe. Outlives the channels made by it.
class SimulatedNetwork {
 public:
  // `server`: has the clock of the machine that it leads to.
  SimulatedNetwork(SimulatedRuntime& runtime, Runtime& server);
  ~SimulatedNetwork();

  void SetFaults(const NetworkFaults& faults) { faults_ = faults; }

  // A server process is reachable from now on.
  void Attach(rpc::MethodTable& table) { table_ = &table; }
  // The process has died: calls under way fail or time out, streams end; whatever it still says is not heard.
  void Detach();

  std::unique_ptr<rpc::Channel> NewChannel();

 private:
  class NetworkChannel;
  struct UnaryState;
  struct StreamState;
  class UnaryCall;
  class StreamCall;
  class NetworkClientStream;

  bool Happens(double probability);
  absl::Duration Delay();
  void After(absl::Duration delay, Task task);
  void DeliverUnary(const std::shared_ptr<UnaryState>& state, int64_t generation);
  void DeliverStream(const std::shared_ptr<StreamState>& state);

  SimulatedRuntime& runtime_;
  Runtime& server_;
  NetworkFaults faults_;
  rpc::MethodTable* table_ = nullptr;
  int64_t generation_ = 0;  // of the server process
  int64_t next_call_ = 0;
  // What is to be told of the death of the process, in the order of the calls.
  std::map<int64_t, std::weak_ptr<UnaryState>> unary_calls_;
  std::map<int64_t, std::weak_ptr<StreamState>> streams_;
  std::unique_ptr<Executor> executor_;
};

}  // namespace dangol::simulation
