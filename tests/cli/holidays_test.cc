// When `dangol doctor` says that holidays are about to be unknown.
#include "cli/doctor/holidays.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dangol::cli {
namespace {

TEST(HolidaysWarning, ComesHalfAYearBeforeTheyEnd) {
  const auto warning = [](const char* end, int year, int month, int day) {
    dangol::tickets::v1::TriagePolicy policy;
    policy.set_holidays_end_day(end);
    return HolidaysWarning(policy, absl::FromCivil(absl::CivilDay(year, month, day), absl::UTCTimeZone()));
  };
  EXPECT_EQ(warning("2028-12-31", 2028, 7, 3), "");
  EXPECT_THAT(warning("2028-12-31", 2028, 7, 4), ::testing::HasSubstr("end on 2028-12-31"));
  EXPECT_THAT(warning("2028-12-31", 2031, 1, 1), ::testing::HasSubstr("--extra-holidays 2029-01-01"));
  EXPECT_EQ(warning("", 2031, 1, 1), "") << "the policy names no calendar";
}

}  // namespace
}  // namespace dangol::cli
