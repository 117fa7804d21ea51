#include "common/identity/tls_folder.h"

#include <algorithm>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/identity/certificate.h"
#include "common/identity/file.h"

namespace dangol::identity {
namespace {

constexpr char kAuthority[] = "ca.crt";
constexpr char kAuthorityKey[] = "ca.key";
constexpr char kIdentity[] = "suite.pem";
constexpr int kSecretMode = 0400;
constexpr int kPublicMode = 0444;
// For clocks that differ.
constexpr absl::Duration kBeginsBefore = absl::Minutes(5);

absl::Status Refused(const char* reason, const std::string& message) {
  return Error(absl::StatusCode::kFailedPrecondition, reason, message);
}

absl::StatusOr<std::string> ReadFile(const std::string& path, bool secret) {
  absl::StatusOr<std::string> content = ReadSmallFile(path, secret);
  if (!absl::IsNotFound(content.status())) return content;
  return Refused("TLS_MISSING", fmt::format("There is no {}. `dangol tls init` makes it.", path));
}

absl::Status AtFile(const std::string& path, const absl::Status& status) {
  if (status.ok()) return status;
  return Refused("TLS_INVALID", fmt::format("Cannot use {}: {}", path, std::string(status.message())));
}

absl::Status WriteIdentity(const std::string& path, const CertifiedKey& identity) {
  return WriteSmallFile(path, identity.key.ToPem() + identity.certificate, kSecretMode);
}

}  // namespace

bool TlsFolder::exists() const { return !FileVersion(File(kAuthority)).empty(); }

absl::Status TlsFolder::AuthorityExpired() const {
  return Refused("TLS_EXPIRED",
                 fmt::format("The authority in {} has expired. Stop the suite, remove the folder, and run `dangol tls "
                             "init`.",
                             path_));
}

absl::Status TlsFolder::Create(absl::Time now) const {
  RETURN_IF_ERROR(MakeFolder(path_));
  ASSIGN_OR_RETURN(const FileLock lock, FileLock::Take(File("lock")));
  if (exists()) {
    return Refused("TLS_EXISTS",
                   fmt::format("{} has certificates already. `dangol tls rotate` makes a new one; to begin anew, stop "
                               "the suite and remove the folder.",
                               path_));
  }
  const absl::Time begin = now - kBeginsBefore;
  const CertifiedKey authority = NewAuthority(begin, now + kAuthorityLifetime);
  ASSIGN_OR_RETURN(const CertifiedKey identity,
                   NewCertificate(authority, rpc::kTlsName, begin, now + kCertificateLifetime));
  RETURN_IF_ERROR(WriteSmallFile(File(kAuthorityKey), authority.key.ToPem(), kSecretMode));
  RETURN_IF_ERROR(WriteIdentity(File(kIdentity), identity));
  // Last: by it a program sees that there is TLS.
  return WriteSmallFile(File(kAuthority), authority.certificate, kPublicMode);
}

absl::Status TlsFolder::Rotate(absl::Time now) const {
  ASSIGN_OR_RETURN(const std::string certificate, ReadFile(File(kAuthority), /*secret=*/false));
  ASSIGN_OR_RETURN(const FileLock lock, FileLock::Take(File("lock")));
  ASSIGN_OR_RETURN(const std::string pem, ReadFile(File(kAuthorityKey), /*secret=*/true));
  const absl::StatusOr<absl::Time> end = EndOf(certificate);
  RETURN_IF_ERROR(AtFile(File(kAuthority), end.status()));
  if (*end <= now) return AuthorityExpired();
  const absl::StatusOr<PrivateKey> key = PrivateKey::FromPem(pem);
  RETURN_IF_ERROR(AtFile(File(kAuthorityKey), key.status()));
  const absl::StatusOr<CertifiedKey> identity = NewCertificate({*key, certificate}, rpc::kTlsName, now - kBeginsBefore,
                                                               std::min(*end, now + kCertificateLifetime));
  RETURN_IF_ERROR(AtFile(File(kAuthorityKey), identity.status()));
  return WriteIdentity(File(kIdentity), *identity);
}

absl::StatusOr<rpc::TlsFiles> TlsFolder::Files(absl::Time now) const {
  ASSIGN_OR_RETURN(const Validity validity, Read());
  if (validity.authority_end <= now) return AuthorityExpired();
  if (validity.certificate_end <= now) {
    return Refused("TLS_EXPIRED", fmt::format("The certificate in {} has expired. Run `dangol tls rotate`.", path_));
  }
  return rpc::TlsFiles{File(kAuthority), File(kIdentity)};
}

absl::StatusOr<TlsFolder::Validity> TlsFolder::Read() const {
  ASSIGN_OR_RETURN(const std::string authority, ReadFile(File(kAuthority), /*secret=*/false));
  const absl::StatusOr<absl::Time> authority_end = EndOf(authority);
  RETURN_IF_ERROR(AtFile(File(kAuthority), authority_end.status()));
  ASSIGN_OR_RETURN(const std::string identity, ReadFile(File(kIdentity), /*secret=*/true));
  const absl::StatusOr<PrivateKey> key = PrivateKey::FromPem(identity);
  RETURN_IF_ERROR(AtFile(File(kIdentity), key.status()));
  RETURN_IF_ERROR(AtFile(File(kIdentity), CheckKey(identity, *key)));
  ASSIGN_OR_RETURN(const absl::Time certificate_end, EndOf(identity));
  return Validity{*authority_end, certificate_end};
}

}  // namespace dangol::identity
