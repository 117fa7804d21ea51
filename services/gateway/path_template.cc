#include "services/gateway/path_template.h"

#include <algorithm>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "fmt/format.h"

#include "common/base/error.h"
#include "services/gateway/http.h"

namespace dangol::gateway {
namespace {

std::vector<std::string> Split(std::string_view text) {
  return absl::StrSplit(absl::string_view(text.data(), text.size()), '/');
}

}  // namespace

absl::StatusOr<PathTemplate> PathTemplate::Parse(std::string_view text) {
  const auto invalid = [text](std::string_view problem) {
    return Error(absl::StatusCode::kInvalidArgument, "PATH_TEMPLATE_INVALID",
                 fmt::format("{} is no path of an HTTP rule: {}.", ShownValue(text), problem));
  };
  if (!text.starts_with('/')) return invalid("it does not begin with '/'");
  PathTemplate parsed;
  parsed.text_ = text;
  std::string_view rest = text.substr(1);
  // A colon in a variable's pattern belongs to nobody; behind the last brace it begins the verb.
  const size_t colon = rest.find(':', rest.find_last_of("}/") == std::string_view::npos ? 0 : rest.find_last_of("}/"));
  if (colon != std::string_view::npos) {
    parsed.verb_ = rest.substr(colon + 1);
    if (parsed.verb_.empty()) return invalid("it ends with a colon");
    rest = rest.substr(0, colon);
  }
  while (!rest.empty()) {
    if (rest.starts_with('{')) {
      const size_t close = rest.find('}');
      if (close == std::string_view::npos) return invalid("a '{' has no '}'");
      const std::string_view inner = rest.substr(1, close - 1);
      const size_t equals = std::min(inner.find('='), inner.size());
      Variable variable{std::string(inner.substr(0, equals)), parsed.parts_.size(), 0};
      if (variable.field.empty()) return invalid("a variable has no name");
      const std::string_view pattern = equals == inner.size() ? "*" : inner.substr(equals + 1);
      for (std::string& part : Split(pattern)) parsed.parts_.push_back(std::move(part));
      variable.end = parsed.parts_.size();
      parsed.variables_.push_back(std::move(variable));
      rest = rest.substr(close + 1);
    } else {
      const size_t end = std::min(rest.find('/'), rest.size());
      parsed.parts_.emplace_back(rest.substr(0, end));
      rest = rest.substr(end);
    }
    if (rest.empty()) break;
    if (!rest.starts_with('/') || rest.size() == 1) return invalid("its parts are not between slashes");
    rest.remove_prefix(1);
  }
  for (size_t i = 0; i < parsed.parts_.size(); ++i) {
    const std::string& part = parsed.parts_[i];
    if (part.empty()) return invalid("a part is empty");
    if (part == "**" && i + 1 < parsed.parts_.size()) return invalid("'**' is not at its end");
  }
  return parsed;
}

std::optional<PathVariables> PathTemplate::Match(std::string_view path) const {
  if (!path.starts_with('/')) return std::nullopt;
  path.remove_prefix(1);
  if (!verb_.empty()) {
    const std::string ending = ":" + verb_;
    if (!path.ends_with(ending)) return std::nullopt;
    path.remove_suffix(ending.size());
  }
  const std::vector<std::string> parts = Split(path);
  const bool open = !parts_.empty() && parts_.back() == "**";
  if (open ? parts.size() + 1 < parts_.size() : parts.size() != parts_.size()) return std::nullopt;
  for (size_t i = 0; i < parts_.size() && parts_[i] != "**"; ++i) {
    // A colon begins a verb, and this template has another one or none.
    const bool fits =
        parts_[i] == "*" ? !parts[i].empty() && parts[i].find(':') == std::string::npos : parts[i] == parts_[i];
    if (!fits) return std::nullopt;
  }
  PathVariables variables;
  for (const Variable& variable : variables_) {
    const size_t end = parts_[variable.end - 1] == "**" ? parts.size() : variable.end;
    std::optional<std::string> value = PercentDecoded(absl::StrJoin(
        parts.begin() + static_cast<ptrdiff_t>(variable.begin), parts.begin() + static_cast<ptrdiff_t>(end), "/"));
    if (!value) return std::nullopt;
    variables.emplace_back(variable.field, *std::move(value));
  }
  return variables;
}

std::vector<std::string> PathTemplate::Variables() const {
  std::vector<std::string> names;
  for (const Variable& variable : variables_) names.push_back(variable.field);
  return names;
}

}  // namespace dangol::gateway
