#include "common/base/text.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"
#include "fmt/format.h"
#include <openssl/evp.h>
#include <openssl/sha.h>

namespace dangol {
namespace {

absl::string_view ToAbsl(std::string_view text) { return {text.data(), text.size()}; }

struct Range {
  char32_t first;
  char32_t last;
};

// In order, so that they can be searched.
constexpr Range kInvisible[] = {
    {0x0000, 0x0020},    // controls, space
    {0x007F, 0x00A0},    // controls, no-break space
    {0x00AD, 0x00AD},    // soft hyphen
    {0x034F, 0x034F},    // combining grapheme joiner
    {0x061C, 0x061C},    // Arabic letter mark
    {0x115F, 0x1160},    // Hangul fillers
    {0x1680, 0x1680},    // Ogham space
    {0x17B4, 0x17B5},    // Khmer inherent vowels
    {0x180B, 0x180F},    // Mongolian selectors
    {0x2000, 0x200F},    // spaces, joiners, marks of direction
    {0x2028, 0x202F},    // separators, embeddings, narrow space
    {0x205F, 0x206F},    // mathematical space, word joiner, isolates
    {0x2800, 0x2800},    // blank Braille pattern
    {0x3000, 0x3000},    // ideographic space
    {0x3164, 0x3164},    // Hangul filler
    {0xFDD0, 0xFDEF},    // noncharacters
    {0xFE00, 0xFE0F},    // variation selectors
    {0xFEFF, 0xFEFF},    // byte order mark
    {0xFFA0, 0xFFA0},    // halfwidth Hangul filler
    {0xFFF0, 0xFFFB},    // reserved, interlinear annotation
    {0xFFFE, 0xFFFF},    // noncharacters
    {0x16FE4, 0x16FE4},  // Khitan filler
    {0x1BCA0, 0x1BCA3},  // shorthand format controls
    {0x1D159, 0x1D159},  // null notehead
    {0x1D173, 0x1D17A},  // musical format controls
    {0xE0000, 0xE0FFF},  // tags, variation selectors
};

}  // namespace

bool IsValidUtf8(std::string_view text) {
  const auto* p = reinterpret_cast<const unsigned char*>(text.data());
  const auto* end = p + text.size();
  auto continues = [&](int i) { return p + i < end && (p[i] & 0xC0) == 0x80; };
  while (p < end) {
    if (p[0] < 0x80) {
      p += 1;
    } else if (p[0] >= 0xC2 && p[0] <= 0xDF && continues(1)) {
      p += 2;
    } else if (p[0] >= 0xE0 && p[0] <= 0xEF && continues(1) && continues(2) && !(p[0] == 0xE0 && p[1] < 0xA0) &&
               !(p[0] == 0xED && p[1] > 0x9F)) {
      p += 3;
    } else if (p[0] >= 0xF0 && p[0] <= 0xF4 && continues(1) && continues(2) && continues(3) &&
               !(p[0] == 0xF0 && p[1] < 0x90) && !(p[0] == 0xF4 && p[1] > 0x8F)) {
      p += 4;
    } else {
      return false;
    }
  }
  return true;
}

char32_t TakeCodePoint(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text.front());
  const size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  char32_t code_point = size == 1 ? first : first & (0x7FU >> size);
  for (size_t i = 1; i < size; ++i) code_point = (code_point << 6) | (static_cast<unsigned char>(text[i]) & 0x3FU);
  text.remove_prefix(size);
  return code_point;
}

bool IsControl(char32_t code_point) { return code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0); }

bool IsVisible(char32_t code_point) {
  const Range* found = std::ranges::lower_bound(kInvisible, code_point, {}, &Range::last);
  const bool is_listed = found != std::end(kInvisible) && found->first <= code_point;
  return !is_listed && (code_point & 0xFFFE) != 0xFFFE;  // the last two of each plane are noncharacters
}

std::string EscapeInvisible(std::string_view text) {
  std::string escaped;
  const bool readable = IsValidUtf8(text);
  while (!text.empty()) {
    const auto byte = static_cast<unsigned char>(text.front());
    if (byte < 0x20 || byte == 0x7f || (byte >= 0x80 && !readable)) {
      escaped += fmt::format("\\x{:02x}", byte);
      text.remove_prefix(1);
      continue;
    }
    const std::string_view before = text;
    const char32_t code_point = TakeCodePoint(text);
    if (code_point == ' ' || IsVisible(code_point)) {
      escaped += before.substr(0, before.size() - text.size());
    } else {
      escaped += fmt::format("\\u{{{:x}}}", static_cast<uint32_t>(code_point));
    }
  }
  return escaped;
}

std::string FormatCodePoint(char32_t code_point) { return fmt::format("U+{:04X}", static_cast<uint32_t>(code_point)); }

std::string EncodeBase64Url(std::string_view bytes) { return absl::WebSafeBase64Escape(ToAbsl(bytes)); }

std::optional<std::string> DecodeBase64Url(std::string_view text) {
  std::string bytes;
  if (!absl::WebSafeBase64Unescape(ToAbsl(text), &bytes)) return std::nullopt;
  return bytes;
}

std::string Sha256(std::string_view bytes) {
  // SHA256() of OpenSSL 3 looks the algorithm up at each call, and EVP_Digest() allocates what it works with.
  static EVP_MD* const kAlgorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  const bool done = EVP_DigestInit_ex(context.get(), kAlgorithm, nullptr) == 1 &&
                    EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) == 1 &&
                    EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char*>(digest.data()), nullptr) == 1;
  if (!done) std::abort();  // there is no memory left
  return digest;
}

std::string EncodeHex(std::string_view bytes) { return absl::BytesToHexString(ToAbsl(bytes)); }

}  // namespace dangol
