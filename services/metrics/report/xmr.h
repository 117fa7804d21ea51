// XmR charts: whether a value is what chance alone makes of what it usually is (Wheeler, Understanding Variation, 2nd
// edition, SPC Press 2000, appendix). Pure.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "dangol/metrics/v1/report.pb.h"

namespace dangol::metrics {

struct XmrLimits {
  double mean = 0;
  double lower = 0;
  double upper = 0;
  double range_upper = 0;  // of the difference of two values in a row
};

// Of values in order of time; a period without a value is not among them, so a range may span it. Nothing where there
// are fewer than six.
std::optional<XmrLimits> LimitsOf(std::span<const double> values);

// What is unusual about `value`, which follows `before`, by the limits of these.
std::vector<v1::Signal> SignalsOf(const XmrLimits& limits, std::span<const double> before, double value);

}  // namespace dangol::metrics
