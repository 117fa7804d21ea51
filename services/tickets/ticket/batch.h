// What all batches of tickets do alike.
#pragma once

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"

#include "common/storage/database.h"
#include "dangol/tickets/v1/ticket_requests.pb.h"
#include "services/tickets/ticket/ticket_store.h"

namespace dangol::tickets {

using TicketNames = google::protobuf::RepeatedPtrField<std::string>;
using TicketResults = google::protobuf::RepeatedPtrField<v1::TicketResult>;

// Loads each ticket and lets `act` take it further. What is not there and what its state forbids is reported as
// skipped; `act` must have changed nothing then. Any other error is returned. INVALID_ARGUMENT for a name that is there
// twice.
absl::Status ActOnEach(storage::Transaction& transaction, const TicketNames& names, resource::Part part,
                       absl::FunctionRef<absl::Status(LoadedTicket&)> act, TicketResults& results);

}  // namespace dangol::tickets
