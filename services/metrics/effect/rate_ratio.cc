#include "services/metrics/effect/rate_ratio.h"

#include <algorithm>
#include <boost/math/distributions/beta.hpp>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/normal.hpp>
#include <cmath>

namespace dangol::metrics {
namespace {

// Beyond this a normal value says no more than that it is extreme.
constexpr double kProbabilityLeast = 1e-15;

}  // namespace

double MidPLower(const Counted& first, const Counted& second) {
  const int64_t events = first.events + second.events;
  if (events == 0) return 0.5;
  const boost::math::binomial_distribution<> share(static_cast<double>(events),
                                                   second.exposure / (first.exposure + second.exposure));
  const auto observed = static_cast<double>(second.events);
  return boost::math::cdf(share, observed) - boost::math::pdf(share, observed) / 2;
}

double Overdispersion(std::span<const CountedDay> days) {
  double events = 0;
  double exposure = 0;
  for (const CountedDay& day : days) {
    if (day.exposure <= 0) continue;
    events += static_cast<double>(day.events);
    exposure += day.exposure;
  }
  if (events == 0) return 1;
  double chi_square = 0;
  int counted = 0;
  for (const CountedDay& day : days) {
    if (day.exposure <= 0) continue;
    const double expected = day.exposure * events / exposure;
    chi_square += std::pow(static_cast<double>(day.events) - expected, 2) / expected;
    ++counted;
  }
  return counted < 2 ? 1 : std::max(1.0, chi_square / (counted - 1));
}

double ZOf(const Counted& first, const Counted& second, double overdispersion) {
  const double p = std::clamp(MidPLower(first, second), kProbabilityLeast, 1 - kProbabilityLeast);
  return boost::math::quantile(boost::math::normal_distribution<>(), p) / std::sqrt(overdispersion);
}

double RateRatioQuantile(const Counted& first, const Counted& second, double overdispersion, double probability) {
  const boost::math::beta_distribution<> share(static_cast<double>(second.events) / overdispersion + 0.5,
                                               static_cast<double>(first.events) / overdispersion + 0.5);
  const double p = boost::math::quantile(share, probability);
  return p / (1 - p) * first.exposure / second.exposure;
}

}  // namespace dangol::metrics
