// When an effect that is looked at again and again may be called one: the boundary that spends the chance of a false
// alarm over the looks (Lan and DeMets 1983, with the spending function of O'Brien-Fleming type), two-sided. Pure.
#pragma once

#include <vector>

namespace dangol::metrics {

// Boundaries of the absolute standard normal value, look by look. Together they are crossed with the probability
// `alpha` where nothing has changed.
class SpendingBoundary {
 public:
  explicit SpendingBoundary(double alpha) : alpha_(alpha) {}

  // The boundary of the next look, at this share of the information that there will be at the end: in (0, 1], more than
  // at the look before. Infinite where so little may be spent that it makes no difference.
  double Look(double information);

 private:
  // One side's share that may be spent by then.
  double SpentBy(double information) const;
  // The probability of going past `score` at the next look without having crossed before.
  double Beyond(double score, double step) const;
  // What is left within the boundary, on the grid of the next look.
  void Move(double boundary_score, double step);

  const double alpha_;
  double information_ = 0;
  double spent_ = 0;
  // The density of the score (the value times the square root of the information) of who has not crossed yet, at points
  // of equal distance, with the weights of Simpson's rule.
  std::vector<double> scores_;
  std::vector<double> weights_;
  std::vector<double> density_;
};

}  // namespace dangol::metrics
