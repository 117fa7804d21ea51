// The commands that work on the folder of keys, beside `dangol token`.
#pragma once

#include "cli/command/command.h"

namespace dangol::cli {

Command LoginCommand(CLI::App& root);
Command KeysCommand(CLI::App& root);
Command TlsCommand(CLI::App& root);

}  // namespace dangol::cli
