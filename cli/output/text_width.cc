#include "cli/output/text_width.h"

#include <algorithm>
#include <clocale>
#include <cstdint>
#include <cwchar>

#include "absl/strings/str_replace.h"
#include "fmt/format.h"

#include "common/base/text.h"

namespace dangol::cli {
namespace {

// What is no letter but a command to whoever shows the text: C0 and C1 controls (line feed and tab are layout), marks
// of direction (UAX #9), separators of lines, and the codes that are only for the inside of a program (see print.cc).
bool Steers(char32_t code) {
  return (code < 0x20 && code != '\n' && code != '\t') || (code >= 0x7F && code <= 0x9F) || code == 0x061C ||
         code == 0x200E || code == 0x200F || (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) ||
         (code >= 0xFDD0 && code <= 0xFDEF);
}

// Of text that is UTF-8.
char32_t Decoded(std::string_view bytes) {
  const auto byte = [&](size_t i) { return static_cast<char32_t>(static_cast<unsigned char>(bytes[i])); };
  if (bytes.size() == 1) return byte(0);
  char32_t code = byte(0) & (0x7FU >> bytes.size());
  for (size_t i = 1; i < bytes.size(); ++i) code = code << 6 | (byte(i) & 0x3FU);
  return code;
}

// The C library knows how wide a letter is.
size_t WidthOf(char32_t code) {
  // Part of every Debian; where it is missing, every letter counts as one column.
  static const bool utf8 = std::setlocale(LC_CTYPE, "C.UTF-8") != nullptr;
  const int width = utf8 ? wcwidth(static_cast<wchar_t>(code)) : 1;
  return width < 0 ? 1 : static_cast<size_t>(width);
}

}  // namespace

Letter FirstLetter(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  const size_t bytes = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  constexpr size_t kByteWidth = 4;    // \xff
  constexpr size_t kEscapeWidth = 6;  // \u001b
  if (!IsValidUtf8(text.substr(0, bytes))) return {1, first, kByteWidth, true};
  const char32_t code = Decoded(text.substr(0, bytes));
  if (Steers(code)) return {bytes, code, kEscapeWidth, true};
  return {bytes, code, code < 0x80 ? 1 : WidthOf(code), false};
}

std::string ShownLetter(const Letter& letter, std::string_view text) {
  if (!letter.escaped) return std::string(text.substr(0, letter.bytes));
  const bool is_byte = letter.bytes == 1 && letter.code >= 0x80;
  return is_byte ? fmt::format("\\x{:02x}", static_cast<uint32_t>(letter.code))
                 : fmt::format("\\u{:04x}", static_cast<uint32_t>(letter.code));
}

size_t DisplayWidth(std::string_view text) {
  size_t width = 0;
  while (!text.empty()) {
    const Letter letter = FirstLetter(text);
    width += letter.width;
    text.remove_prefix(letter.bytes);
  }
  return width;
}

std::string Padded(std::string text, size_t width) {
  text.append(width - std::min(width, DisplayWidth(text)), ' ');
  return text;
}

std::string OneLine(std::string_view text, size_t width) {
  std::string line;
  size_t used = 0;
  size_t fitting = 0;  // bytes that leave a column for `…`
  while (!text.empty()) {
    const Letter letter = FirstLetter(text);
    if (used + letter.width > width) {
      line.resize(fitting);
      return line + "…";
    }
    line += letter.code == '\n' || letter.code == '\t' ? " " : ShownLetter(letter, text);
    used += letter.width;
    if (used < width) fitting = line.size();
    text.remove_prefix(letter.bytes);
  }
  return line;
}

std::string Wrapped(std::string_view text, size_t width) {
  std::string wrapped;
  size_t used = 0;
  while (!text.empty()) {
    const bool line_feed = text.front() == '\n';
    const size_t end = line_feed ? 1 : std::min(text.find_first_of(" \n", 1), text.size());
    // A space belongs to the word behind it, and is left out where that word begins a line.
    std::string_view word = text.substr(0, end);
    const size_t columns = line_feed ? 0 : DisplayWidth(word);
    if (!line_feed && used > 0 && used + columns > width) {
      wrapped += '\n';
      used = 0;
      if (word.front() == ' ') word.remove_prefix(1);
    }
    wrapped += word;
    used = line_feed ? 0 : used + DisplayWidth(word);
    text.remove_prefix(end);
  }
  return wrapped;
}

std::string Indented(std::string_view text, size_t spaces, size_t width) {
  const std::string margin(spaces, ' ');
  return fmt::format("{}{}\n", margin, absl::StrReplaceAll(Wrapped(text, width - spaces), {{"\n", "\n" + margin}}));
}

std::string Fitted(std::string_view text, size_t width) {
  constexpr size_t kHanging = 2;
  if (width == 0) return std::string(text);
  std::string fitted;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    const size_t indentation = std::min(line.find_first_not_of(' '), line.size());
    const size_t margin = std::min(indentation + kHanging, width / 2);
    fitted += line.substr(0, indentation);
    fitted += DisplayWidth(line) <= width ? std::string(line.substr(indentation))
                                          : absl::StrReplaceAll(Wrapped(line.substr(indentation), width - margin),
                                                                {{"\n", "\n" + std::string(margin, ' ')}});
    text.remove_prefix(line.size());
    if (text.empty()) break;
    fitted += '\n';
    text.remove_prefix(1);
  }
  return fitted;
}

}  // namespace dangol::cli
