// Keys that sign and keys that verify, over OpenSSL. A key carries its algorithm: nothing that is to be verified says
// by which one. RFC 7518 and RFC 8037: ES256 (P-256), RS256 (RSA of 2048 bits at least), EdDSA (Ed25519). Thread-safe.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "openssl/types.h"

namespace dangol::identity {

enum class Algorithm { kEs256, kRs256, kEdDsa };

// As the header `alg` of a JWT has it.
std::string_view AlgorithmName(Algorithm algorithm);

class PublicKey {
 public:
  // `-----BEGIN PUBLIC KEY-----`. INVALID_ARGUMENT, reason KEY_INVALID, for what is no key of one of the algorithms.
  static absl::StatusOr<PublicKey> FromPem(std::string_view pem);
  std::string ToPem() const;

  Algorithm algorithm() const { return algorithm_; }
  // `signature` as a JWS has it, decoded.
  bool Verify(std::string_view text, std::string_view signature) const;

 private:
  friend class PrivateKey;
  PublicKey(std::shared_ptr<EVP_PKEY> key, Algorithm algorithm) : key_(std::move(key)), algorithm_(algorithm) {}

  std::shared_ptr<EVP_PKEY> key_;
  Algorithm algorithm_;
};

class PrivateKey {
 public:
  // A new one, for ES256.
  static PrivateKey Generate();
  // `-----BEGIN PRIVATE KEY-----`. As PublicKey::FromPem.
  static absl::StatusOr<PrivateKey> FromPem(std::string_view pem);
  std::string ToPem() const;

  const PublicKey& public_key() const { return public_key_; }
  // For OpenSSL; as long as this object lasts.
  EVP_PKEY* get() const { return public_key_.key_.get(); }
  // As a JWS has it, before it is encoded.
  std::string Sign(std::string_view text) const;

 private:
  explicit PrivateKey(PublicKey key) : public_key_(std::move(key)) {}

  PublicKey public_key_;  // OpenSSL keeps both parts in one object
};

}  // namespace dangol::identity
