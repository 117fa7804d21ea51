// `dangol ticket accept`: one ticket, or many of one cause in one call.
#pragma once

#include "cli/command/command.h"

namespace dangol::cli {

Command AcceptVerb(CLI::App& parent);

}  // namespace dangol::cli
