// Two rates of rare events, such as complaints per order before and after a change: whether they differ, and by how
// much. Pure.
#pragma once

#include <cstdint>
#include <span>

namespace dangol::metrics {

// What was counted, and against how much.
struct Counted {
  int64_t events = 0;
  double exposure = 0;
};

// One day.
struct CountedDay {
  int64_t events = 0;
  double exposure = 0;
};

// P(X < x) + P(X = x) / 2 where X, given the sum of events, is what `second` has of them if both rates are the same: a
// binomial of the share of exposures (conditional test with Lancaster's mid-P; Przyborowski and Wilenski 1940). Small
// where the second rate is the lower one. Exposures are above 0.
double MidPLower(const Counted& first, const Counted& second);

// How much more days differ than Poisson counts of one rate would: Pearson's chi-square over its degrees of freedom,
// about the common rate (A score test's: McCullagh and Nelder, Generalized Linear Models, 2nd edition 1989, 4.5), at
// least 1. Days without exposure do not count.
double Overdispersion(std::span<const CountedDay> days);

// The standard normal value of MidPLower, less by the square root of the overdispersion. Negative where the second rate
// is the lower one.
double ZOf(const Counted& first, const Counted& second, double overdispersion);

// Quantile of the second rate over the first, by Jeffreys' prior: p / (1 - p) times the exposures' ratio, where p has
// the distribution Beta(second + 1/2, first + 1/2). Events count less by the overdispersion.
double RateRatioQuantile(const Counted& first, const Counted& second, double overdispersion, double probability);

}  // namespace dangol::metrics
