// A checkpoint on the simulated disk: what of it the writer has to wait for, and what is left where its sync fails.
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

constexpr int64_t kPageBytes = 4096;
constexpr int64_t kCheckpointBytes = 240 * kPageBytes;
constexpr int kRows = 100;  // as many as make a checkpoint due

class Machine {
 public:
  explicit Machine(uint64_t seed) : disk_(seed), runtime_(seed) {
    Start();
    EXPECT_TRUE(writer_->RunScript("CREATE TABLE item (id INTEGER PRIMARY KEY, body BLOB) STRICT;").ok());
  }

  void Start() {
    database_ = *storage::OpenDatabase(
        "sqlite:items.db", {.runtime = &runtime_, .lock_file = false, .checkpoint_bytes = kCheckpointBytes});
    Recover();
  }
  void Recover() {
    const absl::Status status = TryToRecover();
    ASSERT_TRUE(status.ok()) << status;
    if (reader_ == nullptr) reader_ = *database_->OpenReader();
  }
  absl::Status TryToRecover() {
    writer_ = nullptr;
    auto writer = database_->Recover();
    if (!writer.ok()) return writer.status();
    writer_ = *std::move(writer);
    return absl::OkStatus();
  }
  // With the power, what was not synced goes.
  void RestartWithoutPower() {
    disk_.Crash();
    writer_ = nullptr;
    reader_ = nullptr;
    database_ = nullptr;
    disk_.Restart();
    Start();
  }

  // A row, in a commit of its own; false where it is not known to be there.
  bool TryToWrite() {
    const std::string body(3000, 'x');
    auto transaction = writer_->Begin();
    if (!transaction.ok()) return false;
    const absl::Status status =
        (*transaction)
            ->Execute("INSERT INTO item (id, body) VALUES ($1, $2)", {written_ + 1, storage::Param::Blob(body)});
    if (!status.ok() || !writer_->Commit().ok()) return false;
    ++written_;
    return true;
  }
  void Write(int rows) {
    for (int i = 0; i < rows; ++i) ASSERT_TRUE(TryToWrite());
  }
  // A row of a commit that failed may be there or not.
  void LearnWhatIsThere() {
    const int64_t rows = (*writer_->Begin())->QueryInteger("SELECT COUNT(*) FROM item", {}).value_or(-1);
    writer_->Rollback();
    if (disk_.crashed()) return;
    ASSERT_TRUE(rows == written_ || rows == written_ + 1) << rows << " of " << written_;
    written_ = rows;
  }
  int64_t CountRows() {
    const absl::StatusOr<int64_t> rows =
        (*reader_->Begin(absl::InfiniteDuration()))->QueryInteger("SELECT COUNT(*) FROM item", {});
    reader_->End();
    return rows.value_or(-1);
  }
  // What a checkpoint does until it is the writer's turn again; how many operations of the disk it takes.
  int64_t RunPass() {
    const int64_t before = disk_.operations();
    runtime_.RunFor(absl::ZeroDuration());
    return disk_.operations() - before;
  }
  // The same for the writer's part.
  int64_t Checkpoint() {
    const int64_t before = disk_.operations();
    EXPECT_TRUE(writer_->Checkpoint(/*idle=*/false).ok());
    return disk_.operations() - before;
  }

  MemoryVfs& disk() { return disk_; }
  storage::Database& database() { return *database_; }
  storage::WriteConnection& writer() { return *writer_; }
  storage::ReadConnection& reader() { return *reader_; }
  int64_t written() const { return written_; }

 private:
  MemoryVfs disk_;
  SimulatedRuntime runtime_;
  std::unique_ptr<storage::Database> database_;
  std::unique_ptr<storage::ReadConnection> reader_;
  std::unique_ptr<storage::WriteConnection> writer_;
  int64_t written_ = 0;
};

TEST(CheckpointTest, GoesOnBesideTheWriter) {
  Machine machine(1);
  machine.Write(kRows);
  ASSERT_GT(machine.writer().wal_bytes(), kCheckpointBytes);
  EXPECT_EQ(machine.Checkpoint(), 0) << "the writer waits for the disk";
  machine.Write(1);
  EXPECT_EQ(machine.Checkpoint(), 0) << "the writer waits for the pass";
  EXPECT_GT(machine.RunPass(), kCheckpointBytes / kPageBytes / 2);
  // All of the log was moved, so it begins again by itself.
  machine.Write(1);
  EXPECT_LT(machine.writer().wal_bytes(), 10 * 4096);
  EXPECT_EQ(machine.Checkpoint(), 0);
  machine.RestartWithoutPower();
  EXPECT_EQ(machine.CountRows(), machine.written());
}

