// XmR charts.
#include "services/metrics/report/xmr.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dangol::metrics {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using v1::Signal;

std::vector<std::string> Signals(const std::vector<double>& before, double value) {
  const auto limits = LimitsOf(before);
  EXPECT_TRUE(limits.has_value());
  std::vector<std::string> lines;
  for (const Signal& signal : SignalsOf(*limits, before, value))
    lines.push_back(Signal::Kind_Name(signal.kind()) +
                    (signal.values() > 0 ? fmt::format(" {}", signal.values()) : ""));
  return lines;
}

// NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.2 "Individuals control charts": flow rates of ten batches,
// mean 50.81, mean moving range 1.8778, limits 45.8159 and 55.8041 by 3 / 1.128, which Wheeler rounds to 2.66.
TEST(Xmr, LimitsAreThoseOfThePublishedExample) {
  const std::vector<double> flow_rates = {49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1};
  const auto limits = LimitsOf(flow_rates);
  ASSERT_TRUE(limits.has_value());
  EXPECT_NEAR(limits->mean, 50.81, 1e-9);
  EXPECT_NEAR(limits->upper, 55.8041, 2e-3);
  EXPECT_NEAR(limits->lower, 45.8159, 2e-3);
  EXPECT_NEAR(limits->range_upper, 3.27 * 1.8778, 1e-3);
  EXPECT_THAT(Signals(flow_rates, 55.7), IsEmpty());
  EXPECT_THAT(Signals(flow_rates, 55.9), ElementsAre("ABOVE_LIMITS"));
  EXPECT_THAT(Signals(flow_rates, 45.7), ElementsAre("BELOW_LIMITS", "STEP"));
}

TEST(Xmr, FewerThanSixValuesSayNothing) {
  EXPECT_FALSE(LimitsOf(std::vector<double>{}).has_value());
  EXPECT_FALSE(LimitsOf(std::vector<double>{7}).has_value());
  EXPECT_FALSE(LimitsOf(std::vector<double>{1, 2, 3, 4, 5}).has_value());
  EXPECT_TRUE(LimitsOf(std::vector<double>{1, 2, 3, 4, 5, 6}).has_value());
}

TEST(Xmr, OfAConstantSeriesEveryOtherValueIsUnusual) {
  const std::vector<double> constant(10, 5);
  EXPECT_THAT(Signals(constant, 5), IsEmpty());
  EXPECT_THAT(Signals(constant, 5.1), ElementsAre("ABOVE_LIMITS", "STEP"));
}

TEST(Xmr, EightInARowOnOneSideAreASignal) {
  const std::vector<double> low_then_high = {1, 5, 2, 6, 1, 5, 2, 5, 9, 8, 9, 8, 9, 8, 9};
  EXPECT_THAT(Signals(low_then_high, 8), ElementsAre("RUN_ABOVE 8"));
  const std::vector<double> seven(low_then_high.begin(), low_then_high.end() - 1);
  EXPECT_THAT(Signals(seven, 8), IsEmpty());
  EXPECT_THAT(Signals(low_then_high, 4), IsEmpty()) << "the run has ended";
}

}  // namespace
}  // namespace dangol::metrics
