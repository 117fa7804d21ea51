// The names of methods, and what may have been meant by a wrong one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dangol::cli {

// `dangol.tickets.v1.TicketService/GetTicket` and all the others that this program knows, in order.
std::vector<std::string> MethodNames();

// Those that `name` may have been meant to be, the best first.
std::vector<std::string> SimilarMethods(std::string_view name);

}  // namespace dangol::cli
