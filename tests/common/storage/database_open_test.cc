// Opening a database: its URL, its path, and that it has one owner.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/base/error.h"
#include "common/storage/core_schema.h"
#include "common/storage/database.h"
#include "tests/common/rpc/refusal.h"
#include "tests/support/local_service.h"

namespace dangol::storage {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Message(const absl::Status& status) { return std::string(status.message()); }

TEST(OpenDatabase, RefusesAUrlThatItDoesNotKnow) {
  for (const std::string url :
       {"", "sqlite", "sqlite:", "postgresql:host", "mysql://host/db", "tickets.db", "SQLITE:x", "a\nb"}) {
    const absl::Status status = OpenDatabase(url).status();
    EXPECT_EQ(testing::Summary(status), "INVALID_ARGUMENT DATABASE_URL") << url;
    EXPECT_THAT(Message(status), HasSubstr("use sqlite:PATH"));
    EXPECT_THAT(Message(status), Not(HasSubstr("\n")));
  }
}

TEST(OpenDatabase, MakesMissingFolders) {
  testing::TemporaryFolder folder;
  auto database = OpenDatabase("sqlite:" + folder.File("a/b/c.db"));
  ASSERT_TRUE(database.ok()) << database.status();
  EXPECT_TRUE((*database)->OpenWriter().ok());
  EXPECT_TRUE(std::filesystem::exists(folder.File("a/b/c.db")));
}

TEST(OpenDatabase, MakesFilesForItsOwnerAloneWhateverTheUmask) {
  testing::TemporaryFolder folder;
  const mode_t before = umask(0022);
  auto database = OpenDatabase("sqlite:" + folder.File("a.db"));
  ASSERT_TRUE(database.ok()) << database.status();
  auto writer = (*database)->OpenWriter();
  ASSERT_TRUE(writer.ok()) << writer.status();
  umask(before);
  int files = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder.path())) {
    EXPECT_EQ(file.status().permissions() & ~std::filesystem::perms::owner_all, std::filesystem::perms::none)
        << file.path();
    ++files;
  }
  EXPECT_GE(files, 3) << "the database, its log and its lock";
}

TEST(OpenDatabase, RefusesASecondOwnerAndNamesTheFirst) {
  testing::TemporaryFolder folder;
  auto first = OpenDatabase("sqlite:" + folder.File("a.db"));
  ASSERT_TRUE(first.ok()) << first.status();
  const absl::Status second = OpenDatabase("sqlite:" + folder.File("a.db")).status();
  EXPECT_EQ(testing::Summary(second), "FAILED_PRECONDITION DATABASE_PATH");
  EXPECT_THAT(Message(second), HasSubstr(folder.File("a.db")));
  EXPECT_THAT(Message(second), HasSubstr(fmt::format("in use by process {}.", getpid())));
  EXPECT_TRUE(OpenDatabase("sqlite:" + folder.File("b.db")).ok());
}

TEST(OpenDatabase, HasNoOwnerOnceItIsClosed) {
  testing::TemporaryFolder folder;
  for (int i = 0; i < 3; ++i) {
    auto database = OpenDatabase("sqlite:" + folder.File("a.db"));
    EXPECT_TRUE(database.ok()) << database.status();
  }
}

TEST(OpenDatabase, AStaleLockFileHoldsNobodyUp) {
  testing::TemporaryFolder folder;
  std::ofstream(folder.File("a.db.lock")) << "99999999";
  auto database = OpenDatabase("sqlite:" + folder.File("a.db"));
  EXPECT_TRUE(database.ok()) << database.status();
}

TEST(OpenDatabase, SaysWhichPathCannotBeWrittenAndWhatToDo) {
  testing::TemporaryFolder folder;
  std::filesystem::create_directory(folder.File("a.db.lock"));
  const absl::Status status = OpenDatabase("sqlite:" + folder.File("a.db")).status();
  EXPECT_EQ(testing::Summary(status), "PERMISSION_DENIED DATABASE_PATH");
  EXPECT_THAT(Message(status), HasSubstr(folder.File("a.db")));
  EXPECT_THAT(Message(status), HasSubstr("Check the folder's owner and mode."));
}

TEST(OpenDatabase, SaysWhichFolderCannotBeMadeAndWhatToDo) {
  testing::TemporaryFolder folder;
  std::ofstream(folder.File("file")) << "not a folder";
  const absl::Status status = OpenDatabase("sqlite:" + folder.File("file/sub/a.db")).status();
  EXPECT_EQ(testing::Summary(status), "PERMISSION_DENIED DATABASE_PATH");
  EXPECT_THAT(Message(status), HasSubstr(folder.File("file/sub")));
  EXPECT_THAT(Message(status), HasSubstr("Check "));
}

// The error that an operator sees when a service starts on what is no database.
absl::Status StartOn(const std::string& path) {
  auto database = OpenDatabase("sqlite:" + path);
  return database.ok() ? (*database)->Recover().status() : database.status();
}

TEST(OpenDatabase, SaysThatThePathIsAFolder) {
  testing::TemporaryFolder folder;
  std::filesystem::create_directory(folder.File("data"));
  const absl::Status status = StartOn(folder.File("data"));
  EXPECT_FALSE(status.ok());
  EXPECT_THAT(Message(status), HasSubstr(folder.File("data")));
}

TEST(OpenDatabase, SaysWhichFileIsNoDatabase) {
  testing::TemporaryFolder folder;
  std::ofstream(folder.File("a.db")) << std::string(8192, 'x');
  const absl::Status status = StartOn(folder.File("a.db"));
  EXPECT_EQ(testing::Summary(status), "DATA_LOSS STORAGE_CORRUPT");
  EXPECT_THAT(Message(status), HasSubstr(folder.File("a.db")));
}

}  // namespace
}  // namespace dangol::storage
