// The ledger as rows. All SQL of the service but the integrity checks' stands in store.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/storage/database.h"
#include "dangol/metrics/v1/loop.pb.h"
#include "services/metrics/counts.h"
#include "services/metrics/rules.h"

namespace dangol::metrics {

// The id in `tickets/{ticket}`, `tickets/{ticket}/messages/{message}`, `loops/{loop}` or `changes/{change}`.
std::string_view IdOf(std::string_view name);
std::string TicketName(std::string_view ticket_id);
std::string LoopName(std::string_view ticket_id);
std::string ChangeName(std::string_view change_id);

// Nothing where nothing is known of the ticket. The loop has what the tickets service says, without steps.
absl::StatusOr<std::optional<Chain>> ReadChain(storage::Snapshot& snapshot, std::string_view ticket_id);
// Makes the row or replaces it.
absl::Status WriteChain(storage::Transaction& transaction, const Chain& chain);
// The same where neither the change nor what is true of a ticket from the start has changed, which is much cheaper.
absl::Status WriteProgress(storage::Transaction& transaction, const Chain& chain);
// Nothing happens where the step is there already, which only a message's can be.
absl::Status AddTicketStep(storage::Transaction& transaction, std::string_view ticket_id, const ChainStep& step,
                           int part);
// The newest, oldest first.
absl::StatusOr<ChainSteps> NewestTicketSteps(storage::Snapshot& snapshot, std::string_view ticket_id, int64_t most);

absl::StatusOr<std::optional<KnownChange>> ReadChange(storage::Snapshot& snapshot, std::string_view change_id);
absl::Status WriteChange(storage::Transaction& transaction, const KnownChange& change);
absl::Status AddChangeStep(storage::Transaction& transaction, std::string_view change_id, const ChainStep& step);
// The newest that are not behind `until`, newest first.
absl::StatusOr<ChainSteps> NewestChangeSteps(storage::Snapshot& snapshot, std::string_view change_id, absl::Time until,
                                             int64_t most);

absl::StatusOr<Tally> ReadTally(storage::Snapshot& snapshot, std::string_view change_id);
// When the first and the last of the change's tickets were received.
absl::Status ReadReceiveTimes(storage::Snapshot& snapshot, std::string_view change_id, v1::LoopSummary& summary);
absl::Status AddCounts(storage::Transaction& transaction, const CountChanges& counts);
// A state on a day. No state is 0, so a day with that stands before all of the day.
struct StateDay {
  int64_t day = 0;
  int64_t state = 0;
};
// Behind `after`, by day, then state.
absl::StatusOr<std::vector<v1::StateCount>> ReadStateCounts(storage::Snapshot& snapshot, StateDay after,
                                                            int64_t last_day, int64_t most);

}  // namespace dangol::metrics
