#include "services/tickets/policy/assignment_turns.h"

#include "fmt/format.h"

#include "common/base/status_macros.h"

namespace dangol::tickets {

absl::StatusOr<int64_t> AssignmentTurns::Next(storage::Snapshot& snapshot, const v1::AssignmentRule& rule) {
  const std::string team = fmt::format("{}", fmt::join(rule.assignees(), " "));
  auto found = teams_.find(team);
  if (found == teams_.end()) {
    ASSIGN_OR_RETURN(const int64_t turns,
                     snapshot.QueryInteger("SELECT turns FROM assignment_turn WHERE team = $1", {team}));
    found = teams_.emplace(team, Turns{turns, turns}).first;
  }
  next_ = &found->second;
  return next_->now;
}

void AssignmentTurns::Take() {
  if (next_ != nullptr) ++next_->now;
  next_ = nullptr;
}

absl::Status AssignmentTurns::Write(storage::Transaction& transaction) const {
  for (const auto& [team, turns] : teams_) {
    if (turns.now == turns.before) continue;
    RETURN_IF_ERROR(transaction.Execute(
        "INSERT INTO assignment_turn (team, turns) VALUES ($1, $2) ON CONFLICT (team) DO UPDATE SET turns = "
        "excluded.turns",
        {team, turns.now}));
  }
  return absl::OkStatus();
}

}  // namespace dangol::tickets
