#include "services/gateway/web_client.h"

#include <curl/curl.h>

#include <memory>

#include "absl/strings/ascii.h"
#include "fmt/format.h"

#include "common/base/error.h"

namespace dangol::gateway {
namespace {

constexpr long kConnectSecondsMax = 5;  // NOLINT(google-runtime-int): libcurl's type
constexpr long kSecondsMax = 10;        // NOLINT(google-runtime-int)
constexpr size_t kAnswerBytesMax = 1 << 20;

using Easy = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;

// Thread-safe, and once a process.
void BeginCurl() {
  static const CURLcode begun = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)begun;
}

size_t Take(const char* data, size_t size, size_t count, void* body) {
  auto& text = *static_cast<std::string*>(body);
  if (text.size() + size * count > kAnswerBytesMax) return 0;  // libcurl ends the call
  text.append(data, size * count);
  return size * count;
}

}  // namespace

std::string UrlEncoded(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte) || c == '-' || c == '.' || c == '_' || c == '~') {
      encoded += c;
    } else {
      encoded += fmt::format("%{:02X}", byte);
    }
  }
  return encoded;
}

std::string FormEncoded(const std::vector<std::pair<std::string, std::string>>& fields) {
  std::string form;
  for (const auto& [name, value] : fields)
    form += fmt::format("{}{}={}", form.empty() ? "" : "&", UrlEncoded(name), UrlEncoded(value));
  return form;
}

absl::StatusOr<WebAnswer> FetchByCurl(const WebRequest& request) {
  BeginCurl();
  const Easy curl(curl_easy_init(), curl_easy_cleanup);
  if (curl == nullptr) return InternalError("libcurl has no memory");
  WebAnswer answer;
  const std::string form = FormEncoded(request.form);
  curl_easy_setopt(curl.get(), CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_CONNECTTIMEOUT, kConnectSecondsMax);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, kSecondsMax);
  if (!form.empty()) curl_easy_setopt(curl.get(), CURLOPT_COPYPOSTFIELDS, form.c_str());
  if (!request.user.empty()) {
    curl_easy_setopt(curl.get(), CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    curl_easy_setopt(curl.get(), CURLOPT_USERNAME, request.user.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_PASSWORD, request.password.c_str());
  }
  if (!request.bearer.empty()) {
    curl_easy_setopt(curl.get(), CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BEARER));
    curl_easy_setopt(curl.get(), CURLOPT_XOAUTH2_BEARER, request.bearer.c_str());
  }
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, &Take);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer.body);
  const CURLcode code = curl_easy_perform(curl.get());
  if (code != CURLE_OK) return absl::UnavailableError(curl_easy_strerror(code));
  long status = 0;  // NOLINT(google-runtime-int)
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  return answer;
}

}  // namespace dangol::gateway
