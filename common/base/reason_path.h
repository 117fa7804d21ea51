// Paths of contact reasons, such as `delivery/late`: levels with `/` between them. Tickets and changes have them, and
// both follow where they are moved.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace dangol {

inline constexpr size_t kReasonBytesMost = 128;
// Of those that are made or moved; what tickets come with may have more.
inline constexpr size_t kReasonLevelsMost = 4;

// The path and those above it, of the first levels; the nearest last.
std::vector<std::string_view> Lineage(std::string_view path);

// Whether the path is the reason's, or one above it.
bool IsOrIsAbove(std::string_view path, std::string_view reason);

// What `path`, which is `from` or below it, is called once that is called `into`. What would be too long lands in
// `into` itself.
std::string MovedReason(std::string_view path, std::string_view from, std::string_view into);

}  // namespace dangol
