// The command line: how help is laid out, and what is said where it is wrong.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"

namespace dangol::cli {

// For `root` before its commands are made, which take it over: lines of help that fit the terminal.
void LayOutHelp(CLI::App& root);

// Parses it. None: go on. Else what to exit with: 0 after --help or --version, 2 where it is wrong, which one line on
// standard error has said, with the command or flag that may have been meant.
std::optional<int> ParseArguments(CLI::App& root, int argc, const char* const* argv);

// Of the commands below it; and of its flags, with their dashes.
std::vector<std::string> CommandNames(const CLI::App& app);
std::vector<std::string> FlagNamesOf(const CLI::App& app);

// `ticket list` for the command of that line; empty for the root.
std::string CommandPath(const CLI::App& app);

}  // namespace dangol::cli
