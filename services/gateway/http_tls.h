// The certificate of the HTTP server, as Asio takes it. For the server alone.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/base/runtime.h"
#include "services/gateway/http_server.h"

namespace dangol::gateway {

// On one thread.
class HttpTls {
 public:
  // Errors: those of HttpServer::Start about the files.
  static absl::StatusOr<std::unique_ptr<HttpTls>> Open(HttpTlsFiles files, Runtime& runtime);

  // For a new connection. The files are read again some seconds after they changed; while they cannot be used, they are
  // tried again, the log says so and the certificate before stays.
  std::shared_ptr<boost::asio::ssl::context> Context();

 private:
  HttpTls(HttpTlsFiles files, Runtime& runtime) : files_(std::move(files)), runtime_(runtime) {}

  std::string Version() const;
  absl::Status Read();

  const HttpTlsFiles files_;
  Runtime& runtime_;
  std::shared_ptr<boost::asio::ssl::context> context_;
  std::string version_;  // of the files that `context_` is of
  // By the steady clock.
  absl::Time check_time_;  // when it was last looked whether they changed
  absl::Time complained_ = absl::InfinitePast();
};

}  // namespace dangol::gateway
