// `dangol audit send`
#pragma once

#include "cli/command/command.h"

namespace dangol::cli {

Command AuditSendVerb(CLI::App& parent);

}  // namespace dangol::cli
