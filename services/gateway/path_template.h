// Paths of HTTP rules (google/api/http.proto): `/v1/{parent=tickets/*}/messages:batchCreate`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace dangol::gateway {

// What the variables of a template stand for in a path: field path and value, decoded.
using PathVariables = std::vector<std::pair<std::string, std::string>>;

class PathTemplate {
 public:
  // INVALID_ARGUMENT for what is none. Parts are literals, `*` and, at the end, `**`.
  static absl::StatusOr<PathTemplate> Parse(std::string_view text);

  // Nothing where the path is another one.
  std::optional<PathVariables> Match(std::string_view path) const;

  // The names of its variables.
  std::vector<std::string> Variables() const;
  // As it was given.
  const std::string& text() const { return text_; }

 private:
  struct Variable {
    std::string field;
    size_t begin = 0;  // of the parts
    size_t end = 0;
  };

  std::string text_;
  std::vector<std::string> parts_;
  std::vector<Variable> variables_;
  std::string verb_;  // behind the colon
};

}  // namespace dangol::gateway
