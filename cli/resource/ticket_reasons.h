// `dangol ticket reasons`: what tickets are about, in numbers.
#pragma once

#include "cli/command/command.h"

namespace dangol::cli {

Command ReasonsVerb(CLI::App& parent);

}  // namespace dangol::cli
