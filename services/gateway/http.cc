#include "services/gateway/http.h"

#include <algorithm>

#include "absl/strings/str_split.h"

namespace dangol::gateway {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<std::string> PercentDecoded(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = HexDigit(text[i + 1]);
    const int low = HexDigit(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return decoded;
}

std::optional<std::vector<std::pair<std::string, std::string>>> QueryParameters(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> parameters;
  for (const absl::string_view part :
       absl::StrSplit(absl::string_view(query.data(), query.size()), '&', absl::SkipEmpty())) {
    std::string text(part);
    std::replace(text.begin(), text.end(), '+', ' ');
    const size_t equals = std::min(text.find('='), text.size());
    const std::string_view view = text;
    std::optional<std::string> name = PercentDecoded(view.substr(0, equals));
    std::optional<std::string> value = PercentDecoded(view.substr(std::min(equals + 1, view.size())));
    if (!name || !value) return std::nullopt;
    parameters.emplace_back(*std::move(name), *std::move(value));
  }
  return parameters;
}

}  // namespace dangol::gateway
