#include "common/base/civil.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dangol {
namespace {

TEST(ParseCivilDay, TakesOneFormOfADayThatThereIs) {
  EXPECT_EQ(ParseCivilDay("2026-11-24"), absl::CivilDay(2026, 11, 24));
  EXPECT_EQ(ParseCivilDay("2024-02-29"), absl::CivilDay(2024, 2, 29));
  EXPECT_EQ(ParseCivilDay("0001-01-01"), absl::CivilDay(1, 1, 1));
  for (const char* wrong :
       {"",           "2026-11-2",  "2026-11-024", "2026-11-24 ", " 2026-11-24",   "2026/11/24", "2026-1124-",
        "26-11-24",   "-026-11-24", "+026-11-24",  "2026-11-+4",  "2026- 1-24",    "2026-13-01", "2026-00-01",
        "2026-11-00", "2026-11-31", "2026-02-29",  "2026-11-2x",  "2026-11-24T00", "２０２６"}) {
    EXPECT_FALSE(ParseCivilDay(wrong)) << wrong;
  }
}

TEST(MinutesIn, TakesATimeOfDay) {
  EXPECT_EQ(*MinutesIn("at", "00:00"), 0);
  EXPECT_EQ(*MinutesIn("at", "23:59"), 23 * 60 + 59);
  for (const char* wrong : {"", "24:00", "12:60", "1:00", "12:0", "12-00", "+1:00", "12:+1", "12:000", " 9:00"}) {
    EXPECT_FALSE(MinutesIn("at", wrong).ok()) << wrong;
  }
}

}  // namespace
}  // namespace dangol
