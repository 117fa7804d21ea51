// `dangol change show`: why a change exists, in words.
#pragma once

#include "cli/command/command.h"

namespace dangol::cli {

Command ChangeShowCommand(CLI::App& parent);

}  // namespace dangol::cli
