#include "services/metrics/effect/recurrence_effect.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "services/metrics/effect/spending.h"

namespace dangol::metrics {
namespace {

constexpr double kAlpha = 0.05;
constexpr int kFirstLookDay = 7;
constexpr double kHorizonDays = 28;
// None of so many would still come about by chance once in forty times: e^-3.69 is 0.025.
constexpr double kExpectedFewest = 3.69;
// A rate within these is the same for all that it matters.
constexpr double kSameLow = 0.8;
constexpr double kSameHigh = 1.25;

Counted SumOf(std::span<const CountedDay> days) {
  Counted sum;
  for (const CountedDay& day : days) {
    sum.events += day.events;
    sum.exposure += day.exposure;
  }
  return sum;
}

Verdict VerdictOf(const RecurrenceEffect& effect) {
  if (effect.verdict_day > 0) return effect.z < 0 ? Verdict::kImproved : Verdict::kWorsened;
  if (effect.days < kFirstLookDay || effect.expected < kExpectedFewest) return Verdict::kTooEarly;
  const bool same = effect.ratio_low > kSameLow && effect.ratio_high < kSameHigh;
  return same ? Verdict::kNoDetectableEffect : Verdict::kInconclusive;
}

// Looks day by day until one crosses the boundary.
void LookDaily(std::span<const CountedDay> before, std::span<const CountedDay> after, RecurrenceEffect& effect) {
  const Counted first = SumOf(before);
  const double horizon = first.exposure / static_cast<double>(before.size()) * kHorizonDays;
  std::vector<CountedDay> days(before.begin(), before.end());
  SpendingBoundary boundary(kAlpha);
  Counted second;
  double information = 0;
  for (size_t day = 1; day <= after.size(); ++day) {
    second.events += after[day - 1].events;
    second.exposure += after[day - 1].exposure;
    days.push_back(after[day - 1]);
    if (day < kFirstLookDay || second.exposure <= 0 || information >= 1) continue;
    const double share = std::min(1.0, second.exposure / horizon);
    if (share <= information) continue;  // a day on which nothing was sold
    information = share;
    const double limit = boundary.Look(information);
    effect.overdispersion = Overdispersion(days);
    effect.z = ZOf(first, second, effect.overdispersion);
    effect.boundary = std::isfinite(limit) ? std::optional(limit) : std::nullopt;
    // Before so many could be expected a boundary can be crossed upwards only.
    if (std::abs(effect.z) < limit) continue;
    effect.verdict_day = static_cast<int>(day);
    return;
  }
}

}  // namespace

RecurrenceEffect EstimateRecurrence(std::span<const CountedDay> before, std::span<const CountedDay> after) {
  RecurrenceEffect effect;
  const Counted first = SumOf(before);
  const Counted second = SumOf(after);
  effect.days = static_cast<int>(after.size());
  if (first.exposure <= 0 || second.exposure <= 0) return effect;
  effect.expected = static_cast<double>(first.events) / first.exposure * second.exposure;
  LookDaily(before, after, effect);
  std::vector<CountedDay> days(before.begin(), before.end());
  days.insert(days.end(), after.begin(), after.end());
  effect.overdispersion = Overdispersion(days);
  effect.ratio = RateRatioQuantile(first, second, effect.overdispersion, 0.5);
  effect.ratio_low = RateRatioQuantile(first, second, effect.overdispersion, kAlpha / 2);
  effect.ratio_high = RateRatioQuantile(first, second, effect.overdispersion, 1 - kAlpha / 2);
  effect.verdict = VerdictOf(effect);
  return effect;
}

}  // namespace dangol::metrics
