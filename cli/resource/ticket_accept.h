// `dangol ticket accept`: one ticket, or many of one cause in one call.
#pragma once

#include <string>
#include <string_view>

#include "cli/command/command.h"
#include "dangol/tickets/v1/ticket.pb.h"

namespace dangol::cli {

Command AcceptVerb(CLI::App& parent);

// True for `delivery/late` and the reasons `delivery/late` and `delivery`.
bool IsAbout(const dangol::tickets::v1::Ticket& ticket, std::string_view contact_reason);

}  // namespace dangol::cli
