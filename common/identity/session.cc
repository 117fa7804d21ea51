#include "common/identity/session.h"

#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>

#include "fmt/format.h"
#include "google/protobuf/struct.pb.h"
#include "openssl/evp.h"

#include "common/base/error.h"
#include "common/base/json.h"
#include "common/base/status_macros.h"
#include "common/base/text.h"
#include "common/identity/api_key.h"
#include "common/identity/suite_token.h"

namespace dangol::identity {
namespace {

using google::protobuf::Struct;

constexpr size_t kNonceBytes = 12;
constexpr size_t kTagBytes = 16;
constexpr size_t kSealedBytesMax = 4 << 10;  // as a browser keeps of a cookie

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
int Size(std::string_view text) { return static_cast<int>(text.size()); }

absl::Status Invalid() {
  return Error(absl::StatusCode::kUnauthenticated, "CREDENTIAL_INVALID",
               "The session is not valid. Sign in again: `dangol login` prints a link.");
}

absl::Status Ended() {
  return Error(absl::StatusCode::kUnauthenticated, "CREDENTIAL_EXPIRED",
               "The session has ended. Sign in again: `dangol login` prints a link.");
}

// The key's id is authenticated with what it sealed.
std::string Encrypt(std::string_view key_id, std::string_view key, std::string_view nonce, std::string_view text) {
  const Context context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  std::string sealed(text.size() + kTagBytes, '\0');
  int size = 0;
  const bool done =
      EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, Bytes(key), Bytes(nonce)) == 1 &&
      EVP_EncryptUpdate(context.get(), nullptr, &size, Bytes(key_id), Size(key_id)) == 1 &&
      EVP_EncryptUpdate(context.get(), Bytes(sealed), &size, Bytes(text), Size(text)) == 1 &&
      EVP_EncryptFinal_ex(context.get(), Bytes(sealed) + size, &size) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, Bytes(sealed) + text.size()) == 1;
  if (!done) std::abort();  // there is no memory left
  return sealed;
}

std::optional<std::string> Decrypt(std::string_view key_id, std::string_view key, std::string_view nonce,
                                   std::string_view sealed) {
  const Context context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  std::string tag(sealed.substr(sealed.size() - kTagBytes));
  sealed.remove_suffix(kTagBytes);
  std::string text(sealed.size(), '\0');
  int size = 0;
  const bool done = EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, Bytes(key), Bytes(nonce)) == 1 &&
                    EVP_DecryptUpdate(context.get(), nullptr, &size, Bytes(key_id), Size(key_id)) == 1 &&
                    EVP_DecryptUpdate(context.get(), Bytes(text), &size, Bytes(sealed), Size(sealed)) == 1 &&
                    EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, Bytes(tag)) == 1 &&
                    EVP_DecryptFinal_ex(context.get(), Bytes(text) + size, &size) == 1;
  return done ? std::optional(std::move(text)) : std::nullopt;
}

double Number(const Struct& claims, const std::string& name) {
  const auto found = claims.fields().find(name);
  return found == claims.fields().end() ? 0 : found->second.number_value();
}

}  // namespace

Session NewSession(rpc::Principal principal, Runtime& runtime) {
  const absl::Time now = runtime.Now();
  return {EncodeBase64Url(RandomBytes32(runtime).substr(0, 16)), std::move(principal), now, now};
}

std::string Seal(const Session& session, const SessionKeys& keys, Runtime& runtime) {
  const auto& [key_id, key] = *keys.rbegin();
  Struct claims = ToClaims(session.principal, session.begin, kSessionAgeMax);
  (*claims.mutable_fields())["jti"].set_string_value(session.id);
  (*claims.mutable_fields())["used"].set_number_value(static_cast<double>(absl::ToUnixSeconds(session.used)));
  const std::string nonce = RandomBytes32(runtime).substr(0, kNonceBytes);
  return fmt::format("{}.{}", key_id,
                     EncodeBase64Url(nonce + Encrypt(key_id, key, nonce, ToJson(claims, JsonStyle::kCompact))));
}

absl::StatusOr<Session> Open(std::string_view sealed, const SessionKeys& keys, absl::Time now) {
  const size_t dot = sealed.rfind('.');  // an id may have one
  if (sealed.size() > kSealedBytesMax || dot == std::string_view::npos) return Invalid();
  const std::string_view key_id = sealed.substr(0, dot);
  const auto key = keys.find(key_id);
  const std::optional<std::string> bytes = DecodeBase64Url(sealed.substr(dot + 1));
  if (key == keys.end() || !bytes || bytes->size() < kNonceBytes + kTagBytes) return Invalid();
  const std::string_view all = *bytes;
  const std::optional<std::string> text =
      Decrypt(key_id, key->second, all.substr(0, kNonceBytes), all.substr(kNonceBytes));
  Struct claims;
  if (!text || !FromJson(*text, claims).ok()) return Invalid();
  Session session{claims.fields().at("jti").string_value(), ToPrincipal(claims),
                  absl::FromUnixSeconds(static_cast<int64_t>(Number(claims, "iat"))),
                  absl::FromUnixSeconds(static_cast<int64_t>(Number(claims, "used")))};
  if (now >= session.begin + kSessionAgeMax || now >= session.used + kSessionIdleMax) return Ended();
  return session;
}

}  // namespace dangol::identity
