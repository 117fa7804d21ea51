// Calls by HTTPS to what is no part of the suite: an identity provider.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace dangol::gateway {

struct WebRequest {
  std::string url;
  // Sent as a form by POST; empty: it is a GET.
  std::vector<std::pair<std::string, std::string>> form = {};
  // By HTTP Basic; empty: nobody.
  std::string user = {};
  std::string password = {};
  std::string bearer = {};  // an access token; empty: none
};

struct WebAnswer {
  int status = 0;
  std::string body;
};

// Blocks for 10 s at most. UNAVAILABLE where there is no answer, or more of it than 1 MiB.
using FetchWeb = std::function<absl::StatusOr<WebAnswer>(const WebRequest& request)>;

// Over libcurl. Trusts the certificates that this machine trusts; takes no proxy and no setting from the environment,
// and follows no redirect.
absl::StatusOr<WebAnswer> FetchByCurl(const WebRequest& request);

// As a part of a query or a form (RFC 3986, unreserved characters stay).
std::string UrlEncoded(std::string_view text);
// `a=b&c=d`
std::string FormEncoded(const std::vector<std::pair<std::string, std::string>>& fields);

}  // namespace dangol::gateway
