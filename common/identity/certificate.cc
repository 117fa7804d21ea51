#include "common/identity/certificate.h"

#include <ctime>
#include <memory>

#include "openssl/bn.h"
#include "openssl/pem.h"
#include "openssl/x509.h"
#include "openssl/x509v3.h"

#include "common/base/error.h"
#include "common/identity/openssl.h"

namespace dangol::identity {
namespace {

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

constexpr int kSerialBits = 127;  // 20 bytes at most, and positive (RFC 5280 §4.1.2.2)
constexpr char kAuthorityName[] = "Dangol suite";

absl::Status Invalid(const char* problem) {
  return Error(absl::StatusCode::kInvalidArgument, "CERTIFICATE_INVALID", problem);
}

Certificate ReadCertificate(std::string_view pem) {
  return {PEM_read_bio_X509(ReadBio(pem).get(), nullptr, nullptr, nullptr), X509_free};
}

void AddExtension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
      X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()), X509_EXTENSION_free);
  Require(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1);
}

// Without issuer, extensions and signature.
Certificate NewUnsigned(std::string_view name, const PrivateKey& key, absl::Time begin, absl::Time end) {
  Certificate certificate(X509_new(), X509_free);
  X509* const x509 = certificate.get();
  Require(x509 != nullptr && X509_set_version(x509, X509_VERSION_3) == 1);
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> serial(BN_new(), BN_free);
  Require(BN_rand(serial.get(), kSerialBits, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1);
  Require(BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(x509)) != nullptr);
  Require(ASN1_TIME_set(X509_getm_notBefore(x509), absl::ToTimeT(begin)) != nullptr);
  Require(ASN1_TIME_set(X509_getm_notAfter(x509), absl::ToTimeT(end)) != nullptr);
  Require(X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_ASC,
                                     reinterpret_cast<const unsigned char*>(name.data()), static_cast<int>(name.size()),
                                     -1, 0) == 1);
  Require(X509_set_pubkey(x509, key.get()) == 1);
  return certificate;
}

std::string ToPem(X509* certificate) {
  return Written([certificate](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
}

}  // namespace

CertifiedKey NewAuthority(absl::Time begin, absl::Time end) {
  PrivateKey key = PrivateKey::Generate();
  const Certificate certificate = NewUnsigned(kAuthorityName, key, begin, end);
  X509* const self = certificate.get();
  Require(X509_set_issuer_name(self, X509_get_subject_name(self)) == 1);
  AddExtension(self, self, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  AddExtension(self, self, NID_key_usage, "critical,keyCertSign,cRLSign");
  AddExtension(self, self, NID_subject_key_identifier, "hash");
  Require(X509_sign(self, key.get(), EVP_sha256()) > 0);
  return {std::move(key), ToPem(self)};
}

absl::StatusOr<CertifiedKey> NewCertificate(const CertifiedKey& authority, std::string_view name, absl::Time begin,
                                            absl::Time end) {
  if (absl::Status status = CheckKey(authority.certificate, authority.key); !status.ok()) return status;
  const Certificate issuer = ReadCertificate(authority.certificate);
  PrivateKey key = PrivateKey::Generate();
  const Certificate certificate = NewUnsigned(name, key, begin, end);
  X509* const x509 = certificate.get();
  Require(X509_set_issuer_name(x509, X509_get_subject_name(issuer.get())) == 1);
  AddExtension(x509, issuer.get(), NID_basic_constraints, "critical,CA:FALSE");
  AddExtension(x509, issuer.get(), NID_key_usage, "critical,digitalSignature");
  AddExtension(x509, issuer.get(), NID_ext_key_usage, "serverAuth,clientAuth");
  AddExtension(x509, issuer.get(), NID_subject_alt_name, "DNS:" + std::string(name));
  AddExtension(x509, issuer.get(), NID_authority_key_identifier, "keyid");
  if (X509_sign(x509, authority.key.get(), EVP_sha256()) <= 0)
    return Invalid("The authority's key cannot sign with SHA-256.");
  return CertifiedKey{std::move(key), ToPem(x509)};
}

absl::StatusOr<absl::Time> EndOf(std::string_view pem) {
  const Certificate certificate = ReadCertificate(pem);
  std::tm end{};
  if (certificate == nullptr || ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &end) != 1)
    return Invalid("It has no certificate in PEM.");
  return absl::FromTM(end, absl::UTCTimeZone());
}

absl::Status CheckKey(std::string_view pem, const PrivateKey& key) {
  const Certificate certificate = ReadCertificate(pem);
  if (certificate == nullptr) return Invalid("It has no certificate in PEM.");
  if (X509_check_private_key(certificate.get(), key.get()) != 1) return Invalid("Certificate and key do not match.");
  return absl::OkStatus();
}

}  // namespace dangol::identity
