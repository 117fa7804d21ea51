#include "services/gateway/call_metadata.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_split.h"
#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/text.h"

namespace dangol::gateway {
namespace {

// Names and beginnings of names ('-' at the end) that mean something to HTTP, to browsers or to a protocol.
// clang-format off
constexpr std::array<std::string_view, 34> kNotForwarded = {
    "accept",            "accept-",           "access-control-",   "authorization",
    "cache-control",     "connect-",          "connection",        "content-",
    "cookie",            "date",              "dnt",               "expect",
    "forwarded",         "grpc-",             "host",              "http2-",
    "if-",               "keep-alive",        "origin",            "pragma",
    "priority",          "proxy-",            "range",             "referer",
    "sec-",              "server",            "te",                "trailer",
    "trailer-connect-",  "transfer-",         "upgrade",           "upgrade-",
    "user-agent",        "x-forwarded-",
};
// clang-format on

bool IsForwarded(std::string_view name) {
  return !name.starts_with(':') && std::ranges::none_of(kNotForwarded, [name](std::string_view one) {
    return one.ends_with('-') ? name.starts_with(one) : name == one;
  });
}

bool IsBinary(std::string_view name) { return name.ends_with("-bin"); }

}  // namespace

absl::StatusOr<rpc::Metadata> RequestMetadata(const Headers& headers) {
  rpc::Metadata metadata;
  for (const auto& [name, value] : headers) {
    if (!IsForwarded(name)) continue;
    if (!IsBinary(name)) {
      metadata.emplace_back(name, value);
      continue;
    }
    // Several values may have been joined on their way.
    for (const absl::string_view part : absl::StrSplit(value, ',')) {
      std::string bytes;
      if (!absl::Base64Unescape(absl::StripAsciiWhitespace(part), &bytes)) {
        return Error(absl::StatusCode::kInvalidArgument, "METADATA_INVALID",
                     fmt::format("The header {} is {}, which is not base64.", name, ShownValue(value)));
      }
      metadata.emplace_back(name, std::move(bytes));
    }
  }
  return metadata;
}

std::string HeaderValue(std::string_view key, std::string_view value) {
  if (!IsBinary(key)) return std::string(value);
  std::string text = absl::Base64Escape(absl::string_view(value.data(), value.size()));
  while (text.ends_with('=')) text.pop_back();
  return text;
}

void AppendHeaders(const rpc::Metadata& metadata, std::string_view prefix, Headers& headers) {
  for (const auto& [key, value] : metadata) {
    if (IsForwarded(key)) headers.emplace_back(fmt::format("{}{}", prefix, key), HeaderValue(key, value));
  }
}

}  // namespace dangol::gateway
