#include "services/metrics/report/xmr.h"

#include <cmath>
#include <numeric>

namespace dangol::metrics {
namespace {

using v1::Signal;

// Three standard deviations, and the upper limit of a range, by the mean of the ranges of two.
constexpr double kLimitFactor = 2.66;
constexpr double kRangeFactor = 3.27;
constexpr size_t kValuesFewest = 6;
constexpr int kRunFewest = 8;

void Add(std::vector<Signal>& signals, Signal::Kind kind, int values = 0) {
  Signal& signal = signals.emplace_back();
  signal.set_kind(kind);
  signal.set_values(values);
}

// How many values up to the last one are on the same side of the mean as it.
int RunOf(double mean, std::span<const double> before, double value) {
  if (value == mean) return 0;
  int run = 1;
  for (auto it = before.rbegin(); it != before.rend() && *it != mean && (*it > mean) == (value > mean); ++it) ++run;
  return run;
}

}  // namespace

std::optional<XmrLimits> LimitsOf(std::span<const double> values) {
  if (values.size() < kValuesFewest) return std::nullopt;
  double ranges = 0;
  for (size_t i = 1; i < values.size(); ++i) ranges += std::abs(values[i] - values[i - 1]);
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  const double mean_range = ranges / static_cast<double>(values.size() - 1);
  return XmrLimits{mean, mean - kLimitFactor * mean_range, mean + kLimitFactor * mean_range, kRangeFactor * mean_range};
}

std::vector<Signal> SignalsOf(const XmrLimits& limits, std::span<const double> before, double value) {
  std::vector<Signal> signals;
  if (value > limits.upper) Add(signals, Signal::ABOVE_LIMITS);
  if (value < limits.lower) Add(signals, Signal::BELOW_LIMITS);
  if (const int run = RunOf(limits.mean, before, value); run >= kRunFewest)
    Add(signals, value > limits.mean ? Signal::RUN_ABOVE : Signal::RUN_BELOW, run);
  if (!before.empty() && std::abs(value - before.back()) > limits.range_upper) Add(signals, Signal::STEP);
  return signals;
}

}  // namespace dangol::metrics
