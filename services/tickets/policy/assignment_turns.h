// Whose turn it is where a rule names several people.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/storage/database.h"
#include "dangol/tickets/v1/policy.pb.h"

namespace dangol::tickets {

// Of one transaction. The same people take turns whichever rule names them.
class AssignmentTurns {
 public:
  // The number of the turn that is next for the people of a rule: 0, 1, … It is used up by Take.
  absl::StatusOr<int64_t> Next(storage::Snapshot& snapshot, const v1::AssignmentRule& rule);
  // The turn that Next has said last was given to somebody, or to nobody.
  void Take();
  void Drop() { next_ = nullptr; }
  absl::Status Write(storage::Transaction& transaction) const;

 private:
  struct Turns {
    int64_t before = 0;
    int64_t now = 0;
  };
  std::map<std::string, Turns, std::less<>> teams_;
  Turns* next_ = nullptr;
};

}  // namespace dangol::tickets
