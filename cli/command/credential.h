// What every call of this program says of who calls.
#pragma once

#include <string>

#include "CLI/CLI.hpp"

namespace dangol::cli {

// `--token-file`, or DANGOL_TOKEN_FILE: reads the token while the command line is parsed.
void AddTokenFileFlag(CLI::App& root);

// `Bearer …`; empty: nothing is said, which on this machine is enough.
const std::string& Authorization();

}  // namespace dangol::cli
