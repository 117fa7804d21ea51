#include "services/gateway/gateway.h"

#include <atomic>
#include <utility>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/base/text.h"
#include "services/gateway/connect.h"
#include "services/gateway/connect_error.h"
#include "services/gateway/grpc_web.h"
#include "services/gateway/origin.h"

namespace dangol::gateway {
namespace {

constexpr absl::Duration kReadinessTimeMax = absl::Seconds(1);
constexpr char kHealthCheck[] = "/grpc.health.v1.Health/Check";
constexpr char kServing[] = "\x08\x01";  // HealthCheckResponse{status: SERVING}

HttpResponse Text(int status, std::string text) {
  return {status, {{"content-type", "text/plain; charset=utf-8"}, {"cache-control", "no-store"}}, std::move(text)};
}

absl::Status ForeignHost(const HttpRequest& request) {
  return Error(
      absl::StatusCode::kPermissionDenied, "HOST_NOT_ALLOWED",
      fmt::format("The gateway is not called {}. Call it localhost, 127.0.0.1 or the address that it listens on.",
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

// The gateway's own service beside those of others.
std::vector<Backend> WithLive(std::vector<Backend> backends, std::shared_ptr<rpc::Channel> live) {
  backends.push_back({"gateway", "", std::move(live)});
  return backends;
}

// The answers of all services to the question how they are. Complete with the last of them.
class Readiness {
 public:
  Readiness(std::shared_ptr<HttpExchange> exchange, std::vector<Backend> backends)
      : exchange_(std::move(exchange)),
        backends_(std::move(backends)),
        serving_(backends_.size()),
        missing_(backends_.size()) {}

  static void Ask(const std::shared_ptr<Readiness>& self, absl::Time deadline) {
    if (self->backends_.empty()) return self->Answer();
    for (size_t i = 0; i < self->backends_.size(); ++i) {
      rpc::CallOptions options;
      options.deadline = deadline;
      self->backends_[i].channel->Unary(kHealthCheck, "", std::move(options), [self, i](rpc::Reply reply) {
        self->serving_[i] = reply.status.ok() && reply.message == kServing;
        if (--self->missing_ == 0) self->Answer();
      });
    }
  }

 private:
  void Answer() {
    std::string json;
    bool any = backends_.empty();
    for (size_t i = 0; i < backends_.size(); ++i) {
      any = any || serving_[i];
      json += fmt::format(R"({}"{}":"{}")", i == 0 ? "" : ",", backends_[i].name, serving_[i] ? "SERVING" : "AWAY");
    }
    exchange_->Respond({any ? 200 : 503,
                        {{"content-type", "application/json"}, {"cache-control", "no-store"}},
                        fmt::format("{{{}}}\n", json)});
  }

  const std::shared_ptr<HttpExchange> exchange_;
  const std::vector<Backend> backends_;
  std::vector<std::atomic<bool>> serving_;
  std::atomic<size_t> missing_;
};

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
      options_(std::move(options)),
      live_(std::make_shared<LiveChannel>(options_.backends, runtime, options_.live)),
      backends_(WithLive(options_.backends, live_)),
      rest_(backends_),
      files_(options_.web, options_.demo) {}

Gateway::~Gateway() = default;

std::string Gateway::Description() const { return fmt::format("the gateway on http://{}", server_->address()); }

void Gateway::Stop(absl::Duration grace) {
  live_->Stop();
  server_->Stop(grace);
}

void Gateway::Serve(std::shared_ptr<HttpExchange> exchange) {
  const HttpRequest& request = exchange->request;
  // Before all checks: a probe calls by address.
  if (request.path == "/healthz") return exchange->Respond(Text(200, "ok\n"));
  if (request.path == "/readyz") return ServeReadiness(exchange);
  if (!IsHostAllowed(request, options_.hosts)) return exchange->Respond(ConnectErrorResponse(ForeignHost(request)));
  const Origin origin = OriginOf(request, options_.allowed_origins);
  if (origin == Origin::kForeign) return exchange->Respond(ConnectErrorResponse(ForeignOrigin(request)));
  if (origin == Origin::kAllowed) {
    if (request.verb == "OPTIONS") return exchange->Respond(PreflightResponse(request));
    exchange = WithCorsHeaders(std::move(exchange));
  }
  ServeAllowed(std::move(exchange));
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

void Gateway::ServeReadiness(const std::shared_ptr<HttpExchange>& exchange) {
  Readiness::Ask(std::make_shared<Readiness>(exchange, options_.backends), runtime_.Now() + kReadinessTimeMax);
}

}  // namespace dangol::gateway
