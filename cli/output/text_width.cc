#include "cli/output/text_width.h"

#include <clocale>
#include <cwchar>

namespace dangol::cli {
namespace {

struct Letter {
  size_t bytes = 1;
  size_t width = 1;
  bool control = false;
};

// The first letter of a text that is not empty. The C library knows how wide it is, and its tables are kept.
Letter FirstLetter(std::string_view text) {
  // Part of every Debian; where it is missing, a letter of several bytes counts as one column for each.
  static const bool utf8 = std::setlocale(LC_CTYPE, "C.UTF-8") != nullptr;
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0x80) return {1, 1, first < 0x20 || first == 0x7f};
  std::mbstate_t state{};
  wchar_t wide = 0;
  const size_t bytes = utf8 ? std::mbrtowc(&wide, text.data(), text.size(), &state) : 1;
  if (!utf8 || bytes == 0 || bytes > text.size()) return {};
  const int width = wcwidth(wide);
  return {bytes, width < 0 ? 0U : static_cast<size_t>(width), width < 0};
}

}  // namespace

size_t DisplayWidth(std::string_view text) {
  size_t width = 0;
  while (!text.empty()) {
    const Letter letter = FirstLetter(text);
    width += letter.width;
    text.remove_prefix(letter.bytes);
  }
  return width;
}

std::string OneLine(std::string_view text, size_t width) {
  std::string line;
  size_t used = 0;
  size_t fitting = 0;  // bytes that leave a column for `…`
  while (!text.empty()) {
    const Letter letter = FirstLetter(text);
    const size_t columns = letter.control ? 1 : letter.width;
    if (used + columns > width) {
      line.resize(fitting);
      return line + "…";
    }
    line += letter.control ? std::string_view(" ") : text.substr(0, letter.bytes);
    used += columns;
    if (used < width) fitting = line.size();
    text.remove_prefix(letter.bytes);
  }
  return line;
}

std::string WithoutControls(std::string_view text) {
  std::string plain;
  while (!text.empty()) {
    const Letter letter = FirstLetter(text);
    if (text.front() == '\n' || !letter.control) plain += text.substr(0, letter.bytes);
    text.remove_prefix(letter.bytes);
  }
  return plain;
}

}  // namespace dangol::cli
