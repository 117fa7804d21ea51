// The door over HTTP: who asks for what, and which part answers.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "common/base/runtime.h"
#include "common/mail/mailer.h"
#include "common/service/process.h"
#include "services/gateway/audit_writer.h"
#include "services/gateway/authenticate.h"
#include "services/gateway/backends.h"
#include "services/gateway/call_metrics.h"
#include "services/gateway/call_request.h"
#include "services/gateway/certificate_metrics.h"
#include "services/gateway/email_sign_in.h"
#include "services/gateway/http_server.h"
#include "services/gateway/live_channel.h"
#include "services/gateway/members.h"
#include "services/gateway/own_channel.h"
#include "services/gateway/provider_sign_in.h"
#include "services/gateway/rest.h"
#include "services/gateway/sessions.h"
#include "services/gateway/static_files.h"

namespace dangol::gateway {

struct GatewayOptions {
  HttpServerOptions http;
  CallLimits calls;
  LiveLimits live;
  std::vector<Backend> backends;
  std::string web;                           // folder of the dashboard; empty: none
  bool demo = false;                         // the data is a demonstration, and the dashboard says so
  std::vector<std::string> allowed_origins;  // such as `http://localhost:5173`: pages that may call, beside our own
  // The names under which it is called, without ports. Another one in `Host` is refused: a page could have its own name
  // lead here (DNS rebinding). Empty: any.
  std::vector<std::string> hosts = {"localhost", "127.0.0.1", "[::1]"};
  std::shared_ptr<identity::Keys> keys;  // by which it is known who calls; none: nobody is known by a credential
  bool local = true;                     // who sends no credential may call
  // Where browsers find it, such as `https://dangol.example.org`, where that is not the address that it listens on: its
  // name is one of the hosts, and with https cookies go over TLS alone.
  std::string public_url;
  std::string path_prefix;        // as CheckPathPrefix wants it; empty: none
  double calls_per_second = 200;  // of one caller with a credential; 0: no limit
  FetchWeb fetch = FetchByCurl;   // how identity providers are called
  // By which codes to sign in are sent; null: nobody signs in by e-mail.
  std::shared_ptr<mail::Mailer> mailer;
  CertificateFiles certificates;  // whose ends `/metrics` says
};

// Thread-safe.
class Gateway : public service::Door {
 public:
  static absl::StatusOr<std::unique_ptr<Gateway>> Start(Runtime& runtime, GatewayOptions options);
  ~Gateway() override;

  int port() const { return server_->port(); }
  const HttpServer& server() const { return *server_; }

  std::string Description() const override;
  void Stop(absl::Duration grace) override;

 private:
  Gateway(Runtime& runtime, GatewayOptions options);

  void Serve(std::shared_ptr<HttpExchange> exchange);
  void ServeCounted(std::shared_ptr<HttpExchange> exchange);
  void ServeAllowed(std::shared_ptr<HttpExchange> exchange);
  // How one may sign in beside by a link: {"provider": true, "email": true}.
  void ServeWays(const std::shared_ptr<HttpExchange>& exchange);
  // Whether all is well with the services: at least one of them serves.
  void ServeReadiness(const std::shared_ptr<HttpExchange>& exchange);
  // Of the gateway and of all services, for Prometheus.
  void ServeMetrics(const std::shared_ptr<HttpExchange>& exchange);

  Runtime& runtime_;
  const GatewayOptions options_;
  const std::vector<Backend> own_backends_;  // as the gateway itself calls them
  const std::shared_ptr<Members> members_;
  const std::shared_ptr<AuditWriter> audit_;
  const std::shared_ptr<Sessions> sessions_;
  const std::shared_ptr<ProviderSignIn> provider_sign_in_;
  const std::shared_ptr<EmailSignIn> email_sign_in_;
  const std::shared_ptr<Authenticator> authenticator_;
  CallMetrics metrics_;
  const std::shared_ptr<LiveChannel> live_;
  const std::shared_ptr<OwnChannel> own_;
  const Backends backends_;
  const RestTable rest_;
  const StaticFiles files_;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace dangol::gateway
