#include "services/gateway/path_prefix.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "fmt/format.h"

#include "common/base/error.h"

namespace dangol::gateway {
namespace {

bool IsPlain(char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)) || absl::StrContains("-._~/", c); }

}  // namespace

std::string CheckPathPrefix(const std::string& prefix) {
  const bool framed = prefix.empty() || (prefix.starts_with('/') && !prefix.ends_with('/'));
  const bool parts = !absl::StrContains(prefix, "//") && !absl::StrContains(prefix, "/.");
  if (framed && parts && std::ranges::all_of(prefix, IsPlain)) return "";
  return fmt::format(
      "{} is no path such as /dangol: give letters, digits and -._~ between slashes, and none at the end",
      ShownValue(prefix));
}

std::string BelowPrefix(std::string_view prefix, std::string path) {
  if (!path.starts_with(prefix)) return path;
  if (path.size() == prefix.size()) return "/";
  return path[prefix.size()] == '/' ? path.substr(prefix.size()) : path;
}

}  // namespace dangol::gateway
