// What a fuzzer feeds: code that reads what strangers send.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace dangol::fuzz {

// Reads one input. It ends the process where what must hold does not.
using Target = std::function<void(std::string_view input)>;

Target EnvelopeTarget();
Target JsonTarget();
Target HttpTarget();
Target JwtTarget();
Target CookieTarget();

// Ends the process unless `holds`.
inline void Require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "FAILED: %s\n", what);
  std::abort();
}

}  // namespace dangol::fuzz
