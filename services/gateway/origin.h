// Which pages and which names may call (Fetch standard, CORS).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "services/gateway/http.h"

namespace dangol::gateway {

// Of the pages that the request is about, such as `http://127.0.0.1:7400`. `secure`: browsers reach us by TLS alone.
std::string OwnOrigin(const HttpRequest& request, bool secure);

// A host as it stands in a `host` or behind the `://` of an origin, without its port.
std::string_view WithoutPort(std::string_view authority);

// True where the request names one of these hosts, with any port and in any case; `hosts`, in
// lower case, empty: any.
bool IsHostAllowed(const HttpRequest& request, const std::vector<std::string>& hosts);

enum class Origin {
  kOwn,      // our own page, or no page at all
  kAllowed,  // a page of one of the allowed origins
  kForeign,
};
Origin OriginOf(const HttpRequest& request, const std::vector<std::string>& allowed);

// The answer to a browser's question whether an allowed page may call.
HttpResponse PreflightResponse(const HttpRequest& request);

// An exchange whose answers say that the page of this request may read them.
std::shared_ptr<HttpExchange> WithCorsHeaders(std::shared_ptr<HttpExchange> exchange);

}  // namespace dangol::gateway
