#include "common/identity/seal.h"

#include <cstdlib>
#include <memory>

#include "fmt/format.h"
#include "openssl/evp.h"

#include "common/base/text.h"
#include "common/identity/api_key.h"

namespace dangol::identity {
namespace {

constexpr size_t kNonceBytes = 12;
constexpr size_t kTagBytes = 16;
constexpr size_t kSealedBytesMax = 4 << 10;  // as a browser keeps of a cookie

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
int Size(std::string_view text) { return static_cast<int>(text.size()); }

// The key's id and the purpose are authenticated with what was sealed.
std::string Bound(std::string_view key_id, std::string_view purpose) { return fmt::format("{}\n{}", key_id, purpose); }

std::string Encrypt(std::string_view bound, std::string_view key, std::string_view nonce, std::string_view text) {
  const Context context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  std::string sealed(text.size() + kTagBytes, '\0');
  int size = 0;
  const bool done =
      EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, Bytes(key), Bytes(nonce)) == 1 &&
      EVP_EncryptUpdate(context.get(), nullptr, &size, Bytes(bound), Size(bound)) == 1 &&
      EVP_EncryptUpdate(context.get(), Bytes(sealed), &size, Bytes(text), Size(text)) == 1 &&
      EVP_EncryptFinal_ex(context.get(), Bytes(sealed) + size, &size) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, Bytes(sealed) + text.size()) == 1;
  if (!done) std::abort();  // there is no memory left
  return sealed;
}

std::optional<std::string> Decrypt(std::string_view bound, std::string_view key, std::string_view nonce,
                                   std::string_view sealed) {
  const Context context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  std::string tag(sealed.substr(sealed.size() - kTagBytes));
  sealed.remove_suffix(kTagBytes);
  std::string text(sealed.size(), '\0');
  int size = 0;
  const bool done = EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, Bytes(key), Bytes(nonce)) == 1 &&
                    EVP_DecryptUpdate(context.get(), nullptr, &size, Bytes(bound), Size(bound)) == 1 &&
                    EVP_DecryptUpdate(context.get(), Bytes(text), &size, Bytes(sealed), Size(sealed)) == 1 &&
                    EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, Bytes(tag)) == 1 &&
                    EVP_DecryptFinal_ex(context.get(), Bytes(text) + size, &size) == 1;
  return done ? std::optional(std::move(text)) : std::nullopt;
}

}  // namespace

std::string SealText(std::string_view purpose, std::string_view text, const SealKeys& keys, Runtime& runtime) {
  const auto& [key_id, key] = *keys.rbegin();
  const std::string nonce = RandomBytes32(runtime).substr(0, kNonceBytes);
  return fmt::format("{}.{}", key_id, EncodeBase64Url(nonce + Encrypt(Bound(key_id, purpose), key, nonce, text)));
}

std::optional<std::string> OpenText(std::string_view purpose, std::string_view sealed, const SealKeys& keys) {
  const size_t dot = sealed.rfind('.');  // an id may have one
  if (sealed.size() > kSealedBytesMax || dot == std::string_view::npos) return std::nullopt;
  const std::string_view key_id = sealed.substr(0, dot);
  const auto key = keys.find(key_id);
  const std::optional<std::string> bytes = DecodeBase64Url(sealed.substr(dot + 1));
  if (key == keys.end() || !bytes || bytes->size() < kNonceBytes + kTagBytes) return std::nullopt;
  const std::string_view all = *bytes;
  return Decrypt(Bound(key_id, purpose), key->second, all.substr(0, kNonceBytes), all.substr(kNonceBytes));
}

}  // namespace dangol::identity
