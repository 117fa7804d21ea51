// Somebody who works on complaints and changes, as a careful programmer's client does: every mutation has a request_id
// and is sent again, the same, until it is answered. Works in the simulation and against real servers.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

#include "common/base/runtime.h"
#include "common/rpc/transport.h"
#include "dangol/tickets/v1/ticket.pb.h"
#include "tests/simulation/ledger.h"
#include "tests/simulation/loop_stories.h"

namespace dangol::simulation {

// Begins what files are called and hold, with the id of their ticket behind it.
inline constexpr std::string_view kFileMark = "secret-file-";

// What tickets are about: few, so that moves meet.
inline constexpr std::string_view kReasons[] = {"delivery", "delivery/late", "delivery/lost",
                                                "parcels",  "parcels/late",  "bill"};

// What all agents of a run were told.
struct LoopLedger {
  std::deque<Operation> operations;
  std::vector<std::string> tickets;                // acknowledged
  std::vector<std::string> changes;                // that exist, or are about to
  std::vector<std::string> customers;              // of these tickets
  std::vector<std::string> imports;                // that brought some of them
  std::vector<std::string> attachments;            // announced
  std::map<std::string, std::string> customer_of;  // the customer that a ticket came with
  std::map<std::string, std::string> etag;         // last seen, by name
  std::map<std::string, int64_t> failed_attempts;  // by service: calls that got no answer
  std::vector<std::string> violations;
  bool doubled = false;  // a request may be executed twice, the second time behind its answer

  void Violation(std::string text) { violations.push_back(std::move(text)); }
};

struct LoopAgentOptions {
  absl::Duration think_time_max = absl::Milliseconds(20);  // between two operations
  absl::Duration retry_delay_max = absl::Seconds(5);
  // False: it gives up after some attempts, and now and then goes without a request_id.
  bool never_gives_up = false;
  // Whom it works with.
  bool uses_tickets = true;
  bool uses_backlog = true;
  std::shared_ptr<rpc::Channel> metrics = nullptr;  // none: it leaves engines alone
  // Some changes are to be checked a moment after they shipped.
  bool checks_soon = false;
  // Told of each operation as soon as it is acknowledged, on the executor.
  std::function<void(const Operation&)> on_acknowledged;
};

class LoopAgent {
 public:
  // All that it does, it does on `executor`, which has one thread: agents that share it may share a ledger.
  LoopAgent(Runtime& runtime, std::shared_ptr<Executor> executor, std::unique_ptr<rpc::Channel> tickets,
            std::unique_ptr<rpc::Channel> backlog, LoopLedger& ledger, int number, LoopAgentOptions options = {});
  // The executor has to be stopped before.
  ~LoopAgent();

  void Start();
  // Begins nothing new; `idle` once the operation under way has its outcome. Thread-safe.
  void Stop() { stopping_ = true; }
  bool idle() const { return idle_; }

 private:
  void Next();
  void Think();
  void Choose(Operation& operation);
  bool TellOn(Operation& operation);
  void BeginStory(const Operation& operation);
  void ChooseTicketOperation(Operation& operation);
  void ChooseChangeOperation(Operation& operation);
  void ChooseCreateTicket(Operation& operation);
  void ChooseQuietTicketOperation(Operation& operation, const std::string& ticket, uint64_t choice);
  void ChooseCustomerOperation(Operation& operation);
  void ChoosePolicyOperation(Operation& operation);
  void ChooseReasonOperation(Operation& operation);
  void ChooseImportOperation(Operation& operation);
  void ChooseSplit(Operation& operation);
  void ChooseFileOperation(Operation& operation);
  void ChooseAccept(Operation& operation);
  void ChooseBatchAccept(Operation& operation);
  void ChooseRethinking(Operation& operation);
  void ChooseShip(Operation& operation);
  void ChooseMove(Operation& operation);
  void ChooseInvite(Operation& operation);
  // Random ones; empty where there is none.
  std::string AnyTicket();
  std::string AnyCustomer();
  std::string AnyChange();
  std::string AnyReason();
  // Now and then the one that was seen last: the operation may only change what it stands for.
  std::string EtagOf(Operation& operation, const std::string& name);

  void Send(Operation& operation, int attempt);
  void OnReply(Operation& operation, int attempt, rpc::Reply reply);
  void OnAcknowledged(Operation& operation, const rpc::Reply& reply);
  // A new one.
  void Know(const tickets::v1::Ticket& ticket);

  uint64_t Uniform(uint64_t bound) { return runtime_.Random() % bound; }
  bool OneIn(uint64_t n) { return Uniform(n) == 0; }

  Runtime& runtime_;
  const std::shared_ptr<Executor> executor_;
  const std::unique_ptr<rpc::Channel> tickets_;
  const std::unique_ptr<rpc::Channel> backlog_;
  LoopLedger& ledger_;
  const int number_;
  const LoopAgentOptions options_;
  Story story_;  // what is left of it
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> idle_ = true;
};

}  // namespace dangol::simulation
