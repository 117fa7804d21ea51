// Whom a text calls.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dangol {

// The people whom a text names by `@` and their id, each once, in their order; the first 32. `members/{member}`
std::vector<std::string> MentionsIn(std::string_view text);

}  // namespace dangol
