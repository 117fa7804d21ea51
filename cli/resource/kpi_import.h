// `dangol kpi import`
#pragma once

#include "cli/command/command.h"

namespace dangol::cli {

Command KpiImportVerb(CLI::App& parent);

}  // namespace dangol::cli
