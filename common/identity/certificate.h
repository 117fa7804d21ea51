// X.509 certificates of a suite's own authority, over OpenSSL: P-256 and SHA-256. PEM everywhere.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/identity/key.h"

namespace dangol::identity {

struct CertifiedKey {
  PrivateKey key;
  std::string certificate;
};

// An authority: its certificate is signed by itself, and may sign others.
CertifiedKey NewAuthority(absl::Time begin, absl::Time end);
// A program's certificate, for servers and clients; `name` is its subject and its only alternative name.
// INVALID_ARGUMENT, reason CERTIFICATE_INVALID, where the authority cannot sign.
absl::StatusOr<CertifiedKey> NewCertificate(const CertifiedKey& authority, std::string_view name, absl::Time begin,
                                            absl::Time end);

// When the first certificate ends. INVALID_ARGUMENT, reason CERTIFICATE_INVALID.
absl::StatusOr<absl::Time> EndOf(std::string_view pem);
// Whether the first certificate is of the key. INVALID_ARGUMENT, reason CERTIFICATE_INVALID.
absl::Status CheckKey(std::string_view pem, const PrivateKey& key);

}  // namespace dangol::identity
