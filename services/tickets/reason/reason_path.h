// Paths of contact reasons as the tree has them: see common/base/reason_path.h. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dangol::tickets {

inline constexpr size_t kReasonLevelsMost = 4;

size_t LevelsOf(std::string_view path);
// `delivery` of `delivery/late`; empty: there is none.
std::string_view ReasonAbove(std::string_view path);
// The path and those above it, of the first levels; the nearest last.
std::vector<std::string_view> Lineage(std::string_view path);

// Keys sort as the tree does, each path behind the one above it: with a space, which no path has, for each `/`.
std::string ReasonKey(std::string_view path);
std::string PathOfKey(std::string_view key);

}  // namespace dangol::tickets
