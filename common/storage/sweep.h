// Work for later on the rows of a table, however many they are: one timer stands for all of them.
//
//   * What is due is a partial index of the table itself, such as `ticket (close_due_time) WHERE close_due_time IS NOT
//     NULL`. Once its work is done the row is not in it any more, or stands there with its next time; one that is still
//     due is taken again at once.
//   * Who makes a row due sets the timer in the same transaction: SetTimerNoLater(transaction, due_time, kind, "").
//     Whoever makes it due later, or not at all, need not: a firing that finds nothing due waits for the next row.
//   * The timer's handler calls Sweep, which takes the rows that are due and sets the timer anew.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/storage/sql.h"
#include "common/storage/timers.h"

namespace dangol::storage {

inline constexpr int64_t kSweepRowsMost = 200;  // a firing
// A sweep with more rows that fail than this is itself at fault: it fails, as any timer does, and comes again later.
inline constexpr int64_t kSweepPostponedMost = 1000;

// One firing. Applies `apply` to the earliest rows that are due, 200 at most, and returns the keys of those that went
// through, in the order in which they were due; their common event, if they have one, is the caller's to append.
//
// `earliest` reads the key (text, not empty) and the due time of the first $1 rows, due or not:
//     SELECT ticket_id, close_due_time FROM ticket WHERE close_due_time IS NOT NULL
//     ORDER BY close_due_time, ticket_id LIMIT $1
//
// `apply` may run twice for a row, of which only the last counts, and may be called for a row that is not due any more,
// which it has to leave as it is. A row that fails is undone alone and the others go through: it is logged by its key
// and gets a timer of its own, (kind, key), by which it comes again alone, later each time. UNAVAILABLE is storage's
// fault and no row's: the firing fails as a whole.
absl::StatusOr<std::vector<std::string>> Sweep(Transaction& transaction, const Timer& timer, absl::Time now,
                                               Sql earliest,
                                               absl::FunctionRef<absl::Status(std::string_view key)> apply);

}  // namespace dangol::storage
