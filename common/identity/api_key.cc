#include "common/identity/api_key.h"

#include <zlib.h>

#include <cstdint>
#include <cstdlib>

#include "fmt/format.h"
#include "openssl/crypto.h"
#include "openssl/evp.h"
#include "openssl/hmac.h"

#include "common/base/ids.h"
#include "common/base/text.h"

namespace dangol::identity {
namespace {

constexpr std::string_view kDigits = "abcdefghijklmnopqrstuvwxyz234567";  // RFC 4648 §6, in lower case
constexpr size_t kSecretDigits = 52;                                      // 256 bits
constexpr size_t kChecksumDigits = 7;                                     // 32 bits

std::string Base32(std::string_view bytes) {
  std::string text;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<uint8_t>(c);
    for (count += 8; count >= 5; count -= 5) text += kDigits[bits >> (count - 5) & 31];
  }
  if (count > 0) text += kDigits[bits << (5 - count) & 31];
  return text;
}

std::string Checksum(std::string_view text) {
  const auto sum =
      static_cast<uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(text.size())));
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(sum >> shift & 0xFF);
  return Base32(bytes);
}

}  // namespace

std::string ApiKey::ToText() const {
  const std::string text = fmt::format("{}{}_{}", kApiKeyPrefix, id, secret);
  return text + Checksum(text);
}

std::optional<ApiKey> ApiKey::Parse(std::string_view text) {
  if (!text.starts_with(kApiKeyPrefix)) return std::nullopt;
  const size_t end = text.rfind('_');
  if (end < kApiKeyPrefix.size() || text.size() - end - 1 != kSecretDigits + kChecksumDigits) return std::nullopt;
  ApiKey key{std::string(text.substr(kApiKeyPrefix.size(), end - kApiKeyPrefix.size())),
             std::string(text.substr(end + 1, kSecretDigits))};
  if (!IsResourceId(key.id) || key.ToText() != text) return std::nullopt;
  return key;
}

ApiKey ApiKey::Generate(std::string_view id, Runtime& runtime) {
  return {std::string(id), Base32(RandomBytes32(runtime))};
}

std::string HashOf(const ApiKey& key, std::string_view pepper) {
  const std::string text = fmt::format("{}.{}", key.id, key.secret);
  unsigned char hash[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  const auto* data = reinterpret_cast<const unsigned char*>(text.data());
  if (HMAC(EVP_sha256(), pepper.data(), static_cast<int>(pepper.size()), data, text.size(), hash, &size) == nullptr)
    std::abort();  // there is no memory left
  return EncodeBase64Url({reinterpret_cast<const char*>(hash), size});
}

bool EqualInConstantTime(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string RandomBytes32(Runtime& runtime) {
  std::string bytes;
  for (int word = 0; word < 4; ++word) {
    const uint64_t bits = runtime.RandomSecret();
    for (int shift = 0; shift < 64; shift += 8) bytes += static_cast<char>(bits >> shift & 0xFF);
  }
  return bytes;
}

}  // namespace dangol::identity
