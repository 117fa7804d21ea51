#include "services/gateway/gateway.h"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <utility>

#include "absl/strings/ascii.h"
#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/base/text.h"
#include "common/identity/signed_channel.h"
#include "services/gateway/connect.h"
#include "services/gateway/connect_error.h"
#include "services/gateway/grpc_web.h"
#include "services/gateway/origin.h"
#include "services/gateway/path_prefix.h"
#include "services/gateway/suite_metrics.h"

namespace dangol::gateway {
namespace {

constexpr absl::Duration kInquiryTimeMax = absl::Seconds(1);
constexpr char kHealthCheck[] = "/grpc.health.v1.Health/Check";
constexpr char kGetStatus[] = "/dangol.api.v1.AdminService/GetStatus";
constexpr char kServing[] = "\x08\x01";  // HealthCheckResponse{status: SERVING}

HttpResponse Text(int status, std::string text) {
  return {status, {{"content-type", "text/plain; charset=utf-8"}, {"cache-control", "no-store"}}, std::move(text)};
}

absl::Status ForeignHost(const HttpRequest& request) {
  return Error(absl::StatusCode::kPermissionDenied, "HOST_NOT_ALLOWED",
               fmt::format("The gateway is not called {}. Call it localhost, 127.0.0.1 or by the name of --public-url.",
                           ShownValue(rpc::FindMetadata(request.headers, "host"))));
}

absl::Status ForeignOrigin(const HttpRequest& request) {
  const std::string_view origin = rpc::FindMetadata(request.headers, "origin");
  return Error(absl::StatusCode::kPermissionDenied, "ORIGIN_NOT_ALLOWED",
               fmt::format("Pages of {} may not call. Start the gateway with --allow-origin for those that may.",
                           ShownValue(origin)));
}

HttpResponse UnknownMethod() {
  HttpResponse response = ConnectErrorResponse(
      Error(absl::StatusCode::kUnimplemented, "UNKNOWN_METHOD", "The service has no such method. Check its name."));
  response.status = 404;
  return response;
}

// The gateway's own services beside those of others.
std::vector<Backend> WithOwn(std::vector<Backend> backends, std::shared_ptr<rpc::Channel> own) {
  backends.push_back({"gateway", "", std::move(own)});
  return backends;
}

// Whether browsers reach it by TLS alone.
bool IsSecure(const GatewayOptions& options) {
  return !options.http.tls.empty() || options.public_url.starts_with("https://");
}

GatewayOptions Complete(GatewayOptions options, Runtime& runtime) {
  if (options.keys == nullptr) options.keys = std::make_shared<identity::Keys>("", runtime);
  if (!options.public_url.empty() && !options.hosts.empty()) {
    const std::string url = absl::AsciiStrToLower(options.public_url);
    options.hosts.emplace_back(WithoutPort(std::string_view(url).substr(url.find("://") + 3)));
  }
  return options;
}

// The services as the gateway itself calls them: it reads their feeds for everybody, and asks them how they are.
std::vector<Backend> CalledByGateway(const GatewayOptions& options) {
  std::vector<Backend> backends = options.backends;
  for (Backend& backend : backends)
    backend.channel = identity::CallAs(backend.channel, options.keys, GatewayPrincipal());
  return backends;
}

// Null where there is none.
std::shared_ptr<rpc::Channel> MetricsOf(const std::vector<Backend>& backends) {
  const auto found = std::ranges::find(backends, "metrics", &Backend::name);
  return found == backends.end() ? nullptr : found->channel;
}

// One method of every service. `done` has the answers in the order of the services; it runs on the thread of the last.
class Inquiry {
 public:
  using Done = std::function<void(const std::vector<rpc::Reply>&)>;

  static void Start(const std::vector<Backend>& backends, std::string_view method, absl::Time deadline, Done done) {
    if (backends.empty()) return done({});
    const auto self = std::make_shared<Inquiry>(backends.size(), std::move(done));
    for (size_t i = 0; i < backends.size(); ++i) {
      rpc::CallOptions options;
      options.deadline = deadline;
      backends[i].channel->Unary(std::string(method), "", std::move(options), [self, i](rpc::Reply reply) {
        self->replies_[i] = std::move(reply);
        if (--self->missing_ == 0) self->done_(self->replies_);
      });
    }
  }

