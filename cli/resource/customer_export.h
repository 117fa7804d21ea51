// `dangol customer export`
#pragma once

#include "cli/command/command.h"

namespace dangol::cli {

Command CustomerExportVerb(CLI::App& parent);

}  // namespace dangol::cli
