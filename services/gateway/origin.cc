#include "services/gateway/origin.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"

#include "services/gateway/exchange_wrapper.h"

namespace dangol::gateway {
namespace {

// What a call sends, and what it is answered with, beside what every page may.
constexpr char kRequestHeaders[] =
    "authorization, connect-protocol-version, connect-timeout-ms, content-encoding, content-type, grpc-timeout, "
    "traceparent, x-dangol-min-cursor, x-grpc-web, x-user-agent";
constexpr char kResponseHeaders[] =
    "etag, grpc-message, grpc-status, grpc-status-details-bin, retry-after, trailer-x-dangol-cursor, x-dangol-cursor";
constexpr char kPreflightSeconds[] = "7200";

class CorsExchange : public ExchangeWrapper {
 public:
  explicit CorsExchange(std::shared_ptr<HttpExchange> exchange)
      : ExchangeWrapper(std::move(exchange)), origin_(rpc::FindMetadata(request.headers, "origin")) {}

  void Respond(HttpResponse response) override { ExchangeWrapper::Respond(Allowed(std::move(response))); }
  void StartStream(HttpResponse head) override { ExchangeWrapper::StartStream(Allowed(std::move(head))); }

 private:
  HttpResponse Allowed(HttpResponse response) const {
    response.headers.emplace_back("access-control-allow-origin", origin_);
    response.headers.emplace_back("access-control-expose-headers", kResponseHeaders);
    response.headers.emplace_back("vary", "origin");
    return response;
  }

  const std::string origin_;
};

}  // namespace

std::string_view WithoutPort(std::string_view authority) {
  const size_t colon = authority.rfind(':');
  return colon == std::string_view::npos || authority.ends_with(']') ? authority : authority.substr(0, colon);
}

std::string OwnOrigin(const HttpRequest& request, bool secure) {
  const std::string_view host = rpc::FindMetadata(request.headers, "host");
  return std::string(secure ? "https://" : "http://").append(host);
}

bool IsHostAllowed(const HttpRequest& request, const std::vector<std::string>& hosts) {
  const std::string_view host = WithoutPort(rpc::FindMetadata(request.headers, "host"));
  const std::string lower = absl::AsciiStrToLower({host.data(), host.size()});
  return hosts.empty() || std::ranges::find(hosts, lower) != hosts.end();
}

Origin OriginOf(const HttpRequest& request, const std::vector<std::string>& allowed) {
  const std::string_view origin = rpc::FindMetadata(request.headers, "origin");
  if (origin.empty()) return Origin::kOwn;
  if (std::ranges::find(allowed, origin) != allowed.end()) return Origin::kAllowed;
  // Whatever its scheme: something in front of us may speak TLS.
  const size_t authority = origin.find("://");
  if (authority == std::string_view::npos) return Origin::kForeign;
  const std::string_view host = rpc::FindMetadata(request.headers, "host");
  return origin.substr(authority + 3) == host ? Origin::kOwn : Origin::kForeign;
}

HttpResponse PreflightResponse(const HttpRequest& request) {
  return {204,
          {{"access-control-allow-origin", std::string(rpc::FindMetadata(request.headers, "origin"))},
           {"access-control-allow-methods", "GET, POST, PATCH, DELETE"},
           {"access-control-allow-headers", kRequestHeaders},
           {"access-control-max-age", kPreflightSeconds},
           {"vary", "origin"}},
          ""};
}

std::shared_ptr<HttpExchange> WithCorsHeaders(std::shared_ptr<HttpExchange> exchange) {
  return std::make_shared<CorsExchange>(std::move(exchange));
}

}  // namespace dangol::gateway
