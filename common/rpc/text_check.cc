#include "common/rpc/text_check.h"

#include <cstdint>
#include <cstring>
#include <vector>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/text.h"

namespace dangol::rpc {
namespace {

// Unicode Standard Annex #9, explicit directional formatting characters.
constexpr char32_t kLeftToRightEmbedding = 0x202A;
constexpr char32_t kRightToLeftEmbedding = 0x202B;
constexpr char32_t kPopEmbedding = 0x202C;
constexpr char32_t kLeftToRightOverride = 0x202D;
constexpr char32_t kRightToLeftOverride = 0x202E;
constexpr char32_t kFirstIsolate = 0x2066;
constexpr char32_t kLastIsolate = 0x2068;
constexpr char32_t kPopIsolate = 0x2069;
constexpr char32_t kLineSeparator = 0x2028;
constexpr char32_t kParagraphSeparator = 0x2029;
constexpr size_t kShownMax = 4;

bool BreaksLine(char32_t c) {
  return c == '\n' || c == '\r' || c == '\t' || c == kLineSeparator || c == kParagraphSeparator;
}

// What a text holds that it must not; empty: nothing.
std::string ForbiddenProblem(std::string_view text, char32_t c, bool multi_line) {
  const auto problem = [&](std::string_view why) {
    return fmt::format("{} holds {}, {}.", ShownValue(text), FormatCodePoint(c), why);
  };
  if (BreaksLine(c)) return multi_line ? "" : problem("and is one line. Write a space instead");
  if (IsControl(c)) return problem("a control character. Remove it");
  if (c == kLeftToRightOverride || c == kRightToLeftOverride) {
    return problem("which turns the direction of what follows. Remove it");
  }
  return "";
}

// The controls of direction that are open, innermost last.
class Directions {
 public:
  // False: `c` closes what is not open.
  bool Take(char32_t c) {
    if (c == kLeftToRightEmbedding || c == kRightToLeftEmbedding) open_.push_back(kPopEmbedding);
    if (c >= kFirstIsolate && c <= kLastIsolate) open_.push_back(kPopIsolate);
    if (c != kPopEmbedding && c != kPopIsolate) return true;
    if (open_.empty() || open_.back() != c) return false;
    open_.pop_back();
    return true;
  }
  // What would close the innermost; 0: nothing is open.
  char32_t missing() const { return open_.empty() ? 0 : open_.back(); }

 private:
  std::vector<char32_t> open_;
};

// True: each of eight bytes is one of ASCII's from the space to the tilde.
bool ArePlain(uint64_t bytes) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  const uint64_t not_deletes = bytes ^ (0x7F * kOnes);
  const uint64_t below_space = bytes - ' ' * kOnes;  // one that borrows is below it itself
  const uint64_t deletes = (not_deletes - kOnes) & ~not_deletes;
  return ((bytes | below_space | deletes) & (0x80 * kOnes)) == 0;
}

// How many bytes at the beginning are.
size_t PlainBytes(std::string_view text) {
  size_t size = 0;
  for (uint64_t word = 0; size + sizeof(word) <= text.size(); size += sizeof(word)) {
    std::memcpy(&word, text.data() + size, sizeof(word));
    if (!ArePlain(word)) break;
  }
  while (size < text.size() && text[size] >= ' ' && text[size] < '\x7f') ++size;
  return size;
}

std::string BlankProblem(std::string_view text) {
  std::string held;
  std::string_view rest = text;
  for (size_t i = 0; i < kShownMax && !rest.empty(); ++i) {
    held += (held.empty() ? "" : ", ") + FormatCodePoint(TakeCodePoint(rest));
  }
  return fmt::format("{} shows nothing: it holds {}{}. Write what can be seen.", ShownValue(text), held,
                     rest.empty() ? "" : " …");
}

}  // namespace

std::string TextFormProblem(std::string_view text, bool multi_line) {
  bool visible = false;
  Directions directions;
  for (std::string_view rest = text; !rest.empty();) {
    if (const std::string_view plain = rest.substr(0, PlainBytes(rest)); !plain.empty()) {  // most of most texts
      visible = visible || plain.find_first_not_of(' ') != std::string_view::npos;
      rest.remove_prefix(plain.size());
      continue;
    }
    const char32_t c = TakeCodePoint(rest);
    if (std::string problem = ForbiddenProblem(text, c, multi_line); !problem.empty()) return problem;
    if (!multi_line && !directions.Take(c)) {
      return fmt::format("{} holds {}, which ends nothing. Remove it.", ShownValue(text), FormatCodePoint(c));
    }
    visible = visible || IsVisible(c);
  }
  if (directions.missing() != 0) {
    return fmt::format("{} turns the direction of what follows it. Add {} at its end, or remove what begins it.",
                       ShownValue(text), FormatCodePoint(directions.missing()));
  }
  return visible ? "" : BlankProblem(text);
}

}  // namespace dangol::rpc
