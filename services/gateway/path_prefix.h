// The path under which a proxy has the gateway, such as `/dangol`: its pages and calls are below it.
#pragma once

#include <string>
#include <string_view>

namespace dangol::gateway {

// What is wrong with it, for the user; empty: it is good. It is empty, or begins with '/' and ends with none, and is
// the same with percent-encoding or without.
std::string CheckPathPrefix(const std::string& prefix);

// The path below the prefix. A path that does not begin with it stays as it is: a proxy may take the prefix off, and
// who calls on this machine need not know of it.
std::string BelowPrefix(std::string_view prefix, std::string path);

}  // namespace dangol::gateway
