#include "common/base/reason_path.h"

namespace dangol {

std::vector<std::string_view> Lineage(std::string_view path) {
  std::vector<std::string_view> lineage;
  for (size_t end = path.find('/'); lineage.size() < kReasonLevelsMost; end = path.find('/', end + 1)) {
    lineage.push_back(path.substr(0, end));
    if (end == std::string_view::npos) break;
  }
  return lineage;
}

bool IsOrIsAbove(std::string_view path, std::string_view reason) {
  return reason.starts_with(path) && (reason.size() == path.size() || reason[path.size()] == '/');
}

std::string MovedReason(std::string_view path, std::string_view from, std::string_view into) {
  const std::string_view rest = path.substr(from.size());
  return into.size() + rest.size() > kReasonBytesMost ? std::string(into) : std::string(into).append(rest);
}

}  // namespace dangol
