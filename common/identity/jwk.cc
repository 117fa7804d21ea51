#include "common/identity/jwk.h"

#include <memory>
#include <optional>

#include "openssl/core_names.h"
#include "openssl/evp.h"
#include "openssl/param_build.h"
#include "openssl/pem.h"

#include "common/base/error.h"
#include "common/base/json.h"
#include "common/base/text.h"
#include "common/identity/openssl.h"

namespace dangol::identity {
namespace {

using google::protobuf::Struct;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)>;
using Number = std::unique_ptr<BIGNUM, decltype(&BN_free)>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, decltype(&OSSL_PARAM_BLD_free)>;
using Parameters = std::unique_ptr<OSSL_PARAM, decltype(&OSSL_PARAM_free)>;

constexpr size_t kCoordinateBytes = 32;  // of P-256
constexpr size_t kModulusBytesLeast = 256;
constexpr size_t kModulusBytesMax = 1024;

absl::Status NoKey() {
  return Error(absl::StatusCode::kInvalidArgument, "KEY_INVALID", "It is no JSON Web Key for ES256, RS256 or EdDSA.");
}

std::string Text(const Struct& object, const std::string& name) {
  const auto found = object.fields().find(name);
  return found == object.fields().end() ? "" : found->second.string_value();
}

std::string Bytes(const Struct& object, const std::string& name) {
  return DecodeBase64Url(Text(object, name)).value_or("");
}

const unsigned char* Data(const std::string& bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

// Null where OpenSSL takes them for no key.
Key FromParameters(const char* type, OSSL_PARAM_BLD* builder) {
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder), OSSL_PARAM_free);
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr), EVP_PKEY_CTX_free);
  EVP_PKEY* key = nullptr;
  const bool made = parameters != nullptr && context != nullptr && EVP_PKEY_fromdata_init(context.get()) == 1 &&
                    EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) == 1;
  return {made ? key : nullptr, EVP_PKEY_free};
}

Key Rsa(const Struct& jwk) {
  const std::string modulus = Bytes(jwk, "n");
  const std::string exponent = Bytes(jwk, "e");
  if (modulus.size() < kModulusBytesLeast || modulus.size() > kModulusBytesMax || exponent.empty() ||
      exponent.size() > sizeof(uint64_t))
    return {nullptr, EVP_PKEY_free};
  const Number n(BN_bin2bn(Data(modulus), static_cast<int>(modulus.size()), nullptr), BN_free);
  const Number e(BN_bin2bn(Data(exponent), static_cast<int>(exponent.size()), nullptr), BN_free);
  const Builder builder(OSSL_PARAM_BLD_new(), OSSL_PARAM_BLD_free);
  Require(OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) == 1);
  Require(OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) == 1);
  return FromParameters("RSA", builder.get());
}

Key Ec(const Struct& jwk) {
  const std::string x = Bytes(jwk, "x");
  const std::string y = Bytes(jwk, "y");
  if (Text(jwk, "crv") != "P-256" || x.size() != kCoordinateBytes || y.size() != kCoordinateBytes)
    return {nullptr, EVP_PKEY_free};
  const std::string point = "\x04" + x + y;  // not compressed (SEC 1 §2.3.3)
  const Builder builder(OSSL_PARAM_BLD_new(), OSSL_PARAM_BLD_free);
  Require(OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) == 1);
  Require(OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) == 1);
  return FromParameters("EC", builder.get());
}

Key Ed25519(const Struct& jwk) {
  const std::string x = Bytes(jwk, "x");
  if (Text(jwk, "crv") != "Ed25519") return {nullptr, EVP_PKEY_free};
  return {EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Data(x), x.size()), EVP_PKEY_free};
}

}  // namespace

absl::StatusOr<PublicKey> KeyFromJwk(const Struct& jwk) {
  const std::string type = Text(jwk, "kty");
  Key key(nullptr, EVP_PKEY_free);
  if (type == "RSA") key = Rsa(jwk);
  if (type == "EC") key = Ec(jwk);
  if (type == "OKP") key = Ed25519(jwk);
  if (key == nullptr) return NoKey();
  // What a key must be is said in one place.
  const auto public_key = PublicKey::FromPem(Written([&](BIO* bio) { return PEM_write_bio_PUBKEY(bio, key.get()); }));
  const std::string algorithm = Text(jwk, "alg");
  const bool fits = public_key.ok() && (algorithm.empty() || algorithm == AlgorithmName(public_key->algorithm()));
  return fits ? public_key : NoKey();
}

absl::StatusOr<PublicKeys> ParseJwkSet(std::string_view json) {
  Struct set;
  if (!FromJson(json, set).ok() || !set.fields().contains("keys")) return NoKey();
  PublicKeys keys;
  for (const auto& value : set.fields().at("keys").list_value().values()) {
    const Struct& jwk = value.struct_value();
    const std::string use = Text(jwk, "use");
    std::string id = Text(jwk, "kid");
    if (!use.empty() && use != "sig") continue;
    // As no provider calls one.
    if (id.empty()) id = std::string("\0", 1) + std::to_string(keys.size());
    absl::StatusOr<PublicKey> key = KeyFromJwk(jwk);
    if (key.ok()) keys.insert_or_assign(std::move(id), *std::move(key));
  }
  return keys;
}

}  // namespace dangol::identity
