// The page at `/` where there is no dashboard.
#pragma once

#include <string>

namespace dangol::gateway {

// HTML that says what the gateway offers, with every method of the suite.
std::string WelcomePage();

}  // namespace dangol::gateway
