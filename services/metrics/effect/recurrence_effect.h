// What a shipped change did to the complaints that it answers: their rate by exposure before and after, looked at anew
// each day, with an honest verdict. Pure.
#pragma once

#include <optional>
#include <span>

#include "services/metrics/effect/rate_ratio.h"

namespace dangol::metrics {

enum class Verdict {
  kTooEarly,            // too few days, too little exposure, or too few complaints would have been expected by now
  kImproved,            // the rate is lower, and chance alone would seldom have said so at any look
  kWorsened,            // it is higher, likewise
  kNoDetectableEffect,  // it is the same but for a difference that matters to nobody
  kInconclusive,        // none of these can be told
};

struct RecurrenceEffect {
  Verdict verdict = Verdict::kTooEarly;
  int days = 0;          // after the ship, with exposure
  double expected = 0;   // complaints by now at the rate of before
  double ratio = 1;      // of the rates, after over before: the posterior's median
  double ratio_low = 0;  // 95 % interval
  double ratio_high = 0;
  double overdispersion = 1;
  double z = 0;                    // of the newest look
  std::optional<double> boundary;  // for its absolute value; none: no look was due yet, or none is any more
  int verdict_day = 0;             // the day of the look that crossed the boundary; 0: none did
};

// Days before the ship, and those after it so far; a look is each day from the seventh until the exposure of 28 days,
// at the mean of before, is reached.
RecurrenceEffect EstimateRecurrence(std::span<const CountedDay> before, std::span<const CountedDay> after);

}  // namespace dangol::metrics
