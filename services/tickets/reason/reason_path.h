// Paths of contact reasons as the tree has them: see common/base/reason_path.h. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace dangol::tickets {

size_t LevelsOf(std::string_view path);
// `delivery` of `delivery/late`; empty: there is none.
std::string_view ReasonAbove(std::string_view path);

// Keys sort as the tree does, each path behind the one above it: with a space, which no path has, for each `/`.
std::string ReasonKey(std::string_view path);
std::string PathOfKey(std::string_view key);

}  // namespace dangol::tickets