// A pass beside a snapshot that keeps it from the end of the log: SQLite leaves it to others to sync what was moved.
// How many operations it takes; the last of them is that sync.
int64_t RunPassBesideSnapshot(Machine& machine, int rows_afterwards, int64_t failing_operation = 0,
                              bool keep_snapshot = false) {
  machine.Write(kRows);
  auto snapshot = machine.reader().Begin(absl::InfiniteDuration());
  EXPECT_TRUE((*snapshot)->QueryInteger("SELECT COUNT(*) FROM item", {}).ok());
  machine.Write(rows_afterwards);
  EXPECT_EQ(machine.Checkpoint(), 0);
  if (failing_operation > 0) machine.disk().FailAt(failing_operation, Fault::kIoError);
  const int64_t operations = machine.RunPass();
  if (!keep_snapshot) machine.reader().End();
  return operations;
}

TEST(CheckpointTest, LeavesTheWriterTheRest) {
  Machine machine(1);
  const int64_t pass = RunPassBesideSnapshot(machine, 1);
  const int64_t rest = machine.Checkpoint();
  EXPECT_GT(rest, 0);
  EXPECT_LT(rest, pass / 5);
  EXPECT_EQ(machine.writer().wal_bytes(), 0);
  machine.RestartWithoutPower();
  EXPECT_EQ(machine.CountRows(), machine.written());
}

TEST(CheckpointTest, TakesMorePassesUntilTheLogIsTooLong) {
  Machine machine(1);
  machine.Write(kRows);
  int passes = 0;
  while (true) {
    auto snapshot = machine.reader().Begin(absl::InfiniteDuration());
    ASSERT_TRUE((*snapshot)->QueryInteger("SELECT COUNT(*) FROM item", {}).ok());
    machine.Write(kRows / 10);
    if (machine.writer().wal_bytes() >= 2 * kCheckpointBytes) break;
    ASSERT_EQ(machine.Checkpoint(), 0);
    ASSERT_GT(machine.RunPass(), 0);
    machine.reader().End();
    ++passes;
  }
  EXPECT_GT(passes, 2);
  machine.reader().End();
  EXPECT_GT(machine.Checkpoint(), 0);
  EXPECT_EQ(machine.writer().wal_bytes(), 0);
  EXPECT_EQ(machine.CountRows(), machine.written());
}

TEST(CheckpointTest, BeginsTheLogAgainAfterwards) {
  Machine machine(1);
  for (int i = 0; i < 50; ++i) {
    machine.Write(kRows / 4);
    machine.Checkpoint();
    machine.RunPass();
  }
  EXPECT_LT(machine.disk().FileSize("items.db-wal"), 4 * kCheckpointBytes);
  machine.RestartWithoutPower();
  EXPECT_EQ(machine.CountRows(), machine.written());
}

TEST(CheckpointTest, MovesAgainWhatAFailedSyncOfTheDatabaseHasLost) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    SCOPED_TRACE(seed);
    const int64_t sync = [seed] {
      Machine sound(seed);
      return RunPassBesideSnapshot(sound, kRows / 5);
    }();
    Machine machine(seed);
    RunPassBesideSnapshot(machine, kRows / 5, sync);
    EXPECT_TRUE(machine.writer().broken());
    EXPECT_EQ(ErrorReason(machine.writer().Checkpoint(/*idle=*/false)), "STORAGE_IO_ERROR");
    machine.Recover();  // the reader, and with it the index of the log, is still there
    machine.RestartWithoutPower();
    EXPECT_EQ(machine.CountRows(), machine.written());
    EXPECT_TRUE(machine.database().CheckPages()->problems.empty());
  }
}

TEST(CheckpointTest, LosesNothingWhicheverOperationOfAPassFails) {
  for (int64_t failing = 1;; ++failing) {
    SCOPED_TRACE(failing);
    Machine machine(1);
    if (RunPassBesideSnapshot(machine, kRows / 5, failing) < failing) break;
    if (machine.writer().broken()) machine.Recover();
    machine.Write(1);
    machine.RestartWithoutPower();
    ASSERT_EQ(machine.CountRows(), machine.written());
  }
}

