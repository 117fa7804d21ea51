// The write-ahead log does not grow without end, whether writes pause or not.
#include <filesystem>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/storage/write_queue.h"
#include "tests/common/storage/database_file.h"
#include "tests/common/storage/queue_fixture.h"

namespace dangol::storage {
namespace {

// A checkpoint is due at 12,000 pages of 4 KiB; while it is moved more is written.
constexpr int64_t kCheckpointBytes = 12'000 * 4096;

class CheckpointTest : public QueueTest {
 protected:
  int64_t LogFileBytes() const { return static_cast<int64_t>(std::filesystem::file_size(folder_.File("test.db-wal"))); }
  // In batches of 200.
  void WriteItems(int count) {
    const std::string body(3000, 'x');
    for (int i = 0; i < count; ++i) {
      Submit({.label = "", .apply = [this, &body](Transaction& transaction) {
                return InsertItem(transaction, std::to_string(runtime_.Random()), body);
              }});
      if (i % 200 == 199) Run();
    }
    Run();
  }
};
INSTANTIATE_TEST_SUITE_P(SqliteOnly, CheckpointTest, ::testing::Values(testing::Drivers().front()),
                         testing::DriverName);

TEST_P(CheckpointTest, KeepsTheLogBoundedUnderSteadyWrites) {
  Open();
  int64_t most = 0;
  for (int i = 0; i < 300; ++i) {
    WriteItems(200);
    most = std::max(most, LogFileBytes());
    EXPECT_LT(queue_->counters().wal_bytes, kCheckpointBytes * 5 / 4);
  }
  EXPECT_EQ(queue_->counters().writes, 60'000);
  EXPECT_GT(most, kCheckpointBytes / 2) << "the test writes too little to tell";
  EXPECT_LT(most, kCheckpointBytes * 5 / 4);
  EXPECT_GT(database_->SizeBytes(), 3 * kCheckpointBytes);
}

TEST_P(CheckpointTest, MovesTheLogIntoTheDatabaseWhenNothingIsWritten) {
  Open();
  WriteItems(200);
  EXPECT_GT(queue_->counters().wal_bytes, 0);
  const int64_t before = LogFileBytes();
  runtime_.RunFor(absl::Milliseconds(499));
  EXPECT_GT(queue_->counters().wal_bytes, 0);
  runtime_.RunFor(absl::Seconds(2));
  EXPECT_EQ(queue_->counters().wal_bytes, 0);
  WriteItems(200);  // begins at the log's start again
  EXPECT_LT(LogFileBytes(), before * 3 / 2);
}

TEST_P(CheckpointTest, ComesAgainWhereAReaderWasInItsWay) {
  Open();
  WriteItems(200);
  auto reader = database_->OpenReader();
  auto snapshot = (*reader)->Begin(absl::InfiniteDuration());
  ASSERT_TRUE((*snapshot)->QueryInteger("SELECT COUNT(*) FROM item", {}).ok());
  WriteItems(10);
  runtime_.RunFor(absl::Seconds(2));
  EXPECT_GT(queue_->counters().wal_bytes, 0);
  EXPECT_FALSE(queue_->counters().read_only);
  (*reader)->End();
  runtime_.RunFor(absl::Seconds(2));
  EXPECT_EQ(queue_->counters().wal_bytes, 0);
}

TEST_P(CheckpointTest, EmptiesTheLogAtTheFirstPauseAfterAStart) {
  Open();
  EXPECT_GT(LogFileBytes(), 0);
  runtime_.RunFor(absl::Seconds(2));
  EXPECT_EQ(LogFileBytes(), 0);
}

// The disk fails while somebody makes a backup.
TEST_P(CheckpointTest, RecoversBesideAReaderAndEmptiesTheLogAfterwards) {
  Open();
  WriteItems(200);
  auto reader = database_->OpenReader();
  auto snapshot = (*reader)->Begin(absl::InfiniteDuration());
  ASSERT_TRUE((*snapshot)->QueryInteger("SELECT COUNT(*) FROM item", {}).ok());
  WriteItems(200);
  database_->fail_commits = true;
  WriteItems(1);
  EXPECT_TRUE(queue_->counters().read_only);
  database_->fail_commits = false;
  runtime_.RunFor(absl::Seconds(2));
  EXPECT_FALSE(queue_->counters().read_only);
  EXPECT_GT(queue_->counters().wal_bytes, 0);
  EXPECT_EQ((*snapshot)->QueryInteger("SELECT COUNT(*) FROM item", {}).value_or(-1), 200);
  (*reader)->End();
  runtime_.RunFor(absl::Seconds(2));
  EXPECT_EQ(queue_->counters().wal_bytes, 0);
  EXPECT_EQ(LogFileBytes(), 0);
  WriteItems(1);
  EXPECT_EQ(Read("SELECT COUNT(*) FROM item"), "401");
}

TEST_P(CheckpointTest, AtAnEndInGoodOrderTheFileAloneIsTheDatabase) {
  Open();
  WriteItems(1000);
  queue_->StopAccepting();
  queue_->Stop();
  EXPECT_EQ(LogFileBytes(), 0);
  std::filesystem::copy_file(folder_.File("test.db"), folder_.File("copy.db"));
  EXPECT_EQ(testing::DatabaseFile(folder_.File("copy.db")).Integer("SELECT COUNT(*) FROM item"), 1000);
}

TEST_P(CheckpointTest, AReaderAtTheEndLeavesTheLogAsItIs) {
  Open();
  WriteItems(100);
  auto reader = database_->OpenReader();
  auto snapshot = (*reader)->Begin(absl::InfiniteDuration());
  ASSERT_TRUE((*snapshot)->QueryInteger("SELECT COUNT(*) FROM item", {}).ok());
  WriteItems(100);
  queue_->StopAccepting();
  queue_->Stop();
  EXPECT_GT(LogFileBytes(), 0);
  EXPECT_EQ((*snapshot)->QueryInteger("SELECT COUNT(*) FROM item", {}).value_or(-1), 100);
  (*reader)->End();
  queue_ = nullptr;
  EXPECT_EQ(testing::DatabaseFile(folder_.File("test.db")).Integer("SELECT COUNT(*) FROM item"), 200);
}

TEST_P(CheckpointTest, AnEndThatNobodyAskedForLeavesTheLogAsItIs) {
  Open();
  WriteItems(100);
  queue_->Stop();
  EXPECT_GT(LogFileBytes(), 0);
}

// Somebody copies the database, and a customer is erased.
TEST_P(CheckpointTest, CallsWaitOnceForWhoReadsWhileTheLogIsToBeCut) {
  Open();
  WriteItems(1);
  auto reader = database_->OpenReader();
  auto snapshot = (*reader)->Begin(absl::InfiniteDuration());
  ASSERT_TRUE((*snapshot)->QueryInteger("SELECT COUNT(*) FROM item", {}).ok());
  queue_ = nullptr;
  auto writer = database_->OpenWriter();
  ASSERT_TRUE(writer.ok()) << writer.status();
  const auto commit = [&](const char* id, bool cut) {
    auto transaction = (*writer)->Begin();
    ASSERT_TRUE(transaction.ok());
    if (cut) (*transaction)->CutLog();
    ASSERT_EQ(InsertItem(**transaction, id), absl::OkStatus());
    ASSERT_EQ((*writer)->Commit(), absl::OkStatus());
  };
  commit("a", true);
  EXPECT_FALSE((*writer)->Checkpoint(false).ok());
  commit("b", false);
  EXPECT_TRUE((*writer)->Checkpoint(false).ok()) << "it was tried again";
  EXPECT_FALSE((*writer)->Checkpoint(true).ok());
  auto transaction = (*writer)->Begin();
  EXPECT_TRUE((*transaction)->LogCutIsDue());
  (*writer)->Rollback();
  (*reader)->End();
  EXPECT_TRUE((*writer)->Checkpoint(true).ok());
  EXPECT_EQ((*writer)->wal_bytes(), 0);
  EXPECT_EQ(LogFileBytes(), 0);
}

}  // namespace
}  // namespace dangol::storage
