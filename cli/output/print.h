// The way of everything that a command writes to its user. What others wrote (customers, files, services) must not
// steer the terminal: control characters, escape sequences, marks of direction and bytes that are no UTF-8 are written
// as escapes, such as \u001b, which are the same text in JSON. Line feeds and tabs stay.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace dangol::cli {

// Writes to standard output at once. False where that cannot be done, which standard error has said.
bool Print(std::string_view text);
// The same to standard error.
void PrintError(std::string_view text);

enum class Colour { kPlain, kGood, kBad };
// For Print: in this colour where standard output is a terminal that has colours. `text` is escaped.
std::string Painted(Colour colour, std::string_view text);

// The same text without what Painted has put in.
std::string WithoutColours(std::string_view text);

// As Print writes it.
std::string Escaped(std::string_view text);

// Columns of the terminal behind standard output, COLUMNS where it says so; 0 where there is no terminal.
size_t TerminalWidth();

}  // namespace dangol::cli