// A pass or a commit fails while somebody, such as who makes a backup, reads what was there before. He goes on reading
// while it is recovered and written again, until the power goes, in the recovery already or later.
TEST(CheckpointTest, RecoversBesideASnapshotAndLosesNothing) {
  int64_t went_on = 0;  // with the log as it is
  int64_t written_behind = 0;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    SimulatedRuntime chance(seed);
    const auto rows_afterwards = static_cast<int>(chance.Uniform(kRows / 5));
    const int64_t sync = [&] {
      Machine sound(seed);
      return RunPassBesideSnapshot(sound, rows_afterwards);
    }();
    Machine machine(seed);
    RunPassBesideSnapshot(machine, rows_afterwards, chance.OneIn(2) ? sync : 0, /*keep_snapshot=*/true);
    if (!machine.writer().broken()) machine.disk().FailAt(static_cast<int64_t>(1 + chance.Uniform(8)), Fault::kIoError);
    while (!machine.writer().broken()) machine.TryToWrite();
    machine.disk().ClearFaults();

    if (chance.OneIn(2)) machine.disk().CrashAt(static_cast<int64_t>(1 + chance.Uniform(1500)));
    const absl::Status status = machine.TryToRecover();
    if (!machine.disk().crashed()) {
      ASSERT_TRUE(status.ok()) << status;
      if (machine.writer().wal_bytes() > 0) ++went_on;
      machine.LearnWhatIsThere();
    }
    for (int i = 0; i < kRows && !machine.disk().crashed(); ++i) {
      if (machine.TryToWrite()) ++written_behind;
      if (chance.OneIn(10)) machine.writer().Checkpoint(/*idle=*/chance.OneIn(2)).IgnoreError();
      if (chance.OneIn(10)) machine.RunPass();
    }
    machine.reader().End();
    if (chance.OneIn(2) && !machine.disk().crashed()) {
      machine.RunPass();
      const absl::Status emptied = machine.writer().Checkpoint(/*idle=*/true);
      EXPECT_TRUE(machine.disk().crashed() || (emptied.ok() && machine.writer().wal_bytes() == 0)) << emptied;
    }
    machine.RestartWithoutPower();
    const int64_t rows = machine.CountRows();
    ASSERT_TRUE(rows == machine.written() || rows == machine.written() + 1) << rows << " of " << machine.written();
    ASSERT_TRUE(machine.database().CheckPages()->problems.empty());
  }
  EXPECT_GT(went_on, 100);
  EXPECT_GT(written_behind, 100 * kRows / 2);
}

// A process that ends in good order, on a disk of which an operation fails, or the power meanwhile. `operation`: which
// one; 0: none. How many it takes.
int64_t End(Machine& machine, int64_t operation = 0, bool power = false) {
  machine.Write(kRows);
  EXPECT_EQ(machine.Checkpoint(), 0);  // a pass is about to begin
  machine.Write(kRows / 5);
  if (operation > 0 && power) machine.disk().CrashAt(operation);
  if (operation > 0 && !power) machine.disk().FailAt(operation, Fault::kIoError);
  const int64_t before = machine.disk().operations();
  machine.writer().EmptyLog();
  return machine.disk().operations() - before;
}

TEST(CheckpointTest, LeavesTheDatabaseWholeWithoutItsLogAtTheEnd) {
  Machine machine(1);
  EXPECT_GT(End(machine), 0);
  EXPECT_EQ(machine.disk().FileSize("items.db-wal"), 0);
  machine.RestartWithoutPower();
  EXPECT_EQ(machine.CountRows(), machine.written());
}

TEST(CheckpointTest, LosesNothingWhicheverOperationOfTheEndFails) {
  const int64_t operations = [] {
    Machine sound(1);
    return End(sound);
  }();
  for (const bool power : {false, true}) {
    for (int64_t failing = 1; failing <= operations; ++failing) {
      SCOPED_TRACE(failing);
      Machine machine(static_cast<uint64_t>(failing));
      End(machine, failing, power);
      machine.RestartWithoutPower();
      ASSERT_EQ(machine.CountRows(), machine.written());
      ASSERT_TRUE(machine.database().CheckPages()->problems.empty());
    }
  }
}

TEST(CheckpointTest, MovesNothingAtTheEndAfterAFailedSync) {
  const int64_t sync = [] {
    Machine sound(1);
    return RunPassBesideSnapshot(sound, kRows / 5);
  }();
  Machine machine(1);
  RunPassBesideSnapshot(machine, kRows / 5, sync);
  const int64_t before = machine.disk().operations();
  machine.writer().EmptyLog();
  EXPECT_EQ(machine.disk().operations(), before);
  machine.RestartWithoutPower();
  EXPECT_EQ(machine.CountRows(), machine.written());
}

// The writer and the pass take turns at the disk, operation by operation, until the power goes at any of them.
TEST(CheckpointTest, LosesNothingWhenThePowerGoesWhileTheWriterWritesInTheMiddleOfAPass) {
  int64_t written_meanwhile = 0;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    Machine machine(seed);
    SimulatedRuntime chance(seed);
    machine.Write(kRows);
    machine.disk().CrashAt(static_cast<int64_t>(1 + chance.Uniform(1500)));
    while (!machine.disk().crashed()) {
      machine.writer().Checkpoint(/*idle=*/false).IgnoreError();
      machine.disk().SetMeanwhile([&] {
        if (chance.OneIn(2 + seed % 50)) written_meanwhile += machine.TryToWrite();
      });
      machine.RunPass();
      machine.disk().SetMeanwhile(nullptr);
      machine.TryToWrite();
    }
    machine.RestartWithoutPower();
    // One more may be there: the power may go after the commit and before its answer.
    const int64_t rows = machine.CountRows();
    ASSERT_TRUE(rows == machine.written() || rows == machine.written() + 1) << rows << " of " << machine.written();
    ASSERT_TRUE(machine.database().CheckPages()->problems.empty());
  }
  EXPECT_GT(written_meanwhile, 300 * 5);
}

}  // namespace
}  // namespace dangol::simulation
