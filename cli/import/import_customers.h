// `dangol import customers`
#pragma once

#include "cli/command/command.h"

namespace dangol::cli {

Command ImportCustomersCommand(CLI::App& parent);

}  // namespace dangol::cli
