// How many tickets there are of each state, assignee, stage and turn, and of each contact reason: kept by every write,
// so that to count costs the same however many there are.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/storage/database.h"
#include "dangol/tickets/v1/ticket_query.pb.h"
#include "services/tickets/ticket/ticket_row.h"

namespace dangol::tickets {

Counted CountedOf(const v1::Ticket& ticket);

// What the writes of a transaction change, summed up.
class TicketCounts : public storage::Deferred {
 public:
  void Add(const Counted& counted, int64_t tickets);
  absl::Status Write(storage::Transaction& transaction) override;

 private:
  struct OfReason {
    int64_t tickets = 0;
    int64_t open = 0;
  };

  std::map<CountKey, int64_t> changes_;
  std::map<std::string, OfReason> reasons_;
};

// `caller` is whose view MINE is; `end_of_day` is that of today where the triage policy is.
absl::StatusOr<v1::CountTicketsResponse> ReadTicketCounts(storage::Snapshot& snapshot,
                                                          const v1::CountTicketsRequest& request,
                                                          std::string_view caller, absl::Time now,
                                                          absl::Time end_of_day);

}  // namespace dangol::tickets
