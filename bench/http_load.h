// Load on an HTTP server: connections that each send one request after another, and how long each took.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "bench/load.h"

namespace dangol::bench {

struct HttpLoad {
  int port = 0;  // of 127.0.0.1
  std::string path;
  std::string content_type;
  std::function<std::string(int64_t)> body;  // of the n-th request; called on one thread
  int in_flight = 64;
  absl::Duration time;
};

// Blocks until all requests have ended. Another status than 200 is an error.
Measured Run(const HttpLoad& load);

}  // namespace dangol::bench
