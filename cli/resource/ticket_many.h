// `dangol ticket update-many` and its like: one call for up to 1,000 tickets.
#pragma once

#include <string>
#include <string_view>

#include "cli/command/command.h"

namespace dangol::cli {

// A verb for a batch method of TicketService whose answer is a result for each ticket.
Command ManyVerb(CLI::App& parent, std::string_view name, const std::string& method, const std::string& description);

}  // namespace dangol::cli
