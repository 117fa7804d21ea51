// What a handler knows of the call that it answers.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"

#include "common/base/ids.h"

namespace dangol::rpc {

// Who calls. Comes from the credential.
struct Principal {
  std::string name;
  std::vector<std::string> roles;             // kRoles of authorization.h
  std::vector<std::string> stages;            // that an owner owns
  std::vector<std::string> permissions = {};  // beside those of the roles
  std::vector<std::string> act_for = {};      // members for whom he may stand, or kAnybody of authorization.h
};

// Time, identifiers and identity reach a handler here and nowhere else, so that it can be run twice, tested and
// simulated.
class Call {
 public:
  Call(absl::Time now, const Principal& principal, IdMaker& ids, std::string traceparent)
      : now_(now), principal_(principal), ids_(ids), traceparent_(std::move(traceparent)) {}

  absl::Time now() const { return now_; }
  const Principal& principal() const { return principal_; }
  // A new identifier, each time another.
  std::string NewId() const { return ids_.Next(now_); }
  // W3C trace context; empty where the caller sent none.
  const std::string& traceparent() const { return traceparent_; }

 private:
  const absl::Time now_;
  const Principal& principal_;
  IdMaker& ids_;
  const std::string traceparent_;
};

}  // namespace dangol::rpc
