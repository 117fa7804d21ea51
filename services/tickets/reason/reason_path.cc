#include "services/tickets/reason/reason_path.h"

#include <algorithm>

namespace dangol::tickets {

size_t LevelsOf(std::string_view path) { return static_cast<size_t>(std::ranges::count(path, '/')) + 1; }

std::string_view ReasonAbove(std::string_view path) {
  const size_t end = path.rfind('/');
  return end == std::string_view::npos ? std::string_view() : path.substr(0, end);
}

std::vector<std::string_view> Lineage(std::string_view path) {
  std::vector<std::string_view> lineage;
  for (size_t end = path.find('/'); lineage.size() < kReasonLevelsMost; end = path.find('/', end + 1)) {
    lineage.push_back(path.substr(0, end));
    if (end == std::string_view::npos) break;
  }
  return lineage;
}

std::string ReasonKey(std::string_view path) {
  std::string key(path);
  std::ranges::replace(key, '/', ' ');
  return key;
}

std::string PathOfKey(std::string_view key) {
  std::string path(key);
  std::ranges::replace(path, ' ', '/');
  return path;
}

}  // namespace dangol::tickets
