#include "cli/output/print.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "absl/strings/numbers.h"
#include "absl/strings/str_replace.h"
#include "fmt/format.h"

#include "cli/output/text_width.h"

namespace dangol::cli {
namespace {

// Unicode keeps U+FDD0 to U+FDEF for the inside of a program: no text of others has them unescaped.
constexpr std::string_view kMarkBegin = "\xEF\xB7";
constexpr std::string_view kGoodMark = "\xEF\xB7\x90";
constexpr std::string_view kBadMark = "\xEF\xB7\x91";
constexpr std::string_view kEndMark = "\xEF\xB7\x92";

bool HasColours() {
  const char* terminal = std::getenv("TERM");
  const char* no_colour = std::getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) == 1 && terminal != nullptr && std::strcmp(terminal, "dumb") != 0 &&
         (no_colour == nullptr || *no_colour == '\0');
}

std::string_view ColourSequence(std::string_view mark) {
  static const bool coloured = HasColours();
  if (!coloured) return "";
  return mark == kGoodMark ? "\x1b[32m" : mark == kBadMark ? "\x1b[31m" : "\x1b[0m";
}

// Escaped, but for the colours that Painted has put in.
std::string ForTerminal(std::string_view text) {
  std::string written;
  while (!text.empty()) {
    const size_t next = text.find(kMarkBegin);
    written += Escaped(text.substr(0, next));
    if (next == std::string_view::npos) break;
    const std::string_view mark = text.substr(next, kGoodMark.size());
    const bool ours = mark == kGoodMark || mark == kBadMark || mark == kEndMark;
    written += ours ? std::string(ColourSequence(mark)) : Escaped(mark);
    text.remove_prefix(next + mark.size());
  }
  return written;
}

}  // namespace

bool Print(std::string_view text) {
  const std::string written = ForTerminal(text);
  if (std::fwrite(written.data(), 1, written.size(), stdout) == written.size() && std::fflush(stdout) == 0) return true;
  PrintError(fmt::format("dangol: standard output cannot be written: {}\n", std::strerror(errno)));
  return false;
}

void PrintError(std::string_view text) {
  const std::string written = Escaped(text);
  std::fwrite(written.data(), 1, written.size(), stderr);
}

std::string Painted(Colour colour, std::string_view text) {
  if (colour == Colour::kPlain) return Escaped(text);
  return fmt::format("{}{}{}", colour == Colour::kGood ? kGoodMark : kBadMark, Escaped(text), kEndMark);
}

std::string WithoutColours(std::string_view text) {
  return absl::StrReplaceAll(std::string(text),
                             {{std::string(kGoodMark), ""}, {std::string(kBadMark), ""}, {std::string(kEndMark), ""}});
}

std::string Escaped(std::string_view text) {
  std::string escaped;
  size_t plain = 0;  // bytes at the beginning that stay as they are
  while (plain < text.size()) {
    const char c = text[plain];
    // Most of what is written, and a long list is written fast.
    if ((c >= ' ' && c <= '~') || c == '\n' || c == '\t') {
      ++plain;
      continue;
    }
    const Letter letter = FirstLetter(text.substr(plain));
    if (!letter.escaped) {
      plain += letter.bytes;
      continue;
    }
    escaped += text.substr(0, plain);
    escaped += ShownLetter(letter, text.substr(plain));
    text.remove_prefix(plain + letter.bytes);
    plain = 0;
  }
  return escaped.append(text);
}

size_t TerminalWidth() {
  constexpr size_t kUsual = 80;
  if (isatty(STDOUT_FILENO) != 1) return 0;
  size_t columns = 0;
  const char* given = std::getenv("COLUMNS");
  if (given != nullptr && absl::SimpleAtoi(given, &columns) && columns > 0) return columns;
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return kUsual;
}

}  // namespace dangol::cli
