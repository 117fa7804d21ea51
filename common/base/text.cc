#include "common/base/text.h"

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"
#include <openssl/sha.h>

namespace dangol {
namespace {

absl::string_view ToAbsl(std::string_view text) { return {text.data(), text.size()}; }

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

std::string EncodeBase64Url(std::string_view bytes) { return absl::WebSafeBase64Escape(ToAbsl(bytes)); }

std::optional<std::string> DecodeBase64Url(std::string_view text) {
  std::string bytes;
  if (!absl::WebSafeBase64Unescape(ToAbsl(text), &bytes)) return std::nullopt;
  return bytes;
}

std::string Sha256(std::string_view bytes) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

std::string EncodeHex(std::string_view bytes) { return absl::BytesToHexString(ToAbsl(bytes)); }

}  // namespace dangol
