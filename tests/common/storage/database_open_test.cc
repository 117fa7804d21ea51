// Opening a database: its URL, its path, and that it has one owner.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/base/error.h"
#include "common/storage/core_schema.h"
#include "common/storage/database.h"
#include "tests/common/rpc/refusal.h"
#include "tests/common/storage/database_file.h"
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

// Where an operator opens one as root, such as to give its feed a new identity.
TEST(OpenDatabase, LeavesToTheOwnerOfTheFolderWhatRootMakesThere) {
  if (geteuid() != 0) GTEST_SKIP() << "only root gives files to others";
  constexpr uid_t kOther = 65534;
  testing::TemporaryFolder folder;
  ASSERT_EQ(chown(folder.path().c_str(), kOther, kOther), 0);
  auto database = OpenDatabase("sqlite:" + folder.File("data/a.db"));
  ASSERT_TRUE(database.ok()) << database.status();
  auto writer = (*database)->OpenWriter();
  ASSERT_TRUE(writer.ok()) << writer.status();
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path())) {
    struct stat found {};
    ASSERT_EQ(lstat(entry.path().c_str(), &found), 0);
    EXPECT_EQ(found.st_uid, kOther) << entry.path();
    ++files;
  }
  EXPECT_GE(files, 4) << "the folder, the database, its log and its lock";
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

// `d/a.db`, and links that lead there.
class LinkedDatabase : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"d", "links"}) std::filesystem::create_directory(folder_.File(name));
    std::filesystem::create_symlink("../d/a.db", folder_.File("links/a.db"));
    std::filesystem::create_symlink(folder_.File("links/a.db"), folder_.File("again.db"));
    std::filesystem::create_directory_symlink("d", folder_.File("e"));
  }
  std::vector<std::string> Paths() const {
    return {folder_.File("d/a.db"), folder_.File("links/a.db"), folder_.File("again.db"), folder_.File("e/a.db")};
  }
  std::set<std::string> FilesIn(const std::string& name) const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.File(name))) {
      names.insert(entry.path().filename());
    }
    return names;
  }

  testing::TemporaryFolder folder_;
};

TEST_F(LinkedDatabase, HasOneOwnerByWhicheverPath) {
  for (const std::string& path : Paths()) {
    SCOPED_TRACE(path);
    std::filesystem::remove(folder_.File("d/a.db"));  // once it is there, once the link leads to nothing yet
    for (int i = 0; i < 2; ++i) {
      auto first = OpenDatabase("sqlite:" + path);
      ASSERT_TRUE(first.ok()) << first.status();
      ASSERT_TRUE((*first)->Recover().ok());
      for (const std::string& other : Paths()) {
        EXPECT_THAT(Message(OpenDatabase("sqlite:" + other).status()),
                    HasSubstr(fmt::format("in use by process {}.", getpid())))
            << other;
      }
    }
  }
}

