// `dangol import undo`
#pragma once

#include "cli/command/command.h"

namespace dangol::cli {

Command UndoImportCommand(CLI::App& parent);

}  // namespace dangol::cli
