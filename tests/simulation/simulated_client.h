// A client as a careful programmer writes one: every mutation has a request_id and is sent again, the same, until it is
// answered; and a follower of the feed that goes on where it was.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "common/base/simulated_runtime.h"
#include "common/rpc/transport.h"
#include "tests/simulation/ledger.h"

namespace dangol::simulation {

// Does operations of random kind, one after another, until told to stop.
class SimulatedClient {
 public:
  SimulatedClient(SimulatedRuntime& runtime, std::unique_ptr<rpc::Channel> channel, Ledger& ledger, int number);
  ~SimulatedClient();

  void Start();
  // Begins nothing new; `idle` once the operation under way has its outcome.
  void Stop() { stopping_ = true; }
  bool idle() const { return idle_; }
  int64_t operations() const { return operations_; }

 private:
  void Next();
  void Think();
  void ChooseOperation(Operation& operation);
  void ChooseCreate(Operation& operation);
  void ChooseBatch(Operation& operation);
  void ChooseTransition(Operation& operation, const std::string& ticket);
  void ChooseAccept(Operation& operation, const std::string& ticket);
  template <typename Request>
  Request Action(Operation& operation, const std::string& method, const std::string& ticket);
  void ChooseMessage(Operation& operation, const std::string& ticket);
  void ChooseReuse(Operation& operation);
  void Send(Operation& operation, int attempt);
  void OnReply(Operation& operation, int attempt, rpc::Reply reply);
  void OnAcknowledged(Operation& operation, const rpc::Reply& reply);
  void ReadBack(const std::string& name, std::string cursor, int attempt);
  void Replay(const Operation& operation, int attempt);

  SimulatedRuntime& runtime_;
  const std::unique_ptr<rpc::Channel> channel_;
  Ledger& ledger_;
  const int number_;
  int64_t operations_ = 0;
  bool stopping_ = false;
  bool idle_ = true;
  std::unique_ptr<Executor> executor_;
};

// Follows the feed, and sees to it that no position is missing or comes twice.
class SimulatedFollower {
 public:
  SimulatedFollower(SimulatedRuntime& runtime, std::unique_ptr<rpc::Channel> channel, Ledger& ledger, bool slow);
  ~SimulatedFollower();

  void Start();
  int64_t sequence() const { return static_cast<int64_t>(events_.size()); }
  // Position n stands at n - 1.
  const std::vector<SeenEvent>& events() const { return events_; }

 private:
  void Open();
  void Read();
  void OnMessage(const std::string& bytes);
  void OnEnd(const absl::Status& status);

  SimulatedRuntime& runtime_;
  const std::unique_ptr<rpc::Channel> channel_;
  Ledger& ledger_;
  const bool slow_;  // does not read for long whiles
  std::string cursor_;
  std::vector<SeenEvent> events_;
  std::unique_ptr<rpc::ClientStream> stream_;
  std::unique_ptr<Executor> executor_;
};

}  // namespace dangol::simulation
