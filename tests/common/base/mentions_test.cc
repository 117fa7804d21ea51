#include "common/base/mentions.h"

#include "fmt/format.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dangol {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(MentionsIn, FindsIdsAndNoAddresses) {
  EXPECT_THAT(MentionsIn("@kim-1, ask @lee. Not kim@example.com, @@, @Kim; (@kim-1)"),
              ElementsAre("members/kim-1", "members/lee"));
}

TEST(MentionsIn, TakesThirtyTwo) {
  std::string text;
  for (int i = 0; i < 40; ++i) text += fmt::format("@m{} ", i);
  EXPECT_EQ(MentionsIn(text).size(), 32U);
  EXPECT_THAT(MentionsIn("@ @_ @" + std::string(64, 'a')), IsEmpty());
}

}  // namespace
}  // namespace dangol
