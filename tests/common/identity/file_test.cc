#include "common/identity/file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/base/folder_owner.h"
#include "common/base/simulated_runtime.h"
#include "common/identity/audit_spool.h"
#include "common/identity/key_folder.h"
#include "common/identity/login.h"
#include "common/identity/provider_settings.h"
#include "common/identity/tls_folder.h"
#include "tests/support/temporary_folder.h"

namespace dangol::identity {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr uid_t kOther = 65534;

// What a command that root runs leaves beside a suite of another user.
class OtherUsersFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "only root gives files to others";
    Give(folder_.path());
  }
  void TearDown() override {
    if (geteuid() != 0 && seteuid(0) != 0) FAIL() << "root again";
  }

  static void Give(const std::string& path) { ASSERT_EQ(chown(path.c_str(), kOther, kOther), 0) << path; }
  static struct stat StatOf(const std::string& path) {
    struct stat found {};
    EXPECT_EQ(lstat(path.c_str(), &found), 0) << path;
    return found;
  }
  // Returns how many files and folders there are.
  int ExpectAllOfOther() const {
    int count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path())) {
      EXPECT_EQ(StatOf(entry.path()).st_uid, kOther) << entry.path();
      EXPECT_EQ(StatOf(entry.path()).st_gid, kOther) << entry.path();
      ++count;
    }
    return count;
  }

  testing::TemporaryFolder folder_;
  SimulatedRuntime runtime_{1};
};

TEST_F(OtherUsersFolder, OwnsWhatIsMadeOfKeysCertificatesLinksAndEntries) {
  const KeyFolder keys(folder_.File("data/keys"));
  ASSERT_EQ(keys.Create(runtime_), absl::OkStatus());
  EXPECT_EQ(keys.ChangeTokens([](const KeySet&, Tokens&) { return absl::OkStatus(); }), absl::OkStatus());
  EXPECT_EQ(keys.EndMembers({{"members/kim", runtime_.Now()}}, runtime_.Now()), absl::OkStatus());
  EXPECT_TRUE(AddLogin(keys, MemberToSignIn("kim"), kLoginLifetime, runtime_).ok());
  EXPECT_EQ(WriteProvider(keys, {"https://login.example.org", "dangol", "", ""}), absl::OkStatus());
  EXPECT_EQ(SpoolOperatorEntry(keys, "dangol.gateway.v1.Provider/Set", "", runtime_), absl::OkStatus());
  const TlsFolder tls(folder_.File("data/tls"));
  EXPECT_EQ(tls.Create(runtime_.Now()), absl::OkStatus());
  EXPECT_EQ(tls.Rotate(runtime_.Now()), absl::OkStatus());
  // data, keys, tls, jwt, session, logins, audit; pepper, two of jwt, one of session, tokens, ended, link, provider,
  // entry, two locks, three of tls.
  EXPECT_EQ(ExpectAllOfOther(), 7 + 14);
}

TEST_F(OtherUsersFolder, LeavesWhatRootHasInAFolderOfItsOwn) {
  ASSERT_EQ(mkdir(folder_.File("roots").c_str(), 0700), 0);
  ASSERT_EQ(WriteSmallFile(folder_.File("roots/file"), "x", 0600), absl::OkStatus());
  EXPECT_EQ(StatOf(folder_.File("roots/file")).st_uid, 0U);
}

// Of whom could have put it there.
TEST_F(OtherUsersFolder, IsGivenNothingThatALinkInItLeadsTo) {
  testing::TemporaryFolder roots;
  ASSERT_EQ(WriteSmallFile(roots.File("secret"), "of root", 0600), absl::OkStatus());
  const std::string unfinished = fmt::format("{}.{}", folder_.File("tokens"), getpid());
  for (const std::string& link : {folder_.File("tokens"), unfinished, folder_.File("lock")})
    std::filesystem::create_symlink(roots.File("secret"), link);
  std::filesystem::create_symlink(roots.File("new"), folder_.File("other-lock"));
  std::filesystem::create_directory_symlink(roots.path(), folder_.File("logins"));

  EXPECT_EQ(WriteSmallFile(folder_.File("tokens"), "hashes", 0600), absl::OkStatus());
  EXPECT_TRUE(FileLock::Take(folder_.File("lock")).ok());
  EXPECT_EQ(ErrorReason(FileLock::Take(folder_.File("other-lock")).status()), "KEYS_UNWRITABLE");
  EXPECT_EQ(MakeFolder(folder_.File("logins")), absl::OkStatus());
  EXPECT_EQ(WriteSmallFile(folder_.File("logins/link"), "x", 0400), absl::OkStatus());

  EXPECT_EQ(*ReadSmallFile(roots.File("secret"), true), "of root");
  for (const char* file : {"", "secret", "link"}) EXPECT_EQ(StatOf(roots.File(file)).st_uid, 0U) << file;
  EXPECT_FALSE(std::filesystem::exists(roots.File("new")));
  EXPECT_EQ(StatOf(folder_.File("tokens")).st_uid, kOther);
  EXPECT_EQ(*ReadSmallFile(folder_.File("tokens"), true), "hashes");
}

TEST_F(OtherUsersFolder, HasDatabasesAndTheirLocksToo) {
  ASSERT_FALSE(MakeFolders(folder_.File("a/b/")));
  const int made = MakeFile(folder_.File("a/b/tickets.db"), 0600);
  ASSERT_GE(made, 0);
  close(made);
  EXPECT_LT(MakeFile(folder_.File("a/b/tickets.db"), 0600), 0);
  EXPECT_EQ(errno, EEXIST);
  const int lock = OpenOrMakeFile(folder_.File("a/b/tickets.db.lock"), 0600);
  ASSERT_GE(lock, 0);
  close(lock);
  EXPECT_EQ(ExpectAllOfOther(), 4);
}

// A user who is not root, and not the owner.
TEST_F(OtherUsersFolder, IsRefusedToOthersInOneLine) {
  testing::TemporaryFolder roots;
  const KeyFolder keys(roots.File("keys"));
  ASSERT_EQ(keys.Create(runtime_), absl::OkStatus());
  const auto nothing = [](const KeySet&, Tokens&) { return absl::OkStatus(); };
  ASSERT_EQ(seteuid(kOther), 0);
  const absl::Status refused[] = {keys.Create(runtime_), keys.ChangeTokens(nothing),
                                  keys.AddSigningKey(runtime_).status(),
                                  WriteProvider(keys, {"https://login.example.org", "dangol", "", ""}),
                                  TlsFolder(roots.File("tls")).Create(runtime_.Now())};
  ASSERT_EQ(seteuid(0), 0);
  for (const absl::Status& status : refused) {
    EXPECT_EQ(ErrorReason(status), "KEYS_UNWRITABLE") << status;
    EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr("Permission denied"), Not(HasSubstr("\n"))));
  }
}

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
