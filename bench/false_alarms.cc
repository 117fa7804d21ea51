// How often the effect on complaints is called one where there is none, by somebody who looks every day: the share of
// simulated series whose boundary is crossed at any look. And how often a real effect is found.
#include <cstdint>
#include <cstdio>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "fmt/format.h"

#include "services/metrics/effect/recurrence_effect.h"

namespace dangol::metrics {
namespace {

constexpr int kDaysAfter = 28;

struct Case {
  double per_day = 0;
  double overdispersion = 1;  // the variance of a day over its mean
  int days_before = 0;
  double ratio = 1;  // of the rate after the shipment
};

// Poisson, or gamma mixed so that the variance is as wanted.
int64_t Draw(std::mt19937_64& random, double mean, double overdispersion) {
  if (overdispersion > 1) {
    const double scale = overdispersion - 1;
    mean = std::gamma_distribution<double>(mean / scale, scale)(random);
  }
  return mean <= 0 ? 0 : std::poisson_distribution<int64_t>(mean)(random);
}

std::vector<CountedDay> Days(std::mt19937_64& random, int days, double mean, double overdispersion) {
  std::vector<CountedDay> drawn;
  for (int day = 0; day < days; ++day) drawn.push_back({Draw(random, mean, overdispersion), 1.0});
  return drawn;
}

// The share of series in which some look found an effect.
double FoundIn(const Case& one, int series, uint64_t seed) {
  std::mt19937_64 random(seed);
  int found = 0;
  for (int i = 0; i < series; ++i) {
    const std::vector<CountedDay> before = Days(random, one.days_before, one.per_day, one.overdispersion);
    const std::vector<CountedDay> after = Days(random, kDaysAfter, one.per_day * one.ratio, one.overdispersion);
    if (EstimateRecurrence(before, after).verdict_day > 0) ++found;
  }
  return static_cast<double>(found) / series;
}

void Show(const std::string& what, const std::vector<Case>& cases, int series, uint64_t seed) {
  fmt::print("{}", what);
  for (const Case& one : cases) {
    fmt::print(" | {:.3f}", FoundIn(one, series, seed));
    std::fflush(stdout);
  }
  fmt::print("\n");
}

int Run(int series, uint64_t seed) {
  fmt::print("False alarms, {} series a cell, seed {}; 56 days before with phi 1, 2, 3, then 180 days\n", series, seed);
  for (const double per_day : {0.3, 1.0, 4.0}) {
    std::vector<Case> cases;
    for (const int days : {56, 180}) {
      for (const double phi : {1.0, 2.0, 3.0}) cases.push_back({per_day, phi, days, 1});
    }
    Show(fmt::format("{:g} a day", per_day), cases, series, seed);
  }
  fmt::print("Effects found, 180 days before, phi 1, 2, 3\n");
  for (const auto& [per_day, ratio] : {std::pair(0.3, 0.25), {1.0, 0.5}, {4.0, 0.7}}) {
    std::vector<Case> cases;
    for (const double phi : {1.0, 2.0, 3.0}) cases.push_back({per_day, phi, 180, ratio});
    Show(fmt::format("{:g} a day x {:g}", per_day, ratio), cases, series, seed);
  }
  return 0;
}

}  // namespace
}  // namespace dangol::metrics

int main(int argc, char** argv) {
  CLI::App app("How often daily looks at complaints find an effect that is not there, or one that is");
  int series = 6000;
  uint64_t seed = 1;
  app.add_option("--series", series, "Simulated series a cell; 6000 unless given")->check(CLI::PositiveNumber);
  app.add_option("--seed", seed, "Of the chance; 1 unless given");
  CLI11_PARSE(app, argc, argv);
  return dangol::metrics::Run(series, seed);
}
