// A page of the database that cannot be read: an error of that read, and not the end of the process.
#include "common/storage/sqlite/mapped_read.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/base/error.h"
#include "tests/common/rpc/refusal.h"
#include "tests/common/storage/storage_fixture.h"

namespace dangol::storage {
namespace {

constexpr int64_t kRows = 200;

class UnreadablePageTest : public StorageTest {
 protected:
  void SetUp() override {
    StorageTest::SetUp();
    ASSERT_TRUE(writer_->RunScript("CREATE TABLE item (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;").ok());
    for (int64_t id = 1; id <= kRows; ++id) {
      ASSERT_TRUE(
          Execute("INSERT INTO item (id, body) VALUES ($1, $2)", {id, Param::Blob(std::string(2000, 'x'))}).ok());
    }
    ASSERT_TRUE(writer_->Checkpoint(/*idle=*/true).ok());
    path_ = GetParam().url(folder_).substr(std::string("sqlite:").size());
  }

  // What a disk that fails does to whoever has the file mapped, and all that a test can do without one.
  void CutOff() {
    std::filesystem::copy_file(path_, whole_);
    std::filesystem::resize_file(path_, 3 * 4096);
  }
  void Mend() { std::filesystem::copy_file(whole_, path_, std::filesystem::copy_options::overwrite_existing); }
  static absl::StatusOr<int64_t> Length(Snapshot& snapshot, int64_t id) {
    return snapshot.QueryInteger("SELECT length(body) FROM item WHERE id = $1", {id});
  }

  std::string path_;
  const std::string whole_ = folder_.path() + "/whole";
};
INSTANTIATE_TEST_SUITE_P(Sqlite, UnreadablePageTest, ::testing::Values(testing::Drivers().front()),
                         testing::DriverName);

TEST_P(UnreadablePageTest, IsAnErrorOfThatReader) {
  const auto reader = NewReader();
  Snapshot& snapshot = **reader->Begin(absl::InfiniteDuration());
  ASSERT_EQ(*Length(snapshot, 1), 2000);
  CutOff();

  EXPECT_EQ(testing::Summary(Length(snapshot, kRows).status()), "UNAVAILABLE STORAGE_IO_ERROR");
  EXPECT_TRUE(reader->broken());
  // Not the zeros that stand there now.
  EXPECT_EQ(testing::Summary(Length(snapshot, kRows).status()), "UNAVAILABLE STORAGE_IO_ERROR");
  reader->End();

  Mend();
  EXPECT_EQ(ReadInteger("SELECT length(body) FROM item WHERE id = $1", {kRows}), 2000);
}

TEST_P(UnreadablePageTest, IsAnErrorOfTheQueryAroundIt) {
  const auto reader = NewReader();
  Snapshot& snapshot = **reader->Begin(absl::InfiniteDuration());
  ASSERT_EQ(*Length(snapshot, 1), 2000);
  CutOff();

  const absl::Status status = snapshot.Query("SELECT id FROM item WHERE id = 1", {},
                                             [&](const Row&) { EXPECT_FALSE(Length(snapshot, kRows).ok()); });
  EXPECT_EQ(testing::Summary(status), "UNAVAILABLE STORAGE_IO_ERROR");
}

TEST(MappedReadDeathTest, LeavesOtherFilesAlone) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  const testing::TemporaryFolder folder;
  const std::string path = folder.path() + "/other";
  const std::string database = folder.path() + "/database";
  const int file = open(path.c_str(), O_RDWR | O_CREAT, 0600);
  void* const page = mmap(nullptr, 4096, PROT_READ, MAP_SHARED, file, 0);
  ASSERT_NE(page, MAP_FAILED);
  const auto read_beyond_the_end = [&] {
    const MappedRead read(database.c_str());
    fmt::print("{}", *static_cast<volatile char*>(page));
  };
  EXPECT_DEATH(read_beyond_the_end(), "");
  close(file);
}

}  // namespace
}  // namespace dangol::storage
