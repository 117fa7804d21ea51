// `dangol import undo` and `dangol import restore`
#pragma once

#include "cli/command/command.h"

namespace dangol::cli {

Command UndoImportCommand(CLI::App& parent);
Command RestoreImportCommand(CLI::App& parent);

}  // namespace dangol::cli
