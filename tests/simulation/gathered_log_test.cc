// The log as the writer writes it, on the simulated disk.
#include <cstdint>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/base/simulated_runtime.h"
#include "common/storage/database.h"
#include "tests/simulation/memory_vfs.h"

namespace dangol::simulation {
namespace {

constexpr int kRows = 500;  // about as many pages

class Machine {
 public:
  explicit Machine(int64_t spill_bytes = 0) : disk_(1), runtime_(1) {
    database_ = *storage::OpenDatabase(
        "sqlite:items.db",
        {.runtime = &runtime_, .lock_file = false, .vfs = disk_.name(), .writer_spill_bytes = spill_bytes});
    Recover();
    EXPECT_TRUE(writer_->RunScript("CREATE TABLE item (id INTEGER PRIMARY KEY, body BLOB) STRICT;").ok());
  }

  void Recover() {
    writer_ = nullptr;
    auto writer = database_->Recover();
    ASSERT_TRUE(writer.ok()) << writer.status();
    writer_ = *std::move(writer);
  }
  storage::Transaction& BeginAndInsert() {
    storage::Transaction& transaction = **writer_->Begin();
    const std::string body(3000, 'x');
    for (int i = 0; i < kRows; ++i) {
      EXPECT_TRUE(
          transaction.Execute("INSERT INTO item (id, body) VALUES ($1, $2)", {i, storage::Param::Blob(body)}).ok());
    }
    return transaction;
  }
  int64_t CountRows() {
    auto reader = *database_->OpenReader();
    return (*reader->Begin(absl::InfiniteDuration()))->QueryInteger("SELECT COUNT(*) FROM item", {}).value_or(-1);
  }

  MemoryVfs& disk() { return disk_; }
  storage::WriteConnection& writer() { return *writer_; }

 private:
  MemoryVfs disk_;
  SimulatedRuntime runtime_;
  std::unique_ptr<storage::Database> database_;
  std::unique_ptr<storage::WriteConnection> writer_;
};

TEST(GatheredLogTest, WritesACommitInLargePieces) {
  Machine machine;
  machine.BeginAndInsert();
  const int64_t before = machine.disk().operations();
  ASSERT_TRUE(machine.writer().Commit().ok());
  EXPECT_LT(machine.disk().operations() - before, kRows / 20);
  EXPECT_EQ(machine.CountRows(), kRows);
}

TEST(GatheredLogTest, ReadsBackWhatIsNotWrittenYet) {
  Machine machine(/*spill_bytes=*/32 << 10);
  storage::Transaction& transaction = machine.BeginAndInsert();
  EXPECT_EQ(transaction.QueryInteger("SELECT SUM(LENGTH(body)) FROM item", {}).value_or(0), 3000 * kRows);
  ASSERT_TRUE(machine.writer().Commit().ok());
  EXPECT_EQ(machine.CountRows(), kRows);
}

TEST(GatheredLogTest, FailsTheCommitWhosePagesCannotBeWritten) {
  for (int64_t failing = 1;; ++failing) {
    SCOPED_TRACE(failing);
    Machine machine;
    machine.BeginAndInsert();
    machine.disk().FailAt(failing, Fault::kFull);
    const absl::Status status = machine.writer().Commit();
    machine.disk().ClearFaults();
    if (status.ok()) {
      EXPECT_GT(failing, 10);
      break;
    }
    EXPECT_EQ(ErrorReason(status), "STORAGE_FULL");
    EXPECT_EQ(machine.CountRows(), 0);
    machine.Recover();
    EXPECT_EQ(machine.CountRows(), 0);
  }
}

}  // namespace
}  // namespace dangol::simulation
