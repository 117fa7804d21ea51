#include "cli/command/similar.h"

#include <algorithm>
#include <utility>

namespace dangol::cli {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

// Levenshtein, "Binary codes capable of correcting deletions, insertions and reversals", 1966.
size_t Distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (Lower(a[i - 1]) == Lower(b[j - 1]) ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({replaced, row[j] + 1, row[j - 1] + 1}));
    }
  }
  return row[b.size()];
}

std::string Nearest(std::string_view given, const std::vector<std::string>& names) {
  // Half of it wrong is another word.
  constexpr size_t kGivenMax = 64;
  size_t least = std::max<size_t>(2, given.size() / 2);
  std::string nearest;
  if (given.size() > kGivenMax) return nearest;
  for (const std::string& name : names) {
    // What is begun is meant, too: `acknowledge` for `ack`, `mess` for `messages`.
    const bool begun = given.size() >= 2 && name.size() >= 2 && (name.starts_with(given) || given.starts_with(name));
    const size_t distance = begun ? 1 : Distance(given, name);
    if (distance > least || (distance == least && !nearest.empty())) continue;
    least = distance;
    nearest = name;
  }
  return nearest;
}

}  // namespace dangol::cli
