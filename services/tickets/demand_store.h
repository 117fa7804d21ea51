// What the backlog's decisions do to the rows of tickets: one statement a ticket, which finds out by itself whether the
// decision still concerns it. No text of the ticket is read.
#pragma once

#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/storage/database.h"
#include "dangol/tickets/v1/ticket.pb.h"

namespace dangol::tickets {

// A decision concerns the ticket if that is ACCEPTED by this very link and has not yet been told anything as new.
struct DemandKey {
  std::string_view ticket_id;
  int64_t acceptance = 0;
  int64_t revision = 0;
};

// Each returns the ticket's new version; 0: it does not concern the ticket, and nothing has changed.

// Its change counts it.
absl::StatusOr<int64_t> ConfirmTicket(storage::Transaction& transaction, const DemandKey& demand, absl::Time now);
// → ANSWERED by a shipment.
absl::StatusOr<int64_t> AnswerTicket(storage::Transaction& transaction, const DemandKey& demand,
                                     std::string_view shipment, bool late, absl::Time now);
// Its change counts it, and had shipped before. Counts the recurrence unless that of this link was counted before.
absl::StatusOr<int64_t> RecurTicket(storage::Transaction& transaction, const DemandKey& demand, absl::Time now);
// → NOT_YET, without a change, and a word is owed.
absl::StatusOr<int64_t> ReturnTicket(storage::Transaction& transaction, const DemandKey& demand, absl::Time now);
// Another change counts it.
absl::StatusOr<int64_t> MoveTicket(storage::Transaction& transaction, const DemandKey& demand,
                                   std::string_view change_id, absl::Time now);
// → HEARD, without a change.
absl::StatusOr<int64_t> RefuseTicket(storage::Transaction& transaction, const DemandKey& demand,
                                     std::string_view change_id, v1::AcceptanceRefusal::Reason reason, absl::Time now);

}  // namespace dangol::tickets
