#include "common/base/reason_path.h"

namespace dangol {

bool IsOrIsAbove(std::string_view path, std::string_view reason) {
  return reason.starts_with(path) && (reason.size() == path.size() || reason[path.size()] == '/');
}

std::string MovedReason(std::string_view path, std::string_view from, std::string_view into) {
  const std::string_view rest = path.substr(from.size());
  return into.size() + rest.size() > kReasonBytesMost ? std::string(into) : std::string(into).append(rest);
}

}  // namespace dangol
