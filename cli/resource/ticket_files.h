// `dangol ticket attach` and `dangol ticket download`
#pragma once

#include "cli/command/command.h"

namespace dangol::cli {

Command AttachVerb(CLI::App& parent);
Command DownloadVerb(CLI::App& parent);

}  // namespace dangol::cli
