// Locks and snapshots of the simulated disk.
#include <cstdint>
#include <string>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "tests/simulation/memory_vfs_fixture.h"

namespace dangol::simulation {
namespace {

TEST(MemoryVfs, ReaderKeepsItsSnapshotWhileWriterCommits) {
  MemoryVfs disk(1);
  Connection writer, reader;
  ASSERT_EQ(writer.Query("PRAGMA journal_mode = WAL"), "wal");
  ASSERT_EQ(writer.Execute("CREATE TABLE t(x); INSERT INTO t VALUES(1)"), SQLITE_OK);
  ASSERT_EQ(reader.Execute("BEGIN"), SQLITE_OK);
  EXPECT_EQ(reader.Query("SELECT x FROM t"), "1");
  EXPECT_EQ(writer.Execute("INSERT INTO t VALUES(2)"), SQLITE_OK);
  EXPECT_EQ(reader.Query("SELECT x FROM t"), "1");
  EXPECT_EQ(reader.Execute("COMMIT"), SQLITE_OK);
  EXPECT_EQ(reader.Query("SELECT x FROM t"), "1,2");
}

TEST(MemoryVfs, SecondWriterIsBusy) {
  for (const char* mode : {"WAL", "DELETE"}) {
    MemoryVfs disk(7);
    Connection first, second;
    ASSERT_EQ(first.Execute(std::string("PRAGMA journal_mode = ") + mode), SQLITE_OK);
    ASSERT_EQ(first.Execute("CREATE TABLE t(x); BEGIN IMMEDIATE"), SQLITE_OK);
    EXPECT_EQ(second.Execute("BEGIN IMMEDIATE"), SQLITE_BUSY) << mode;
    EXPECT_EQ(second.Query("SELECT count(*) FROM t"), "0") << mode;
    EXPECT_EQ(first.Execute("COMMIT"), SQLITE_OK);
    EXPECT_EQ(second.Execute("BEGIN IMMEDIATE; INSERT INTO t VALUES(1); COMMIT"), SQLITE_OK);
  }
}

TEST(MemoryVfs, RollbackWriterWaitsForReadersAndKeepsNewOnesOut) {
  MemoryVfs disk(7);
  Connection writer, reader, late;
  ASSERT_EQ(writer.Execute("CREATE TABLE t(x)"), SQLITE_OK);
  ASSERT_EQ(reader.Execute("BEGIN; SELECT * FROM t"), SQLITE_OK);
  EXPECT_EQ(writer.Execute("BEGIN; INSERT INTO t VALUES(1)"), SQLITE_OK);
  EXPECT_EQ(writer.Execute("COMMIT"), SQLITE_BUSY);
  EXPECT_EQ(late.Query("SELECT * FROM t"), "error 5");
  EXPECT_EQ(reader.Execute("COMMIT"), SQLITE_OK);
  EXPECT_EQ(writer.Execute("COMMIT"), SQLITE_OK);
  EXPECT_EQ(late.Query("SELECT * FROM t"), "1");
}

TEST(MemoryVfs, FileLocksExcludeLikePosix) {
  MemoryVfs disk(7);
  RawFile a("f"), b("f"), c("f");
  EXPECT_EQ(a.Lock(SQLITE_LOCK_SHARED), SQLITE_OK);
  EXPECT_EQ(b.Lock(SQLITE_LOCK_SHARED), SQLITE_OK);
  EXPECT_FALSE(c.Reserved());
  EXPECT_EQ(a.Lock(SQLITE_LOCK_RESERVED), SQLITE_OK);
  EXPECT_TRUE(c.Reserved());
  EXPECT_EQ(b.Lock(SQLITE_LOCK_RESERVED), SQLITE_BUSY);
  EXPECT_EQ(c.Lock(SQLITE_LOCK_SHARED), SQLITE_OK) << "reserved lets readers in";
  EXPECT_EQ(c.Unlock(SQLITE_LOCK_NONE), SQLITE_OK);
  EXPECT_EQ(a.Lock(SQLITE_LOCK_EXCLUSIVE), SQLITE_BUSY);
  EXPECT_EQ(c.Lock(SQLITE_LOCK_SHARED), SQLITE_BUSY) << "pending does not";
  EXPECT_EQ(b.Unlock(SQLITE_LOCK_NONE), SQLITE_OK);
  EXPECT_EQ(a.Lock(SQLITE_LOCK_EXCLUSIVE), SQLITE_OK);
  EXPECT_EQ(c.Lock(SQLITE_LOCK_SHARED), SQLITE_BUSY);
  EXPECT_EQ(a.Unlock(SQLITE_LOCK_SHARED), SQLITE_OK);
  EXPECT_EQ(c.Lock(SQLITE_LOCK_SHARED), SQLITE_OK);
  EXPECT_EQ(c.Lock(SQLITE_LOCK_EXCLUSIVE), SQLITE_BUSY);
  EXPECT_EQ(b.Lock(SQLITE_LOCK_SHARED), SQLITE_OK) << "only a reserved writer becomes pending";
  EXPECT_EQ(b.Lock(SQLITE_LOCK_RESERVED), SQLITE_OK);
  b.Close();
  EXPECT_EQ(a.Lock(SQLITE_LOCK_RESERVED), SQLITE_OK) << "closing unlocks";
  disk.KillProcess();
  EXPECT_EQ(a.Lock(SQLITE_LOCK_EXCLUSIVE), SQLITE_IOERR);
  RawFile d("f");
  EXPECT_EQ(d.Lock(SQLITE_LOCK_SHARED), SQLITE_OK);
  EXPECT_EQ(d.Lock(SQLITE_LOCK_EXCLUSIVE), SQLITE_OK);
}

TEST(MemoryVfs, SharedMemoryLocksExcludeBySlot) {
  constexpr int kShared = SQLITE_SHM_LOCK | SQLITE_SHM_SHARED;
  constexpr int kExclusive = SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE;
  MemoryVfs disk(7);
  RawFile a("f"), b("f");
  a.Map(0, true);
  b.Map(0, true);
  EXPECT_EQ(a.ShmLock(3, 1, kShared), SQLITE_OK);
  EXPECT_EQ(b.ShmLock(3, 1, kShared), SQLITE_OK);
  EXPECT_EQ(b.ShmLock(2, 3, kExclusive), SQLITE_BUSY);
  EXPECT_EQ(b.ShmLock(4, 4, kExclusive), SQLITE_OK);
  EXPECT_EQ(a.ShmLock(7, 1, kShared), SQLITE_BUSY);
  EXPECT_EQ(a.ShmLock(3, 1, SQLITE_SHM_UNLOCK | SQLITE_SHM_SHARED), SQLITE_OK);
  EXPECT_EQ(b.ShmLock(3, 1, SQLITE_SHM_UNLOCK | SQLITE_SHM_SHARED), SQLITE_OK);
  EXPECT_EQ(a.ShmLock(2, 2, kExclusive), SQLITE_OK);
  b.calls()->xShmUnmap(b.get(), 0);
  EXPECT_EQ(a.ShmLock(7, 1, kShared), SQLITE_OK) << "unmapping unlocks";
  disk.KillProcess();
  EXPECT_EQ(a.ShmLock(0, 1, kShared), SQLITE_IOERR);
}

TEST(MemoryVfs, SharedMemoryLivesAsLongAsItIsMapped) {
  MemoryVfs disk(7);
  RawFile a("f"), b("f");
  EXPECT_EQ(a.Map(1, false), nullptr);
  volatile char* memory = a.Map(1, true);
  memory[100] = 'x';
  EXPECT_EQ(b.Map(1, false), memory);
  a.calls()->xShmUnmap(a.get(), 0);
  EXPECT_EQ(a.Map(1, false), memory);
  b.Close();
  a.calls()->xShmUnmap(a.get(), 0);
  EXPECT_EQ(a.Map(1, true)[100], 0);
  a.Map(1, true)[100] = 'x';
  disk.KillProcess();
  RawFile c("f");
  EXPECT_EQ(c.Map(1, true)[100], 0);
}

TEST(MemoryVfs, CheckpointWaitsForReaderAndEmptiesTheLog) {
  for (const std::string kind : {"RESTART", "TRUNCATE"}) {
    MemoryVfs disk(8);
    Ledger ledger("PRAGMA journal_mode = WAL");
    Connection& writer = ledger.connection();
    Connection reader;
    ASSERT_EQ(writer.Query("PRAGMA wal_autocheckpoint = 0"), "0");
    int64_t k = 0;
    for (; k < 10; ++k) ASSERT_EQ(ledger.Add(k), SQLITE_OK);
    ASSERT_EQ(reader.Execute("BEGIN; SELECT count(*) FROM entry"), SQLITE_OK);
    for (; k < 20; ++k) ASSERT_EQ(ledger.Add(k), SQLITE_OK);
    const std::string pragma = "PRAGMA wal_checkpoint(" + kind + ")";
    EXPECT_EQ(writer.Query(pragma), "1") << "busy";
    EXPECT_EQ(reader.Query("SELECT count(*) FROM entry"), "20");
    ASSERT_EQ(reader.Execute("COMMIT"), SQLITE_OK);
    const int64_t size = disk.FileSize(kWalName);
    EXPECT_EQ(writer.Query(pragma), "0");
    EXPECT_EQ(disk.FileSize(kWalName), kind == "RESTART" ? size : 0);
    ASSERT_EQ(ledger.Add(k++), SQLITE_OK);
    EXPECT_EQ(disk.FileSize(kWalName) == size, kind == "RESTART") << "written from its start";
    disk.Restart();
    EXPECT_EQ(Ledger::Transactions(), k);
  }
}

TEST(MemoryVfs, BusyTimeoutMovesTheClockAndEnds) {
  MemoryVfs disk(9);
  disk.SetTime(1'700'000'000'123'000);
  Connection first, second;
  EXPECT_EQ(first.Query("SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')"), "2023-11-14 22:13:20.123");
  ASSERT_EQ(first.Execute("BEGIN IMMEDIATE"), SQLITE_OK);
  ASSERT_EQ(second.Execute("PRAGMA busy_timeout = 5000"), SQLITE_OK);
  EXPECT_EQ(second.Execute("BEGIN IMMEDIATE"), SQLITE_BUSY);
  EXPECT_EQ(disk.time(), 1'700'000'005'123'000);
}

}  // namespace
}  // namespace dangol::simulation