TEST_F(LinkedDatabase, HasAllItsFilesInOneFolder) {
  for (const std::string& path : Paths()) {
    SCOPED_TRACE(path);
    std::filesystem::remove_all(folder_.File("d"));
    std::filesystem::create_directory(folder_.File("d"));
    const mode_t before = umask(0022);
    auto database = OpenDatabase("sqlite:" + path);
    ASSERT_TRUE(database.ok()) << database.status();
    auto writer = (*database)->Recover();
    umask(before);
    ASSERT_TRUE(writer.ok()) << writer.status();
    EXPECT_THAT(FilesIn("d"), ::testing::ElementsAre("a.db", "a.db-shm", "a.db-wal", "a.db.lock"));
    EXPECT_THAT(FilesIn("links"), ::testing::ElementsAre("a.db"));
    EXPECT_EQ(std::filesystem::status(folder_.File("d/a.db")).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    auto reader = (*database)->OpenReader();
    EXPECT_TRUE(reader.ok()) << reader.status();
    EXPECT_GT((*database)->SizeBytes(), 0);
  }
}

TEST_F(LinkedDatabase, IsNotMadeWhereNoFolderIs) {
  std::filesystem::create_symlink(folder_.File("nowhere/a.db"), folder_.File("lost.db"));
  const absl::Status status = OpenDatabase("sqlite:" + folder_.File("lost.db")).status();
  EXPECT_EQ(testing::Summary(status), "PERMISSION_DENIED DATABASE_PATH");
  EXPECT_THAT(Message(status), HasSubstr(folder_.File("nowhere/a.db")));
  EXPECT_FALSE(std::filesystem::exists(folder_.File("nowhere")));
}

TEST_F(LinkedDatabase, IsNotFoundWhereALinkLeadsToItself) {
  std::filesystem::create_symlink("loop.db", folder_.File("loop.db"));
  const absl::Status status = OpenDatabase("sqlite:" + folder_.File("loop.db")).status();
  EXPECT_EQ(testing::Summary(status), "PERMISSION_DENIED DATABASE_PATH");
  EXPECT_THAT(Message(status), HasSubstr(folder_.File("loop.db")));
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

TEST(OpenDatabase, MakesNothingWhereItMayNot) {
  testing::TemporaryFolder folder;
  const absl::Status status = OpenDatabase("sqlite:" + folder.File("typo/a.db"), {.make = false}).status();
  EXPECT_EQ(testing::Summary(status), "FAILED_PRECONDITION DATABASE_PATH");
  EXPECT_THAT(Message(status), HasSubstr(folder.File("typo/a.db")));
  EXPECT_FALSE(std::filesystem::exists(folder.File("typo")));
  std::ofstream(folder.File("a.db")) << "";
  EXPECT_FALSE(OpenDatabase("sqlite:" + folder.File("a.db"), {.make = false}).ok());
  EXPECT_FALSE(std::filesystem::exists(folder.File("a.db.lock")));
}

// A database with 100 rows in its log, as a process leaves it that dies; and at `copy` what VACUUM INTO made of it when
// it had one.
class LogOfAnother : public ::testing::Test {
 protected:
  void SetUp() override {
    auto database = OpenDatabase("sqlite:" + path_);
    auto writer = (*database)->Recover();
    ASSERT_TRUE((*writer)->RunScript("CREATE TABLE item (id INTEGER PRIMARY KEY); INSERT INTO item VALUES (1);").ok());
    testing::DatabaseFile(path_).Execute(fmt::format("VACUUM INTO '{}'", copy_));
    for (int64_t id = 2; id <= 100; ++id) {
      auto transaction = (*writer)->Begin();
      ASSERT_TRUE((*transaction)->Execute("INSERT INTO item (id) VALUES ($1)", {id}).ok());
      ASSERT_TRUE((*writer)->Commit().ok());
    }
  }
  std::map<std::string, std::string> Files() const {
    std::map<std::string, std::string> files;
    for (const char* part : {"", "-wal", "-shm"}) {
      std::ifstream file(path_ + part, std::ios::binary);
      files[part].assign(std::istreambuf_iterator<char>(file), {});
    }
    return files;
  }
  int64_t Rows() const { return testing::DatabaseFile(path_).Integer("SELECT COUNT(*) FROM item"); }

  testing::TemporaryFolder folder_;
  const std::string path_ = folder_.File("a.db");
  const std::string copy_ = folder_.File("copy.db");
};

TEST_F(LogOfAnother, IsNotMovedIntoACopyAndNothingIsTouched) {
  std::filesystem::rename(copy_, path_);
  const auto before = Files();
  ASSERT_FALSE(before.at("-wal").empty());
  for (int i = 0; i < 2; ++i) {
    const absl::Status status = StartOn(path_);
    EXPECT_EQ(testing::Summary(status), "FAILED_PRECONDITION DATABASE_PATH");
    EXPECT_THAT(Message(status), HasSubstr(fmt::format("Remove {0}-wal and {0}-shm", path_)));
    EXPECT_THAT(Message(status), Not(HasSubstr("\n")));
  }
  EXPECT_EQ(Files(), before);
  for (const char* part : {"-wal", "-shm"}) std::filesystem::remove(path_ + part);
  EXPECT_EQ(StartOn(path_), absl::OkStatus());
  EXPECT_EQ(Rows(), 1);
}

TEST_F(LogOfAnother, IsFoundWhereALinkLeads) {
  std::filesystem::rename(copy_, path_);
  std::filesystem::create_symlink(path_, folder_.File("link.db"));
  EXPECT_EQ(testing::Summary(StartOn(folder_.File("link.db"))), "FAILED_PRECONDITION DATABASE_PATH");
}

TEST_F(LogOfAnother, HoldsNobodyUpWhereItIsEmpty) {
  std::filesystem::rename(copy_, path_);
  std::filesystem::resize_file(path_ + "-wal", 0);
  EXPECT_EQ(StartOn(path_), absl::OkStatus());
  EXPECT_EQ(Rows(), 1);
}

TEST_F(LogOfAnother, IsNotThrownAwayWhereTheDatabaseIsMissing) {
  for (const bool empty : {false, true}) {
    std::filesystem::remove(path_);
    if (empty) std::ofstream(path_) << "";
    const auto before = Files();
    const absl::Status status = StartOn(path_);
    EXPECT_EQ(testing::Summary(status), "FAILED_PRECONDITION DATABASE_PATH");
    EXPECT_THAT(Message(status), HasSubstr(path_ + "-wal"));
    EXPECT_EQ(Files(), before);
    EXPECT_EQ(std::filesystem::exists(path_), empty);
  }
}

TEST_F(LogOfAnother, IsToldFromItsOwn) {
  EXPECT_EQ(StartOn(path_), absl::OkStatus());
  EXPECT_EQ(Rows(), 100);
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
