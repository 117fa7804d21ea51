#include "common/base/reason_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dangol {
namespace {

using ::testing::ElementsAre;

TEST(ReasonPath, HasOthersAboveIt) {
  EXPECT_THAT(Lineage("a"), ElementsAre("a"));
  EXPECT_THAT(Lineage("a/b/c"), ElementsAre("a", "a/b", "a/b/c"));
  EXPECT_THAT(Lineage("a/b/c/d/e"), ElementsAre("a", "a/b", "a/b/c", "a/b/c/d"));
}

TEST(ReasonPath, StandsAboveWhatBeginsWithItsLevels) {
  EXPECT_TRUE(IsOrIsAbove("a", "a"));
  EXPECT_TRUE(IsOrIsAbove("a", "a/b/c"));
  EXPECT_FALSE(IsOrIsAbove("a", "ab"));
  EXPECT_FALSE(IsOrIsAbove("a/b", "a"));
}

TEST(ReasonPath, MovesWithWhatIsBelowIt) {
  EXPECT_EQ(MovedReason("a", "a", "x/y"), "x/y");
  EXPECT_EQ(MovedReason("a/b", "a", "x"), "x/b");
  const std::string longest(120, 'b');
  EXPECT_EQ(MovedReason("a/" + longest, "a", "1234567"), "1234567/" + longest);
  EXPECT_EQ(MovedReason("a/" + longest, "a", "12345678"), "12345678") << "what is too long lands in the reason itself";
}

}  // namespace
}  // namespace dangol
