// Paths of contact reasons.
#include "services/tickets/reason/reason_path.h"

#include <algorithm>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dangol::tickets {
namespace {

using ::testing::ElementsAre;

TEST(ReasonPath, HasLevels) {
  EXPECT_EQ(LevelsOf("a"), 1u);
  EXPECT_EQ(LevelsOf("a/b/c"), 3u);
  EXPECT_EQ(ReasonAbove("a/b/c"), "a/b");
  EXPECT_EQ(ReasonAbove("a"), "");
}

TEST(ReasonPath, KeysAreInTheOrderOfTheTree) {
  std::vector<std::string> keys;
  for (const char* path : {"b", "a-x", "a.x", "a/b", "a", "a/b/c", "a/b-c", "a0"}) keys.push_back(ReasonKey(path));
  std::ranges::sort(keys);
  std::vector<std::string> paths;
  for (const std::string& key : keys) paths.push_back(PathOfKey(key));
  EXPECT_THAT(paths, ElementsAre("a", "a/b", "a/b/c", "a/b-c", "a-x", "a.x", "a0", "b"));
}

}  // namespace
}  // namespace dangol::tickets
