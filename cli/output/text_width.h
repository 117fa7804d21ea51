// Text on a terminal: Korean letters are two columns wide, and what customers wrote must not steer the terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace dangol::cli {

// Columns that the text takes; bytes that are no UTF-8 take one each.
size_t DisplayWidth(std::string_view text);

// On one line, without control characters, in `width` columns at most; `…` stands for what was cut off.
std::string OneLine(std::string_view text, size_t width);

// Without control characters other than line feeds.
std::string WithoutControls(std::string_view text);

}  // namespace dangol::cli
