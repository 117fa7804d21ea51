#include "common/identity/key.h"

#include <cstdlib>
#include <optional>

#include "openssl/ec.h"
#include "openssl/ecdsa.h"
#include "openssl/evp.h"
#include "openssl/objects.h"
#include "openssl/pem.h"
#include "openssl/rsa.h"

#include "common/base/error.h"
#include "common/identity/openssl.h"

namespace dangol::identity {
namespace {

constexpr int kRsaBitsLeast = 2048;
// Of P-256: a JWS has both numbers of a signature with their full width (RFC 7518 §3.4), OpenSSL has DER.
constexpr size_t kNumberBytes = 32;

using DigestContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;
using EcSignature = std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)>;

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::optional<Algorithm> AlgorithmOf(const EVP_PKEY* key) {
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_ED25519:
      return Algorithm::kEdDsa;
    case EVP_PKEY_RSA:
      if (EVP_PKEY_get_bits(key) < kRsaBitsLeast) return std::nullopt;
      return Algorithm::kRs256;
    case EVP_PKEY_EC: {
      char group[64];
      size_t size = 0;
      const bool named = EVP_PKEY_get_group_name(key, group, sizeof(group), &size) == 1;
      if (!named || OBJ_txt2nid(group) != NID_X9_62_prime256v1) return std::nullopt;
      return Algorithm::kEs256;
    }
    default:
      return std::nullopt;
  }
}

const EVP_MD* DigestOf(Algorithm algorithm) { return algorithm == Algorithm::kEdDsa ? nullptr : EVP_sha256(); }

// A passphrase is never asked for.
int NoPassphrase(char*, int, int, void*) { return -1; }

absl::Status NoKey() {
  return Error(
      absl::StatusCode::kInvalidArgument, "KEY_INVALID",
      "It is no key in PEM for ES256 (P-256), RS256 (RSA of 2048 bits at least) or EdDSA (Ed25519), or it has a "
      "passphrase. Make one with `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256`.");
}

std::string DerFromNumbers(std::string_view numbers) {
  if (numbers.size() != 2 * kNumberBytes) return "";
  const EcSignature signature(ECDSA_SIG_new(), ECDSA_SIG_free);
  BIGNUM* r = BN_bin2bn(Bytes(numbers), kNumberBytes, nullptr);
  BIGNUM* s = BN_bin2bn(Bytes(numbers) + kNumberBytes, kNumberBytes, nullptr);
  Require(ECDSA_SIG_set0(signature.get(), r, s) == 1);
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &der);
  std::string bytes(reinterpret_cast<char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return bytes;
}

std::string NumbersFromDer(std::string_view der) {
  const unsigned char* data = Bytes(der);
  const EcSignature signature(d2i_ECDSA_SIG(nullptr, &data, static_cast<long>(der.size())), ECDSA_SIG_free);
  Require(signature != nullptr);
  std::string numbers(2 * kNumberBytes, '\0');
  auto* out = reinterpret_cast<unsigned char*>(numbers.data());
  BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), out, kNumberBytes);
  BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), out + kNumberBytes, kNumberBytes);
  return numbers;
}

}  // namespace

std::string_view AlgorithmName(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kEs256:
      return "ES256";
    case Algorithm::kRs256:
      return "RS256";
    case Algorithm::kEdDsa:
      return "EdDSA";
  }
  std::abort();
}

absl::StatusOr<PublicKey> PublicKey::FromPem(std::string_view pem) {
  const Bio bio = ReadBio(pem);
  const std::shared_ptr<EVP_PKEY> key(PEM_read_bio_PUBKEY(bio.get(), nullptr, NoPassphrase, nullptr), EVP_PKEY_free);
  const std::optional<Algorithm> algorithm = key == nullptr ? std::nullopt : AlgorithmOf(key.get());
  if (!algorithm) return NoKey();
  return PublicKey(key, *algorithm);
}

std::string PublicKey::ToPem() const {
  return Written([this](BIO* bio) { return PEM_write_bio_PUBKEY(bio, key_.get()); });
}

bool PublicKey::Verify(std::string_view text, std::string_view signature) const {
  std::string der;
  if (algorithm_ == Algorithm::kEs256) {
    der = DerFromNumbers(signature);
    signature = der;
  }
  if (signature.empty()) return false;
  const DigestContext context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  return EVP_DigestVerifyInit(context.get(), nullptr, DigestOf(algorithm_), nullptr, key_.get()) == 1 &&
         EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(text), text.size()) == 1;
}

PrivateKey PrivateKey::Generate() {
  const std::shared_ptr<EVP_PKEY> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  Require(key != nullptr);
  return PrivateKey(PublicKey(key, Algorithm::kEs256));
}

absl::StatusOr<PrivateKey> PrivateKey::FromPem(std::string_view pem) {
  const Bio bio = ReadBio(pem);
  const std::shared_ptr<EVP_PKEY> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassphrase, nullptr),
                                      EVP_PKEY_free);
  const std::optional<Algorithm> algorithm = key == nullptr ? std::nullopt : AlgorithmOf(key.get());
  if (!algorithm) return NoKey();
  return PrivateKey(PublicKey(key, *algorithm));
}

std::string PrivateKey::ToPem() const {
  return Written(
      [this](BIO* bio) { return PEM_write_bio_PKCS8PrivateKey(bio, get(), nullptr, nullptr, 0, nullptr, nullptr); });
}

std::string PrivateKey::Sign(std::string_view text) const {
  EVP_PKEY* const key = get();
  const DigestContext context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  size_t size = 0;
  Require(EVP_DigestSignInit(context.get(), nullptr, DigestOf(public_key_.algorithm_), nullptr, key) == 1);
  Require(EVP_DigestSign(context.get(), nullptr, &size, Bytes(text), text.size()) == 1);
  std::string signature(size, '\0');
  auto* const out = reinterpret_cast<unsigned char*>(signature.data());
  Require(EVP_DigestSign(context.get(), out, &size, Bytes(text), text.size()) == 1);
  signature.resize(size);
  return public_key_.algorithm_ == Algorithm::kEs256 ? NumbersFromDer(signature) : signature;
}

}  // namespace dangol::identity
