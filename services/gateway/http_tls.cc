#include "services/gateway/http_tls.h"

#include <boost/asio/buffer.hpp>
#include <utility>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/log.h"
#include "common/base/status_macros.h"
#include "common/identity/certificate.h"
#include "common/identity/file.h"

namespace dangol::gateway {
namespace {

namespace ssl = boost::asio::ssl;

constexpr absl::Duration kCheckInterval = absl::Seconds(2);
// Files that cannot be used are tried again at each check, and said so often.
constexpr absl::Duration kComplaintInterval = absl::Minutes(1);

absl::Status Refused(const char* reason, const std::string& path, std::string_view problem) {
  return Error(absl::StatusCode::kFailedPrecondition, reason,
               fmt::format("Cannot use the certificate {}: {}", path, problem));
}

absl::StatusOr<std::string> ReadFile(const std::string& path, bool secret) {
  absl::StatusOr<std::string> content = identity::ReadSmallFile(path, secret);
  if (absl::IsNotFound(content.status())) return Refused("TLS_MISSING", path, "there is no such file.");
  return content;
}

}  // namespace

absl::StatusOr<std::unique_ptr<HttpTls>> HttpTls::Open(HttpTlsFiles files, Runtime& runtime) {
  std::unique_ptr<HttpTls> tls(new HttpTls(std::move(files), runtime));
  tls->check_time_ = runtime.SteadyNow();
  RETURN_IF_ERROR(tls->Read());
  return tls;
}

std::string HttpTls::Version() const {
  return identity::FileVersion(files_.certificate) + " " + identity::FileVersion(files_.key);
}

std::shared_ptr<ssl::context> HttpTls::Context() {
  const absl::Time now = runtime_.SteadyNow();
  if (now - check_time_ < kCheckInterval) return context_;
  check_time_ = now;
  if (Version() == version_) return context_;
  const absl::Status read = Read();
  if (read.ok() || now - complained_ < kComplaintInterval) return context_;
  complained_ = now;
  Log()->warn("{}", std::string(read.message()));
  return context_;
}

absl::Status HttpTls::Read() {
  std::string version = Version();
  ASSIGN_OR_RETURN(const std::string certificate, ReadFile(files_.certificate, /*secret=*/false));
  ASSIGN_OR_RETURN(const std::string key, ReadFile(files_.key, /*secret=*/true));
  const absl::StatusOr<absl::Time> end = identity::EndOf(certificate);
  if (!end.ok()) return Refused("TLS_INVALID", files_.certificate, std::string(end.status().message()));
  if (*end <= runtime_.Now()) return Refused("TLS_EXPIRED", files_.certificate, "it has expired. Get a new one.");
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  context->set_options(ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1 | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(context->native_handle(), SSL_MODE_RELEASE_BUFFERS);
  boost::system::error_code error;
  context->use_certificate_chain(boost::asio::buffer(certificate), error);
  if (!error) context->use_private_key(boost::asio::buffer(key), ssl::context::pem, error);
  if (error)
    return Refused("TLS_INVALID", files_.certificate, fmt::format("{} with key {}.", error.message(), files_.key));
  context_ = std::move(context);
  version_ = std::move(version);
  return absl::OkStatus();
}

}  // namespace dangol::gateway
