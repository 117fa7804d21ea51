// What the clients of a run were told, operation by operation, to be held against what the database says in the end.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"

namespace dangol::simulation {

enum class Outcome {
  kPending,
  kAcknowledged,  // OK: it is there, once, for ever
  kRefused,       // an error that says what is wrong with the request: it is not there
  kUnknown,       // no answer: it is there once, or not
};

struct Operation {
  int64_t number = 0;
  std::string method;
  std::string request;               // in wire format
  std::string request_id;            // empty: without
  std::vector<std::string> markers;  // texts that its effect leaves in the database, each in one row
  Outcome outcome = Outcome::kPending;
  std::vector<std::string> names;  // of the resources in the answer
  std::string etag_sent;
  std::string refusal;  // reason
};

// Says what the operation sends.
template <typename Request>
void Prepare(Operation& operation, std::string method, Request& request) {
  request.set_request_id(operation.request_id);
  operation.method = std::move(method);
  operation.request = request.SerializeAsString();
}

// Whether it has changed something wherever it was answered with OK. A batch may have skipped all, and other writes may
// have found everything as it should be.
inline bool AlwaysChangesSomething(const Operation& operation) {
  const std::string name = operation.method.substr(operation.method.rfind('/') + 1);
  for (const char* verb : {"Create", "Acknowledge", "Decline", "Resolve", "Reopen", "Plan", "Ship"}) {
    if (name.starts_with(verb)) return true;
  }
  return false;
}

// Names, kinds and versions that the feed told of, by position.
struct SeenEvent {
  std::string kind;
  std::string resources;
};

struct Ledger {
  std::deque<Operation> operations;
  std::vector<std::string> tickets;         // acknowledged
  std::map<std::string, std::string> etag;  // last seen, by ticket
  std::vector<std::string> violations;
  bool doubled = false;  // the network may deliver a request twice

  void Violation(std::string text) { violations.push_back(std::move(text)); }
};

}  // namespace dangol::simulation
