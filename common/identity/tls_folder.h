// The certificates by which the programs of a suite know each other, in a folder such as `data/tls`:
//
//   ca.crt     the certificate of the suite's own authority: whoever it signed belongs to the suite
//   ca.key     its private key; only `dangol tls` needs it
//   suite.pem  private key and certificate of the programs
//
// A program needs ca.crt and suite.pem.
#pragma once

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/rpc/tls.h"

namespace dangol::identity {

inline constexpr absl::Duration kAuthorityLifetime = absl::Hours(24 * 3650);
inline constexpr absl::Duration kCertificateLifetime = absl::Hours(24 * 90);

class TlsFolder {
 public:
  explicit TlsFolder(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }
  bool exists() const;

  // A new authority and a certificate of it. FAILED_PRECONDITION, reason TLS_EXISTS or KEYS_UNWRITABLE.
  absl::Status Create(absl::Time now) const;
  // A new certificate of the same authority; it does not outlive the authority. Programs that run take it for new
  // connections within some seconds. FAILED_PRECONDITION, reason TLS_MISSING, TLS_INVALID, TLS_EXPIRED or
  // KEYS_UNWRITABLE.
  absl::Status Rotate(absl::Time now) const;

  // For a program that starts. FAILED_PRECONDITION, reason TLS_MISSING, TLS_INVALID or TLS_EXPIRED.
  absl::StatusOr<rpc::TlsFiles> Files(absl::Time now) const;

  struct Validity {
    absl::Time authority_end;
    absl::Time certificate_end;
  };
  // FAILED_PRECONDITION, reason TLS_MISSING or TLS_INVALID.
  absl::StatusOr<Validity> Read() const;

 private:
  std::string File(const char* name) const { return path_ + "/" + name; }
  absl::Status AuthorityExpired() const;

  const std::string path_;
};

}  // namespace dangol::identity
