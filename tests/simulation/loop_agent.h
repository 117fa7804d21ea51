// Somebody who works on complaints and changes, as a careful programmer's client does: every mutation has a request_id and is sent
// again, the same, until it is answered.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/base/simulated_runtime.h"
#include "common/rpc/transport.h"
#include "tests/simulation/ledger.h"

namespace dangol::simulation {

// What all agents of a run were told.
struct LoopLedger {
  std::deque<Operation> operations;
  std::vector<std::string> tickets;  // acknowledged
  std::vector<std::string> changes;  // that exist, or are about to
  std::map<std::string, std::string> etag;  // last seen, by name
  std::map<std::string, int64_t> failed_attempts;  // by service: calls that got no answer
  std::vector<std::string> violations;

  void Violation(std::string text) { violations.push_back(std::move(text)); }
};

class LoopAgent {
 public:
  LoopAgent(SimulatedRuntime& runtime, std::unique_ptr<rpc::Channel> tickets, std::unique_ptr<rpc::Channel> backlog,
            LoopLedger& ledger, int number);
  ~LoopAgent();

  void Start();
  // Begins nothing new; `idle` once the operation under way has its outcome.
  void Stop() { stopping_ = true; }
  bool idle() const { return idle_; }

 private:
  void Next();
  void Think();
  void ChooseTicketOperation(Operation& operation);
  void ChooseChangeOperation(Operation& operation);
  void ChooseCreateTicket(Operation& operation);
  void ChooseAccept(Operation& operation);
  void ChooseBatchAccept(Operation& operation);
  void ChooseShip(Operation& operation);
  void ChooseMove(Operation& operation);
  // Random ones; empty where there is none.
  std::string AnyTicket();
  std::string AnyChange();
  std::string EtagOf(const std::string& name);
  template <typename Request>
  void Prepare(Operation& operation, std::string method, Request& request);

  void Send(Operation& operation, int attempt);
  void OnReply(Operation& operation, int attempt, rpc::Reply reply);
  void OnAcknowledged(Operation& operation, const rpc::Reply& reply);

  SimulatedRuntime& runtime_;
  const std::unique_ptr<rpc::Channel> tickets_;
  const std::unique_ptr<rpc::Channel> backlog_;
  LoopLedger& ledger_;
  const int number_;
  bool stopping_ = false;
  bool idle_ = true;
  std::unique_ptr<Executor> executor_;
};

}  // namespace dangol::simulation
