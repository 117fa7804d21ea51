// Complaints to load a service with, as long as real ones are.
#pragma once

#include <string>
#include <vector>

#include "dangol/tickets/v1/ticket_service.pb.h"

namespace dangol::bench {

// The same at each call. Without `request_id`.
std::vector<tickets::v1::CreateTicketRequest> MakeComplaints(int count);

// Thread-safe.
std::string NewRequestId();

}  // namespace dangol::bench
