// Whose a new ticket is.
#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/rpc/call.h"
#include "common/storage/database.h"
#include "dangol/tickets/v1/ticket_service.pb.h"
#include "services/tickets/customer/customer_store.h"

namespace dangol::tickets {

// The customer of a ticket that is about to be stored.
struct TicketCustomer {
  std::optional<LoadedCustomer> found;
  CustomerRow made;  // where none was found
  v1::Customer said;
  std::string named_path;  // where the request names the customer; empty: nowhere
};

// Finds the ticket's customer, or names a new one, and says in the ticket whose it is. Stores nothing, so that a ticket
// that turns out to be there leaves no trace. `ticket_path` and `sender_path` are those of the fields in the request.
absl::StatusOr<TicketCustomer> IdentifyCustomer(storage::Snapshot& snapshot, const rpc::Call& call,
                                                const v1::CreateTicketRequest& request, v1::Ticket& ticket,
                                                const std::string& ticket_path, const std::string& sender_path);

// After the ticket was stored: stores a new customer, what a known one has learned, and that the ticket is theirs.
// FAILED_PRECONDITION, reason CUSTOMER_NOT_ACTIVE, where the request names one to whom no ticket is added: asked of a
// new ticket alone, since one that is there may be skipped.
absl::Status KeepCustomer(storage::Transaction& transaction, const rpc::Call& call, const v1::Ticket& ticket,
                          TicketCustomer& customer);

}  // namespace dangol::tickets
