// The page at `/` where there is no dashboard.
#pragma once

#include <string>
#include <string_view>

namespace dangol::gateway {

// HTML that says what the gateway offers, with every method of the suite.
std::string WelcomePage(std::string_view path_prefix);

}  // namespace dangol::gateway
