#include "services/tickets/reason/reason_path.h"

#include <algorithm>

namespace dangol::tickets {

size_t LevelsOf(std::string_view path) { return static_cast<size_t>(std::ranges::count(path, '/')) + 1; }

std::string_view ReasonAbove(std::string_view path) {
  const size_t end = path.rfind('/');
  return end == std::string_view::npos ? std::string_view() : path.substr(0, end);
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
