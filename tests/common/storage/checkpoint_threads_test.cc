// A checkpoint moves the log while the writer writes and readers read, on threads of the machine.
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

#include "common/storage/database.h"
#include "tests/support/temporary_folder.h"

namespace dangol::storage {
namespace {

constexpr int64_t kCheckpointBytes = 480 << 10;
constexpr int64_t kCommits = 3000;
constexpr int kReaders = 2;

// Each commit adds a row and counts it in another table, far away in the file. A snapshot in which they differ is a
// mixture of two.
absl::Status Add(WriteConnection& writer, int64_t id) {
  auto transaction = writer.Begin();
  if (!transaction.ok()) return transaction.status();
  const std::string body(1500, 'x');
  absl::Status status = (*transaction)->Execute("INSERT INTO item (id, body) VALUES ($1, $2)", {id, Param::Blob(body)});
  if (status.ok()) status = (*transaction)->Execute("UPDATE total SET items = items + 1", {});
  return status.ok() ? writer.Commit() : status;
}

TEST(CheckpointThreadsTest, EverySnapshotIsWholeAndNothingIsLost) {
  testing::TemporaryFolder folder;
  auto database = OpenDatabase("sqlite:" + folder.File("test.db"), {.checkpoint_bytes = kCheckpointBytes});
  ASSERT_TRUE(database.ok()) << database.status();
  auto writer = (*database)->Recover();
  ASSERT_TRUE(writer.ok()) << writer.status();
  ASSERT_TRUE((*writer)
                  ->RunScript("CREATE TABLE total (items INTEGER NOT NULL) STRICT; INSERT INTO total VALUES (0);"
                              "CREATE TABLE item (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;")
                  .ok());
  std::atomic<bool> written = false;
  std::atomic<int64_t> snapshots = 0;
  std::vector<std::thread> readers;
  for (int i = 0; i < kReaders; ++i) {
    readers.emplace_back([&] {
      auto reader = (*database)->OpenReader();
      ASSERT_TRUE(reader.ok()) << reader.status();
      while (!written) {
        auto snapshot = (*reader)->Begin(absl::InfiniteDuration());
        ASSERT_TRUE(snapshot.ok()) << snapshot.status();
        const auto items = (*snapshot)->QueryInteger("SELECT COUNT(*) FROM item", {});
        const auto total = (*snapshot)->QueryInteger("SELECT items FROM total", {});
        (*reader)->End();
        ASSERT_TRUE(items.ok() && total.ok()) << items.status() << total.status();
        ASSERT_EQ(*items, *total);
        ++snapshots;
      }
    });
  }
  int64_t most = 0;
  int64_t begun_again = 0;
  for (int64_t id = 1; id <= kCommits; ++id) {
    const int64_t before = (*writer)->wal_bytes();
    ASSERT_TRUE(Add(**writer, id).ok());
    // That readers were in its way is no failure.
    (*writer)->Checkpoint(/*idle=*/false).IgnoreError();
    ASSERT_FALSE((*writer)->broken());
    most = std::max(most, (*writer)->wal_bytes());
    begun_again += (*writer)->wal_bytes() < before;
  }
  written = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_GT(snapshots, 100);
  EXPECT_GT(begun_again, 10);
  EXPECT_LT(most, 20 * kCheckpointBytes);
  // As the next process finds it.
  *writer = nullptr;
  *database = nullptr;
  database = OpenDatabase("sqlite:" + folder.File("test.db"));
  ASSERT_TRUE((*database)->Recover().ok());
  EXPECT_TRUE((*database)->CheckPages()->problems.empty());
  auto reader = (*database)->OpenReader();
  EXPECT_EQ((*(*reader)->Begin(absl::InfiniteDuration()))->QueryInteger("SELECT COUNT(*) FROM item", {}).value_or(-1),
            kCommits);
}

}  // namespace
}  // namespace dangol::storage
