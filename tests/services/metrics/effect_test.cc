// Whether a change did something to the complaints that it answers.
#include <cmath>
#include <random>
#include <vector>

#include "gtest/gtest.h"

#include "services/metrics/effect/rate_ratio.h"
#include "services/metrics/effect/recurrence_effect.h"
#include "services/metrics/effect/spending.h"

namespace dangol::metrics {
namespace {

// Published counts and exposures; the expected values were computed with SciPy and statsmodels.
struct KnownRates {
  const char* source;
  Counted first;
  Counted second;
  double mid_p_greater;  // that the first rate is the greater one
  double jeffreys_low;   // of the first rate over the second
  double jeffreys_median;
  double jeffreys_high;
};
const KnownRates kKnownRates[] = {
    {"R, ?poisson.test",
     {11, 800},
     {21, 3011},
     0.04003841828019386,
     0.930782224552025,
     1.9858536162694589,
     4.014123324662995},
    {"Gu, Ng, Tang, Schucany 2008",
     {60, 51477.5},
     {30, 54308.7},
     0.0003101324419828564,
     1.371500394220464,
     2.1041308148594142,
     3.2971092375005857},
    {"Ng and Tang 2005",
     {41, 28010},
     {15, 19017},
     0.01772871088613105,
     1.0468854974059154,
     1.8426760639910051,
     3.4206686929879484},
};

TEST(RateRatio, IsWhatWasPublished) {
  for (const KnownRates& known : kKnownRates) {
    SCOPED_TRACE(known.source);
    EXPECT_NEAR(MidPLower(known.first, known.second), known.mid_p_greater, 1e-9);
    EXPECT_NEAR(RateRatioQuantile(known.second, known.first, 1, 0.025), known.jeffreys_low, 1e-6);
    EXPECT_NEAR(RateRatioQuantile(known.second, known.first, 1, 0.5), known.jeffreys_median, 1e-6);
    EXPECT_NEAR(RateRatioQuantile(known.second, known.first, 1, 0.975), known.jeffreys_high, 1e-6);
  }
}

TEST(RateRatio, TheOtherWayRoundIsTheOtherTail) {
  const Counted a{11, 800};
  const Counted b{21, 3011};
  EXPECT_NEAR(MidPLower(a, b) + MidPLower(b, a), 1, 1e-12);
  EXPECT_NEAR(ZOf(a, b, 1), -ZOf(b, a, 1), 1e-9);
  EXPECT_NEAR(ZOf(a, b, 4), ZOf(a, b, 1) / 2, 1e-12);
}

TEST(RateRatio, OfNoEventsNothingIsKnown) {
  EXPECT_EQ(MidPLower({0, 10}, {0, 20}), 0.5);
  EXPECT_EQ(ZOf({0, 10}, {0, 20}, 1), 0);
}

// By hand: five days of 2 on average, (4 + 4 + 0 + 1 + 1) / 2 over 4.
TEST(Overdispersion, IsPearsonsAboutTheCommonRate) {
  const std::vector<CountedDay> days = {{0, 1}, {4, 1}, {2, 1}, {1, 1}, {3, 1}};
  EXPECT_NEAR(Overdispersion(days), 1.25, 1e-12);
  EXPECT_EQ(Overdispersion(std::vector<CountedDay>{{2, 1}, {2, 1}, {2, 1}}), 1) << "never less";
  EXPECT_EQ(Overdispersion(std::vector<CountedDay>{{0, 1}, {0, 1}}), 1);
  EXPECT_EQ(Overdispersion(std::vector<CountedDay>{{5, 1}}), 1);
}

// Lan and DeMets' program manual, O'Brien-Fleming type, alpha 0.05, five looks.
TEST(Spending, BoundariesAreThePublishedOnes) {
  SpendingBoundary boundary(0.05);
  const double published[] = {4.8769, 3.3569, 2.6803, 2.2898, 2.0310};
  for (int look = 1; look <= 5; ++look) EXPECT_NEAR(boundary.Look(look / 5.0), published[look - 1], 2e-3) << look;
  SpendingBoundary two(0.05);
  EXPECT_NEAR(two.Look(0.5), 2.9625880427275484, 1e-3);
  EXPECT_NEAR(two.Look(1), 1.9685956405937175, 1e-3);
}

// Daily looks from the seventh day of 28 on; the first values were computed by another program.
TEST(Spending, DailyBoundariesAreKnown) {
  SpendingBoundary boundary(0.05);
  const double known[] = {4.332633646049566, 4.05415525150697, 3.8154038699071466};
  for (int day = 7; day <= 9; ++day) EXPECT_NEAR(boundary.Look(day / 28.0), known[day - 7], 2e-3) << day;
}

TEST(Spending, BeforeAnythingMayBeSpentTheBoundaryIsInfinite) {
  SpendingBoundary boundary(0.05);
  EXPECT_TRUE(std::isinf(boundary.Look(0.03)));
  EXPECT_GT(boundary.Look(0.3), 3.5);
}

std::vector<CountedDay> Days(std::mt19937& random, int days, double rate) {
  std::poisson_distribution<int64_t> events(rate);
  std::vector<CountedDay> counted;
  for (int i = 0; i < days; ++i) counted.push_back({events(random), 1});
  return counted;
}

TEST(RecurrenceEffect, WhatHelpedIsSaidToHaveHelped) {
  std::mt19937 random(1);
  const RecurrenceEffect effect = EstimateRecurrence(Days(random, 180, 4), Days(random, 28, 1));
  EXPECT_EQ(effect.verdict, Verdict::kImproved);
  EXPECT_GE(effect.verdict_day, 7);
  EXPECT_LT(effect.ratio_high, 0.5);
}

TEST(RecurrenceEffect, WhatMadeItWorseIsSaidToo) {
  std::mt19937 random(2);
  const RecurrenceEffect effect = EstimateRecurrence(Days(random, 180, 2), Days(random, 28, 5));
  EXPECT_EQ(effect.verdict, Verdict::kWorsened);
  EXPECT_GT(effect.ratio_low, 1.5);
}

TEST(RecurrenceEffect, BeforeTheSeventhDayNothingIsSaid) {
  std::mt19937 random(3);
  const RecurrenceEffect effect = EstimateRecurrence(Days(random, 180, 10), Days(random, 6, 0.01));
  EXPECT_EQ(effect.verdict, Verdict::kTooEarly);
  EXPECT_FALSE(effect.boundary.has_value());
}

// About 1.2 would have come by now, so that none came proves nothing.
TEST(RecurrenceEffect, NoComplaintProvesNothingWhereHardlyOneWasExpected) {
  std::vector<CountedDay> before(100, CountedDay{0, 1});
  for (int i = 0; i < 6; ++i) before[static_cast<size_t>(i * 15)].events = 1;
  const RecurrenceEffect effect = EstimateRecurrence(before, std::vector<CountedDay>(20, CountedDay{0, 1}));
  EXPECT_EQ(effect.verdict, Verdict::kTooEarly);
  EXPECT_NEAR(effect.expected, 1.2, 1e-9);
}

TEST(RecurrenceEffect, TheSameIsToldFromWhatCannotBeTold) {
  EXPECT_EQ(EstimateRecurrence(std::vector<CountedDay>(180, CountedDay{100, 1}),
                               std::vector<CountedDay>(28, CountedDay{100, 1}))
                .verdict,
            Verdict::kNoDetectableEffect);
  EXPECT_EQ(
      EstimateRecurrence(std::vector<CountedDay>(180, CountedDay{1, 1}), std::vector<CountedDay>(28, CountedDay{1, 1}))
          .verdict,
      Verdict::kInconclusive);
}

TEST(RecurrenceEffect, RatesAreByExposureAndDaysWithoutItDoNotCount) {
  // Twice the orders and twice the complaints are the same rate.
  const RecurrenceEffect effect = EstimateRecurrence(std::vector<CountedDay>(180, CountedDay{50, 100}),
                                                     std::vector<CountedDay>(28, CountedDay{100, 200}));
  EXPECT_NEAR(effect.ratio, 1, 0.01);
  EXPECT_EQ(effect.verdict_day, 0);
  EXPECT_EQ(EstimateRecurrence({}, std::vector<CountedDay>(28, CountedDay{1, 1})).verdict, Verdict::kTooEarly);
  EXPECT_EQ(EstimateRecurrence(std::vector<CountedDay>(28, CountedDay{1, 1}), {}).verdict, Verdict::kTooEarly);
  EXPECT_EQ(
      EstimateRecurrence(std::vector<CountedDay>(28, CountedDay{1, 1}), std::vector<CountedDay>(28, CountedDay{0, 0}))
          .verdict,
      Verdict::kTooEarly);
}

}  // namespace
}  // namespace dangol::metrics
