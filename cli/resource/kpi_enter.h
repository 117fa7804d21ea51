// `dangol kpi enter`
#pragma once

#include "cli/command/command.h"

namespace dangol::cli {

Command KpiEnterVerb(CLI::App& parent);

}  // namespace dangol::cli