  Inquiry(size_t services, Done done) : replies_(services), missing_(services), done_(std::move(done)) {}

 private:
  std::vector<rpc::Reply> replies_;
  std::atomic<size_t> missing_;
  const Done done_;
};

HttpResponse ReadinessResponse(const std::vector<Backend>& backends, const std::vector<rpc::Reply>& replies) {
  std::string json;
  bool any = backends.empty();
  for (size_t i = 0; i < backends.size(); ++i) {
    const bool serving = replies[i].status.ok() && replies[i].message == kServing;
    any = any || serving;
    json += fmt::format(R"({}"{}":"{}")", i == 0 ? "" : ",", backends[i].name, serving ? "SERVING" : "AWAY");
  }
  return {any ? 200 : 503,
          {{"content-type", "application/json"}, {"cache-control", "no-store"}},
          fmt::format("{{{}}}\n", json)};
}

HttpResponse MetricsResponse(const std::vector<Backend>& backends, const std::vector<rpc::Reply>& replies,
                             std::vector<prometheus::MetricFamily> families) {
  SuiteStatus suite;
  for (size_t i = 0; i < backends.size(); ++i) {
    auto& [name, status] = suite.emplace_back(backends[i].name, std::nullopt);
    if (replies[i].status.ok() && !status.emplace().ParseFromString(replies[i].message)) status.reset();
  }
  for (prometheus::MetricFamily& family : SuiteMetrics(suite)) families.push_back(std::move(family));
  return {200,
          {{"content-type", "text/plain; version=0.0.4; charset=utf-8"}, {"cache-control", "no-store"}},
          prometheus::TextSerializer().Serialize(families)};
}

}  // namespace

absl::StatusOr<std::unique_ptr<Gateway>> Gateway::Start(Runtime& runtime, GatewayOptions options) {
  std::unique_ptr<Gateway> gateway(new Gateway(runtime, std::move(options)));
  Gateway* const self = gateway.get();
  ASSIGN_OR_RETURN(gateway->server_,
                   HttpServer::Start(runtime, self->options_.http, [self](std::shared_ptr<HttpExchange> exchange) {
                     self->Serve(std::move(exchange));
                   }));
  return gateway;
}

Gateway::Gateway(Runtime& runtime, GatewayOptions options)
    : runtime_(runtime),
      options_(Complete(std::move(options), runtime)),
      own_backends_(CalledByGateway(options_)),
      members_(std::make_shared<Members>(MetricsOf(own_backends_), options_.keys, runtime)),
      audit_(std::make_shared<AuditWriter>(MetricsOf(own_backends_), options_.keys, runtime)),
      sessions_(std::make_shared<Sessions>(options_.keys, members_, audit_, IsSecure(options_), options_.path_prefix,
                                           runtime)),
      provider_sign_in_(std::make_shared<ProviderSignIn>(options_.keys, sessions_, members_, options_.public_url,
                                                         options_.path_prefix, IsSecure(options_), options_.fetch,
                                                         runtime)),
      email_sign_in_(std::make_shared<EmailSignIn>(options_.mailer, options_.keys, sessions_, members_,
                                                   IsSecure(options_), options_.path_prefix, runtime)),
      authenticator_(std::make_shared<Authenticator>(options_.keys, sessions_, options_.local,
                                                     options_.calls_per_second, runtime)),
      metrics_(runtime),
      live_(std::make_shared<LiveChannel>(own_backends_, runtime, options_.live)),
      own_(std::make_shared<OwnChannel>(live_, members_, audit_, options_.keys, options_.local,
                                        options_.public_url + options_.path_prefix, runtime)),
      backends_(WithOwn(options_.backends, own_)),
      rest_(backends_),
      files_(options_.web, options_.path_prefix, options_.demo) {
  members_->Start();
  audit_->Start();
}

Gateway::~Gateway() {
  live_->Stop();
  own_->Stop();
  provider_sign_in_->Stop();
  email_sign_in_->Stop();
  members_->Stop();
  audit_->Stop();
}

std::string Gateway::Description() const {
  return fmt::format("the gateway on {}://{}{}", options_.http.tls.empty() ? "http" : "https", server_->address(),
                     options_.path_prefix);
}

void Gateway::Stop(absl::Duration grace) {
  live_->Stop();
  server_->Stop(grace);
}

void Gateway::Serve(std::shared_ptr<HttpExchange> exchange) {
  HttpRequest& request = exchange->request;
  request.path = BelowPrefix(options_.path_prefix, std::move(request.path));
  // Before all checks: a probe calls by address.
  if (request.path == "/healthz") return exchange->Respond(Text(200, "ok\n"));
  if (request.path == "/readyz") return ServeReadiness(exchange);
  if (request.path == "/metrics") return ServeMetrics(exchange);
  ServeCounted(metrics_.Counted(std::move(exchange)));
}

void Gateway::ServeCounted(std::shared_ptr<HttpExchange> exchange) {
  const HttpRequest& request = exchange->request;
  if (!IsHostAllowed(request, options_.hosts)) return exchange->Respond(ConnectErrorResponse(ForeignHost(request)));
  const Origin origin = OriginOf(request, options_.allowed_origins);
  if (origin == Origin::kForeign) return exchange->Respond(ConnectErrorResponse(ForeignOrigin(request)));
  if (origin == Origin::kAllowed) {
    if (request.verb == "OPTIONS") return exchange->Respond(PreflightResponse(request));
    exchange = WithCorsHeaders(std::move(exchange));
  }
  if (request.verb == "GET" && request.path == "/auth/ways") return ServeWays(exchange);
  if (provider_sign_in_->Serve(exchange) || email_sign_in_->Serve(exchange) || sessions_->Serve(exchange)) return;
  const OpenedSession opened = sessions_->Open(exchange->request);
  const auto identified =
      std::make_shared<const absl::StatusOr<rpc::Principal>>(authenticator_->Identify(exchange->request, opened));
  exchange->request.caller = authenticator_->CallerOf(exchange->request, opened, identified);
  exchange = sessions_->Renewed(std::move(exchange), opened);
  ServeAllowed(authenticator_->Guarded(std::move(exchange), opened, identified, runtime_));
}

void Gateway::ServeAllowed(std::shared_ptr<HttpExchange> exchange) {
  Route route;
  const RouteResult result = backends_.Find(exchange->request.path, route);
  if (result == RouteResult::kNoService) {
    if (rest_.Serve(exchange, runtime_, options_.calls)) return;
    return exchange->Respond(files_.Serve(exchange->request));
  }
  if (IsGrpcWeb(rpc::FindMetadata(exchange->request.headers, "content-type"))) {
    return ServeGrpcWeb(std::move(exchange), route, runtime_, options_.calls);
  }
  if (result == RouteResult::kNoMethod) return exchange->Respond(UnknownMethod());
  ServeConnect(std::move(exchange), route, runtime_, options_.calls);
}

void Gateway::ServeWays(const std::shared_ptr<HttpExchange>& exchange) {
  exchange->Respond(
      {200,
       {{"content-type", "application/json"}, {"cache-control", "no-store"}},
       fmt::format(R"({{"provider":{},"email":{}}})", provider_sign_in_->IsOffered(), email_sign_in_->IsOffered())});
}

void Gateway::ServeReadiness(const std::shared_ptr<HttpExchange>& exchange) {
  Inquiry::Start(own_backends_, kHealthCheck, runtime_.Now() + kInquiryTimeMax,
                 [exchange, backends = options_.backends](const std::vector<rpc::Reply>& replies) {
                   exchange->Respond(ReadinessResponse(backends, replies));
                 });
}

void Gateway::ServeMetrics(const std::shared_ptr<HttpExchange>& exchange) {
  std::vector<prometheus::MetricFamily> families = metrics_.Collect();
  families.push_back(CertificateMetrics(options_.certificates));
  Inquiry::Start(
      own_backends_, kGetStatus, runtime_.Now() + kInquiryTimeMax,
      [exchange, backends = options_.backends, families = std::move(families)](const std::vector<rpc::Reply>& replies) {
        exchange->Respond(MetricsResponse(backends, replies, families));
      });
}

}  // namespace dangol::gateway
