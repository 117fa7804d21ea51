#include "services/metrics/effect/spending.h"

#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <limits>
#include <numbers>

namespace dangol::metrics {
namespace {

constexpr int kPoints = 161;  // odd: Simpson's rule
// Less than this a side is not told from nothing by the integration.
constexpr double kSpentLeast = 1e-12;
constexpr double kBoundaryMost = 8;

double UpperTail(double z) { return std::erfc(z / std::numbers::sqrt2) / 2; }

double Density(double z) { return std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi); }

// The z with this upper tail.
double UpperQuantile(double tail) {
  return boost::math::quantile(boost::math::complement(boost::math::normal_distribution<>(), tail));
}

}  // namespace

double SpendingBoundary::SpentBy(double information) const {
  return 2 * UpperTail(UpperQuantile(alpha_ / 4) / std::sqrt(information));
}

double SpendingBoundary::Beyond(double score, double step) const {
  if (scores_.empty()) return UpperTail(score / std::sqrt(step));
  double sum = 0;
  for (size_t i = 0; i < scores_.size(); ++i)
    sum += weights_[i] * density_[i] * UpperTail((score - scores_[i]) / std::sqrt(step));
  return sum;
}

void SpendingBoundary::Move(double boundary_score, double step) {
  std::vector<double> scores(kPoints);
  std::vector<double> weights(kPoints);
  std::vector<double> density(kPoints);
  const double width = 2 * boundary_score / (kPoints - 1);
  for (int i = 0; i < kPoints; ++i) {
    const auto at = static_cast<size_t>(i);
    scores[at] = -boundary_score + i * width;
    weights[at] = width / 3 * (i == 0 || i == kPoints - 1 ? 1 : i % 2 == 1 ? 4 : 2);
    if (scores_.empty()) {
      density[at] = Density(scores[at] / std::sqrt(step)) / std::sqrt(step);
      continue;
    }
    for (size_t j = 0; j < scores_.size(); ++j) {
      density[at] += weights_[j] * density_[j] * Density((scores[at] - scores_[j]) / std::sqrt(step)) / std::sqrt(step);
    }
  }
  scores_ = std::move(scores);
  weights_ = std::move(weights);
  density_ = std::move(density);
}

double SpendingBoundary::Look(double information) {
  const double step = information - information_;
  const double may_spend = SpentBy(information) - spent_;
  const double root = std::sqrt(information);
  information_ = information;
  if (may_spend < kSpentLeast) {
    Move(kBoundaryMost * root, step);
    return std::numeric_limits<double>::infinity();
  }
  double low = 0;
  double high = kBoundaryMost;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (Beyond(middle * root, step) > may_spend ? low : high) = middle;
  }
  spent_ += may_spend;
  Move(high * root, step);
  return high;
}

}  // namespace dangol::metrics
