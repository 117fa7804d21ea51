#include "common/base/sha256_state.h"

#include <cstdint>
#include <cstring>

// EVP, which is advised instead, has no state that can be stored.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace dangol {
namespace {

constexpr size_t kWords = 8;
constexpr size_t kFixedBytes = (kWords + 2) * 4;  // the words of the hash, and how many bytes it is of

void Append(std::string& bytes, uint32_t word) {
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(word >> shift));
}

uint32_t WordAt(std::string_view bytes, size_t index) {
  uint32_t word = 0;
  for (size_t i = 0; i < 4; ++i) word = word << 8 | static_cast<unsigned char>(bytes[index * 4 + i]);
  return word;
}

absl::StatusOr<SHA256_CTX> Load(std::string_view state) {
  SHA256_CTX context;
  SHA256_Init(&context);
  if (state.empty()) return context;
  if (state.size() < kFixedBytes) return InternalError("a state of SHA-256 is too short");
  for (size_t i = 0; i < kWords; ++i) context.h[i] = WordAt(state, i);
  const uint64_t size = uint64_t{WordAt(state, kWords)} << 32 | WordAt(state, kWords + 1);
  const std::string_view rest = state.substr(kFixedBytes);
  if (rest.size() != size % SHA256_CBLOCK) return InternalError("a state of SHA-256 has another length than it says");
  // OpenSSL counts bits.
  context.Nl = static_cast<uint32_t>(size << 3);
  context.Nh = static_cast<uint32_t>(size >> 29);
  context.num = static_cast<unsigned int>(rest.size());
  std::memcpy(context.data, rest.data(), rest.size());
  return context;
}

std::string Store(const SHA256_CTX& context) {
  std::string state;
  for (const uint32_t word : context.h) Append(state, word);
  const uint64_t size = (uint64_t{context.Nh} << 32 | context.Nl) >> 3;
  Append(state, static_cast<uint32_t>(size >> 32));
  Append(state, static_cast<uint32_t>(size));
  return state.append(reinterpret_cast<const char*>(context.data), context.num);
}

}  // namespace

absl::StatusOr<std::string> AddToSha256(std::string_view state, std::string_view bytes) {
  ASSIGN_OR_RETURN(SHA256_CTX context, Load(state));
  SHA256_Update(&context, bytes.data(), bytes.size());
  return Store(context);
}

absl::StatusOr<std::string> Sha256OfState(std::string_view state) {
  ASSIGN_OR_RETURN(SHA256_CTX context, Load(state));
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256_Final(reinterpret_cast<unsigned char*>(digest.data()), &context);
  return digest;
}

}  // namespace dangol
