// What somebody may have meant who wrote something else.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace dangol::cli {

// Letters to change, add or leave out to make one of the other; those in the other case are the same.
size_t Distance(std::string_view a, std::string_view b);

// The nearest of `names`; empty where none is near.
std::string Nearest(std::string_view given, const std::vector<std::string>& names);

}  // namespace dangol::cli
