#include "common/identity/file.h"

#include <sys/stat.h>

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

// The times of files have grains of some milliseconds.
TEST(FileVersion, IsAnotherOneWhenOthersMayReadTheFile) {
  testing::TemporaryFolder folder;
  const std::string path = folder.File("pepper");
  ASSERT_EQ(WriteSmallFile(path, "secret", 0444), absl::OkStatus());
  const std::string version = FileVersion(path);
  for (int i = 0; i < 1'000'000 && FileVersion(path) == version; ++i) ASSERT_EQ(chmod(path.c_str(), 0400), 0);
  EXPECT_NE(FileVersion(path), version);
}

}  // namespace
}  // namespace dangol::identity
