#include "tests/fuzz/mutation.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace dangol::fuzz {
namespace {

constexpr size_t kBytesMax = 32 << 10;
constexpr int kChangesMax = 6;

// What parsers look for.
constexpr std::array<std::string_view, 28> kTokens = {"\r\n",
                                                      "\r\n\r\n",
                                                      ":",
                                                      "%",
                                                      "%2f..",
                                                      "../",
                                                      "{",
                                                      "}",
                                                      "[",
                                                      "]",
                                                      "\"",
                                                      "\\u0000",
                                                      "\\",
                                                      "\xff",
                                                      std::string_view("\0", 1),
                                                      "-1",
                                                      "18446744073709551616",
                                                      "1e999",
                                                      "0",
                                                      ",",
                                                      ";",
                                                      "=",
                                                      ".",
                                                      "chunked",
                                                      "content-length: 5\r\n",
                                                      "null",
                                                      "\xed\xa0\x80",
                                                      "@type"};

class Mutator {
 public:
  Mutator(const std::vector<std::string>& corpus, std::mt19937_64& random) : corpus_(corpus), random_(random) {}

  std::string Make() {
    text_ = Any();
    for (uint64_t left = 1 + Below(kChangesMax); left > 0; --left) Change();
    if (text_.size() > kBytesMax) text_.resize(kBytesMax);
    return std::move(text_);
  }

 private:
  // Below `end`, which may be 0.
  uint64_t Below(uint64_t end) { return end == 0 ? 0 : random_() % end; }
  const std::string& Any() { return corpus_[Below(corpus_.size())]; }
  size_t Place() { return Below(text_.size() + 1); }
  std::string Piece(const std::string& of) {
    const size_t begin = Below(of.size());
    return of.substr(begin, 1 + Below(std::min<size_t>(of.size() - begin, 64)));
  }

  void Change() {
    switch (Below(8)) {
      case 0:
        if (!text_.empty()) text_[Below(text_.size())] ^= static_cast<char>(1 << Below(8));
        return;
      case 1:
        if (!text_.empty()) text_[Below(text_.size())] = static_cast<char>(Below(256));
        return;
      case 2: {
        const size_t begin = Below(text_.size());
        text_.erase(begin, 1 + Below(std::min<size_t>(text_.size() - begin, 64)));
        return;
      }
      case 3:
        text_.insert(Place(), kTokens[Below(kTokens.size())]);
        return;
      case 4:
        text_.insert(Place(), Piece(text_));
        return;
      case 5:
        text_.insert(Place(), Piece(Any()));
        return;
      case 6:
        text_.resize(Place());
        return;
      default:
        text_.insert(Place(), std::string(1 + Below(300), static_cast<char>(Below(256))));
    }
  }

  const std::vector<std::string>& corpus_;
  std::mt19937_64& random_;
  std::string text_;
};

}  // namespace

std::string Mutated(const std::vector<std::string>& corpus, std::mt19937_64& random) {
  return Mutator(corpus, random).Make();
}

}  // namespace dangol::fuzz
