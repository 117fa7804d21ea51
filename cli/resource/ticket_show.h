// `dangol ticket show`: a ticket as a case, in words.
#pragma once

#include "cli/command/command.h"

namespace dangol::cli {

Command TicketShowCommand(CLI::App& parent);

}  // namespace dangol::cli
