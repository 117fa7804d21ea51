// A customer as it is stored: what callers see, and what the service keeps for itself.
#pragma once

#include <string>

#include "dangol/tickets/v1/customer.pb.h"

namespace dangol::tickets {

struct CustomerRow {
  v1::Customer customer;
  // Where it was merged: the customer that was kept, which was merged nowhere. Such a row has nothing else.
  std::string merged_into;
  // The only ticket of a customer that is anonymous. Tickets of the others stand in customer_ticket.
  std::string ticket_id;
};

}  // namespace dangol::tickets
