// Recover, which every start runs: whatever the last process left in the log is there, and moved into the database.
#include <chrono>
#include <filesystem>
#include <string>
#include <utility>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/common/storage/database_file.h"
#include "tests/common/storage/storage_fixture.h"

namespace dangol::storage {
namespace {

class RecoverTest : public StorageTest {
 protected:
  // One row of so many bytes, committed; the process then ends without a checkpoint.
  void LeaveInTheLog(int64_t bytes) {
    const std::string body(static_cast<size_t>(bytes), '\0');
    ASSERT_TRUE(Execute("INSERT INTO item (id, body) VALUES ($1, $2)", {++rows_, Param::Blob(body)}).ok());
    writer_ = nullptr;
    database_ = nullptr;
    auto database = OpenDatabase(GetParam().url(folder_), {&runtime_});
    ASSERT_TRUE(database.ok()) << database.status();
    database_ = *std::move(database);
  }
  // Every byte of them.
  bool IsWhole(int64_t row, int64_t bytes) {
    auto reader = NewReader();
    auto snapshot = reader->Begin(absl::InfiniteDuration());
    std::string body = "none";
    const absl::Status status = (*snapshot)->Query("SELECT body FROM item WHERE id = $1", {row},
                                                   [&](const Row& found) { body = found.Text(0); });
    EXPECT_TRUE(status.ok()) << status;
    reader->End();
    return body == std::string(static_cast<size_t>(bytes), '\0');
  }
  void Recover() {
    auto writer = database_->Recover();
    ASSERT_TRUE(writer.ok()) << writer.status();
    writer_ = *std::move(writer);
  }
  void SetUp() override {
    StorageTest::SetUp();
    ASSERT_TRUE(writer_->RunScript("CREATE TABLE item (id INTEGER PRIMARY KEY, body BLOB) STRICT;").ok());
  }

  int64_t rows_ = 0;
};
INSTANTIATE_TEST_SUITE_P(Drivers, RecoverTest, ::testing::ValuesIn(testing::Drivers()), testing::DriverName);

TEST_P(RecoverTest, FindsWhatWasCommittedWhateverTheSizeOfTheLog) {
  for (int64_t bytes :
       {0, 60'000, 120'000, 131'072, 140'000, 200'000, 262'144, 1'000'000, 1'100'000, 3'000'000, 20'000'000}) {
    SCOPED_TRACE(bytes);
    LeaveInTheLog(bytes);
    ASSERT_NO_FATAL_FAILURE(Recover());
    EXPECT_EQ(ReadInteger("SELECT COUNT(*) FROM item"), rows_);
    EXPECT_TRUE(IsWhole(rows_, bytes));
    EXPECT_EQ(writer_->wal_bytes(), 0);
  }
}

TEST_P(RecoverTest, MayBeCalledAgain) {
  LeaveInTheLog(100'000);
  for (int i = 0; i < 3; ++i) {
    Recover();
    writer_ = nullptr;
  }
  EXPECT_EQ(ReadInteger("SELECT COUNT(*) FROM item"), 1);
}

TEST_P(RecoverTest, MakesADatabaseWhereThereIsNone) {
  testing::TemporaryFolder empty;
  auto database = OpenDatabase(GetParam().url(empty), {&runtime_});
  ASSERT_TRUE(database.ok());
  EXPECT_TRUE((*database)->Recover().ok());
}

class RecoverLogTest : public RecoverTest {};
INSTANTIATE_TEST_SUITE_P(SqliteOnly, RecoverLogTest, ::testing::Values(testing::Drivers().front()),
                         testing::DriverName);

TEST_P(RecoverLogTest, FindsTheDatabaseAsItWasWhereTheLogIsGone) {
  LeaveInTheLog(100'000);
  Recover();
  LeaveInTheLog(1000);
  std::filesystem::remove(folder_.File("test.db-wal"));
  std::filesystem::remove(folder_.File("test.db-shm"));
  Recover();
  EXPECT_EQ(ReadInteger("SELECT COUNT(*) FROM item"), 1);
}

// A backup, say. `before` and `after`: how many rows were written until it began, and since then.
TEST_P(RecoverLogTest, GoesOnBesideAnotherProcessThatReads) {
  for (const auto& [before, after] : {std::pair{0, 1}, {0, 3}, {2, 0}, {2, 3}}) {
    SCOPED_TRACE(fmt::format("{} rows before it, {} after it", before, after));
    const auto add = [this](int count) {
      for (int i = 0; i < count; ++i) {
        const std::string body(5000, '\0');
        ASSERT_TRUE(Execute("INSERT INTO item (id, body) VALUES ($1, $2)", {++rows_, Param::Blob(body)}).ok());
      }
    };
    const std::string path = folder_.File("test.db");
    writer_->EmptyLog();
    add(before);
    const testing::DatabaseFile backup(path);
    backup.Execute("BEGIN");
    const int64_t seen = backup.Integer("SELECT COUNT(*) FROM item");
    add(after);
    writer_ = nullptr;
    database_ = nullptr;
    database_ = *OpenDatabase(GetParam().url(folder_), {&runtime_});
    ASSERT_NO_FATAL_FAILURE(Recover());
    EXPECT_GT(writer_->wal_bytes(), 0);
    add(1);
    EXPECT_EQ(ReadInteger("SELECT COUNT(*) FROM item"), rows_);
    EXPECT_EQ(backup.Integer("SELECT COUNT(*) FROM item"), seen);
    backup.Execute("COMMIT");
    EXPECT_EQ(writer_->Checkpoint(/*idle=*/true), absl::OkStatus());
    EXPECT_EQ(std::filesystem::file_size(path + "-wal"), 0);
    EXPECT_EQ(backup.Integer("SELECT COUNT(*) FROM item"), rows_);
  }
}

// Who reads keeps it from being begun again, so what becomes of it is seen.
TEST_P(RecoverLogTest, WritesTheLogAnewWhereALinkLeads) {
  LeaveInTheLog(1000);
  const testing::DatabaseFile backup(folder_.File("test.db"));
  backup.Execute("BEGIN");
  ASSERT_EQ(backup.Integer("SELECT COUNT(*) FROM item"), 1);
  database_ = nullptr;
  std::filesystem::create_symlink("test.db", folder_.File("link.db"));
  const std::string log = folder_.File("test.db-wal");
  const auto before = std::filesystem::last_write_time(log) - std::chrono::hours(1);
  std::filesystem::last_write_time(log, before);
  database_ = *OpenDatabase(fmt::format("sqlite:{}", folder_.File("link.db")), {&runtime_});
  Recover();
  EXPECT_GT(std::filesystem::last_write_time(log), before);
  EXPECT_GT(std::filesystem::file_size(log), 0);
}

// As the last one that reads does when it ends: it moves the log.
TEST_P(RecoverLogTest, WaitsForAnotherProcessThatHasTheDatabaseAlone) {
  LeaveInTheLog(1000);
  {
    const testing::DatabaseFile other(folder_.File("test.db"));
    other.Execute("PRAGMA locking_mode = EXCLUSIVE");
    EXPECT_EQ(other.Integer("SELECT COUNT(*) FROM item"), 1);
    EXPECT_EQ(testing::Summary(database_->Recover().status()), "UNAVAILABLE STORAGE_BUSY");
  }
  Recover();
  EXPECT_EQ(ReadInteger("SELECT COUNT(*) FROM item"), 1);
}

}  // namespace
}  // namespace dangol::storage
