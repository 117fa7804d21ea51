// Text on a terminal: Korean letters are two columns wide, and what could steer the terminal is shown as an escape.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace dangol::cli {

struct Letter {
  size_t bytes = 1;
  char32_t code = 0;     // of bytes that are no UTF-8: the byte
  size_t width = 1;      // in columns, as ShownLetter has it
  bool escaped = false;  // control, direction, or no UTF-8
};
// The first letter of a text that is not empty.
Letter FirstLetter(std::string_view text);
// That letter as it is shown: itself, or an escape as in JSON.
std::string ShownLetter(const Letter& letter, std::string_view text);

// Columns that the text takes, escaped.
size_t DisplayWidth(std::string_view text);

// With spaces behind it, so that it takes `width` columns at least.
std::string Padded(std::string text, size_t width);

// Escaped, on one line, in `width` columns at most; `…` stands for what was cut off. Line feeds and tabs are spaces.
std::string OneLine(std::string_view text, size_t width);

// On lines of at most `width` columns, broken at spaces where there are any; lines of `text` stay lines.
std::string Wrapped(std::string_view text, size_t width);
// The same behind so many spaces, with a line feed at its end.
std::string Indented(std::string_view text, size_t spaces, size_t width);

// Each line that is wider than `width` goes on below, behind its own indentation and two spaces; 0: all as it is.
std::string Fitted(std::string_view text, size_t width);

}  // namespace dangol::cli
