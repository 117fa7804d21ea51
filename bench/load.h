// Load on one method: a fixed number of calls in flight, and how long each took.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "common/rpc/transport.h"

namespace dangol::bench {

struct Load {
  std::string method;
  std::function<std::string(int64_t)> request;  // of the n-th call, in wire format; called on several threads
  int in_flight = 64;
  absl::Duration time;
};

struct Measured {
  // How a call ended. Sort, once, when all have.
  void Count(const absl::Status& status, absl::Duration took);
  void Sort();
  // Adds what another round measured; `milliseconds` are not ascending until Sort.
  void Add(const Measured& other);

  int64_t calls = 0;
  int64_t errors = 0;
  std::string first_error;
  absl::Duration time;
  std::vector<float> milliseconds;  // of each call, ascending

  double Rate() const { return static_cast<double>(calls) / absl::ToDoubleSeconds(time); }
  double Percentile(double p) const;
};

// Blocks until all calls have ended.
Measured Run(rpc::Channel& channel, const Load& load);

void PrintMachine();
double Median(std::vector<double> values);
// "median (lower quartile to upper quartile)"
std::string Quartiles(std::vector<double> values, int decimals);

}  // namespace dangol::bench
