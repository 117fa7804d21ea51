// The loop ledger as rows. All SQL of the service but the integrity checks' stands in loop_store.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/resource/page.h"
#include "common/resource/table.h"
#include "common/storage/database.h"
#include "dangol/metrics/v1/loop.pb.h"
#include "services/metrics/loop/counts.h"
#include "services/metrics/loop/loop_rules.h"

namespace dangol::metrics {

using LoadedChain = resource::Loaded<Chain>;

// Of a ticket of which nothing is known.
Chain NewChain(std::string_view ticket_id);
// Nothing where nothing is known of the ticket. The loop has what the tickets service says, without steps.
absl::StatusOr<std::optional<LoadedChain>> LoadChain(storage::Snapshot& snapshot, std::string_view ticket_id);
// Some behind an id, in the order of their ids.
absl::StatusOr<std::vector<Chain>> ListChainsAfter(storage::Snapshot& snapshot, std::string_view ticket_id,
                                                   int64_t most);
// Those of a change that was not decided when they were heard of last.
absl::StatusOr<std::vector<Chain>> ListUndecidedChains(storage::Snapshot& snapshot, std::string_view change_id,
                                                       int64_t most);
// Those that a member has heard and that say so of the member: one who makes the product, or not.
absl::StatusOr<std::vector<Chain>> ListHeardChains(storage::Snapshot& snapshot, std::string_view member_id,
                                                   bool by_maker, int64_t most);
// What no event of the ticket says: when its change was decided, by whom it was heard, and how much of its times was
// working time.
absl::Status StoreCopied(storage::Transaction& transaction, const Chain& chain);
absl::StatusOr<std::vector<KnownChange>> ListChangesAfter(storage::Snapshot& snapshot, std::string_view change_id,
                                                          int64_t most);
absl::Status InsertChain(storage::Transaction& transaction, const Chain& chain);
absl::Status UpdateChain(storage::Transaction& transaction, const LoadedChain& chain);
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

// How many tickets came to a state on a day (counted from 1970-01-01) and left it.
struct StateCountRow {
  int64_t day = 0;
  v1::StateCount count;  // without its day
};
// Behind a day and a state, by day, then state. No state is 0, so a day with that stands before all of the day.
absl::StatusOr<std::vector<StateCountRow>> ReadStateCounts(storage::Snapshot& snapshot, const resource::PairKey& after,
                                                           int64_t last_day, int64_t most);

}  // namespace dangol::metrics
