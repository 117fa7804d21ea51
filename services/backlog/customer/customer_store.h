// Who asks for a change, counted once however often they ask, and whose complaint came back. Of a customer this service
// knows the name alone, which the tickets service makes and which leads nowhere once the customer is erased.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/storage/database.h"
#include "dangol/backlog/v1/change.pb.h"

namespace dangol::backlog {

// Days count from 1970-01-01, in UTC.
int64_t DayOf(absl::Time time);

// One ACTIVE demand.
struct Asking {
  std::string_view change_id;
  std::string_view customer_id;  // as its ticket has it; empty: nobody known
  absl::Time receive_time;
  int64_t ordinal = 0;  // of one that leaves
};
// One more (`sign` 1) or one fewer (-1), whose row is still as it was. Returns what that adds to the customers of the
// change: 1, 0 or -1.
absl::StatusOr<int64_t> CountAsking(storage::Transaction& transaction, const Asking& asking, int64_t sign);

// The customer is of this segment; empty: of none. What a smaller version says is older than what is known.
absl::Status SetSegment(storage::Transaction& transaction, std::string_view customer_id, const std::string& segment,
                        int64_t version);

// Sets how many of those who ask for the change did in the last 90 days, and of which segments they are.
absl::Status ReadRecent(storage::Snapshot& snapshot, absl::Time now, v1::Change& change);

// The two are one from now on: demands keep the id that they came with, and counts go by the kept one.
absl::Status MergeCustomers(storage::Transaction& transaction, std::string_view kept_id, std::string_view merged_id);

// Whose complaint came back; `customer_id` is empty for a ticket of nobody known, which then counts by itself.
struct Complainant {
  std::string customer_id;
  std::string ticket_id;
};
// A complaint came back at `time`, after the change had shipped. Returns how many people's did in the fullest span of
// `window` that this one is in, nothing of it before `since`; who comes back again counts once, the last time.
absl::StatusOr<int64_t> CountRecurrence(storage::Transaction& transaction, std::string_view change_id,
                                        const Complainant& who, absl::Time time, absl::Duration window,
                                        absl::Time since);

// That complaint was no return to the change. Where another one of the customer was, theirs still counts.
absl::Status ForgetRecurrence(storage::Transaction& transaction, std::string_view change_id, const Complainant& who);

}  // namespace dangol::backlog
