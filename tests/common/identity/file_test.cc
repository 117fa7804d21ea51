#include "common/identity/file.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "common/base/error.h"
#include "tests/support/temporary_folder.h"

namespace dangol::identity {
namespace {

TEST(WriteSmallFile, LeavesNothingBehindWhereItCannotReplaceWhatIsThere) {
  testing::TemporaryFolder folder;
  std::filesystem::create_directories(folder.File("tokens/not-empty"));
  EXPECT_EQ(ErrorReason(WriteSmallFile(folder.File("tokens"), "hashes", 0600)), "KEYS_UNWRITABLE");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

}  // namespace
}  // namespace dangol::identity
