// A change that has shipped goes back to work by itself when the complaint returns.
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "services/backlog/customer/customer_store.h"
#include "services/backlog/demand/demand_store.h"

namespace dangol::backlog {

// A ticket happened or came back, at `time`, after the change had shipped. SHIPPED, VERIFIED → REGRESSED where it is
// critical, or where the complaints of three customers came back within 28 days and since the change last shipped.
absl::Status NoteRecurrence(storage::Transaction& transaction, const rpc::Call& call, std::string_view change_id,
                            const Complainant& who, bool critical, absl::Time time);

// A demand, as it was, was taken out of its change or moved: its complaint was about something else and never came back
// to that one. What the customer said of a shipment (ReopenTicket, NOT_FIXED) stays said.
absl::Status TakeRecurrenceBack(storage::Transaction& transaction, const Demand& demand);

}  // namespace dangol::backlog
