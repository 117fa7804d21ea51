// What must hold of customers in the tables, checked while the service runs.
#pragma once

#include <string>

#include "absl/status/statusor.h"

#include "common/service/integrity.h"
#include "common/storage/database.h"

namespace dangol::tickets {

// Each ticket has one customer, found by at most one redirect, who has that ticket.
absl::StatusOr<std::string> TicketsHaveCustomers(storage::Snapshot& snapshot, const std::string& position,
                                                 service::Findings& findings);

// A customer is found by what stands in its row, and by nothing else; one that was merged has nothing.
absl::StatusOr<std::string> IdentitiesAreTrue(storage::Snapshot& snapshot, const std::string& position,
                                              service::Findings& findings);

}  // namespace dangol::tickets
