// Which tickets are about a contact reason or concern a stage: the topics that lists ask for.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/resource/page.h"
#include "common/storage/database.h"
#include "dangol/tickets/v1/ticket.pb.h"
#include "services/tickets/ticket/ticket_counts.h"

namespace dangol::tickets {

// What one list asks for.
struct Topic {
  // As they are stored: of a reason, and of those below it. None where they are too many.
  std::vector<std::string> keys;
  int64_t tickets = 0;       // of all of them
  int64_t open_tickets = 0;  // not yet decided, or accepted
};
// That of a contact reason and what is below it.
absl::StatusOr<Topic> ReadReasonTopic(storage::Snapshot& snapshot, std::string_view path);
absl::StatusOr<Topic> ReadStageTopic(storage::Snapshot& snapshot, std::string_view stage);

// Lists a new ticket.
absl::Status AddTopics(storage::Transaction& transaction, const v1::Ticket& ticket);
// Lists it by what it is about now, and no more by what it was about.
absl::Status MoveTopics(storage::Transaction& transaction, const v1::Ticket& ticket, const Counted& before);

// Of any of them, behind `after` and not before `from`, the newest first.
absl::StatusOr<std::vector<resource::TimeKey>> ListTopicKeys(storage::Snapshot& snapshot,
                                                             std::span<const std::string> keys,
                                                             const resource::TimeKey& after, absl::Time from,
                                                             int64_t most);

}  // namespace dangol::tickets
