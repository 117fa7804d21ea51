// Faults, restarts and files of the simulated disk.
#include <cstdint>
#include <memory>
#include <set>
#include <string>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "tests/simulation/memory_vfs_fixture.h"

namespace dangol::simulation {
namespace {

TEST(MemoryVfs, PerfectDiskFailsNothingAndForgetsNothing) {
  MemoryVfs disk(1);
  {
    Ledger ledger("PRAGMA journal_mode = WAL");
    ASSERT_TRUE(ledger.ready());
    for (int k = 0; k < 100; ++k) ASSERT_EQ(ledger.Add(k), SQLITE_OK);
    EXPECT_GT(disk.FileSize(kWalName), 0);
    EXPECT_GT(disk.MemoryUsed(), disk.FileSize(kName) + disk.FileSize(kWalName) + 32768);
  }
  EXPECT_EQ(disk.FileSize(kWalName), -1) << "the last close deletes it";
  EXPECT_GT(disk.MemoryUsed(), 2 * disk.FileSize(kName)) << "the log may still come back";
  disk.Restart();
  disk.KillProcess();
  EXPECT_EQ(Ledger::Transactions(), 100);
  EXPECT_GT(disk.operations(), 300);
}

TEST(MemoryVfs, EqualSeedsGiveEqualRuns) {
  const auto run = [](uint64_t seed) {
    int64_t earlier_use;
    sqlite3_randomness(sizeof(earlier_use), &earlier_use);
    MemoryVfs disk(seed);
    disk.SetFaultProbability(Fault::kIoError, 0.01);
    disk.SetFaultProbability(Fault::kFull, 0.01);
    std::string results;
    for (int life = 0; life < 3; ++life) {
      Ledger ledger("PRAGMA journal_mode = WAL");
      for (int k = 0; k < 50; ++k) results += std::to_string(ledger.Add(k)) + " ";
      disk.Restart();
    }
    results += std::to_string(disk.operations()) + " " + std::to_string(disk.digest());
    return results;
  };
  std::set<std::string> different;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const std::string first = run(seed);
    EXPECT_EQ(first, run(seed)) << seed;
    different.insert(first);
  }
  EXPECT_EQ(different.size(), 20u);
}

TEST(MemoryVfs, DigestTellsBytesAndResultsApart) {
  const auto run = [](const char* text, bool fault) {
    MemoryVfs disk(1);
    if (fault) disk.FailAt(3, Fault::kIoError);
    RawFile file("f");
    file.Write(text, 0);
    file.Sync();
    return disk.digest();
  };
  EXPECT_EQ(run("123456789", false), run("123456789", false));
  EXPECT_NE(run("123456789", false), run("123456780", false));
  EXPECT_NE(run("123456789", false), run("123456789", true));
}

TEST(MemoryVfs, FullDiskAndIoErrorsPassWithTheirCause) {
  for (const bool full : {true, false}) {
    for (const char* mode : {"WAL", "DELETE"}) {
      MemoryVfs disk(3);
      int64_t acknowledged = 0;
      {
        Ledger ledger(std::string("PRAGMA journal_mode = ") + mode);
        for (; acknowledged < 30; ++acknowledged) {
          ASSERT_EQ(ledger.Add(acknowledged), SQLITE_OK);
        }
        full ? disk.SetDiskFull(true) : disk.SetIoErrors(true);
        for (int i = 0; i < 5; ++i) {
          EXPECT_EQ(ledger.Add(acknowledged), full ? SQLITE_FULL : SQLITE_IOERR) << mode;
        }
      }
      full ? disk.SetDiskFull(false) : disk.SetIoErrors(false);
      EXPECT_EQ(Ledger::Transactions(), acknowledged);
      Ledger ledger(std::string("PRAGMA journal_mode = ") + mode);
      for (; acknowledged < 60; ++acknowledged) ASSERT_EQ(ledger.Add(acknowledged), SQLITE_OK);
      EXPECT_EQ(Ledger::Transactions(), acknowledged);
    }
  }
}

TEST(MemoryVfs, EveryOperationCanFailOnce) {
  std::set<int> seen;
  int refused = 0;
  for (int n = 1; n < 300; ++n) {
    const Fault fault = n % 3 == 0 ? Fault::kFull : Fault::kIoError;
    MemoryVfs disk(n);
    int64_t acknowledged = 0;
    {
      auto ledger = std::make_unique<Ledger>("PRAGMA journal_mode = WAL");
      disk.FailAt(n, fault);
      for (int attempt = 0; attempt < 60; ++attempt) {
        const int result = ledger->Add(acknowledged);
        seen.insert(result);
        refused += result != SQLITE_OK;
        if (result == SQLITE_OK) ++acknowledged;
      }
    }
    ASSERT_GE(acknowledged, 58) << n << ": one fault fails one statement";
    ASSERT_EQ(Ledger::Transactions(), acknowledged) << n;
  }
  EXPECT_EQ(seen, (std::set<int>{SQLITE_OK, SQLITE_IOERR, SQLITE_FULL}));
  EXPECT_GT(refused, 100);
}

TEST(MemoryVfs, PlannedFaultHitsTheNamedOperation) {
  MemoryVfs disk(4);
  RawFile file("f");
  EXPECT_EQ(disk.operations(), 1);
  disk.FailAt(2, Fault::kIoError);
  EXPECT_EQ(file.Write("abc", 0), SQLITE_OK);
  EXPECT_EQ(file.Write("abc", 0), SQLITE_IOERR_WRITE);
  EXPECT_EQ(file.Write("abc", 0), SQLITE_OK);
  disk.FailAt(1, Fault::kFull);
  EXPECT_EQ(file.Sync(), SQLITE_OK) << "a full disk fits writes only";
  EXPECT_EQ(file.Write("abc", 0), SQLITE_FULL);
  EXPECT_EQ(file.Write("abc", 0), SQLITE_OK);
  const auto fail_next = [&] { disk.FailAt(1, Fault::kIoError); };
  fail_next();
  EXPECT_EQ(file.Read(3), "error");
  fail_next();
  EXPECT_EQ(file.Sync(), SQLITE_IOERR_FSYNC);
  fail_next();
  EXPECT_EQ(file.Truncate(0), SQLITE_IOERR_TRUNCATE);
  fail_next();
  EXPECT_EQ(Delete("f", true), SQLITE_IOERR_DELETE);
  fail_next();
  EXPECT_EQ(RawFile("f").open_result(), SQLITE_CANTOPEN);
  EXPECT_EQ(file.Read(3), "abc");
  EXPECT_EQ(disk.operations(), 13);

  disk.CrashAt(2);
  EXPECT_EQ(file.Read(3), "abc");
  EXPECT_FALSE(disk.crashed());
  EXPECT_EQ(file.Sync(), SQLITE_IOERR);
  EXPECT_TRUE(disk.crashed());
  EXPECT_EQ(RawFile("f").open_result(), SQLITE_IOERR);
  EXPECT_EQ(disk.operations(), 15) << "calls of the dead do not count";
}

TEST(MemoryVfs, DeadConnectionsChangeNothing) {
  for (const char* mode : {"WAL", "DELETE"}) {
    for (const bool power_loss : {true, false}) {
      MemoryVfs disk(5);
      auto dead = std::make_unique<Ledger>(std::string("PRAGMA journal_mode = ") + mode);
      for (int k = 0; k < 5; ++k) ASSERT_EQ(dead->Add(k), SQLITE_OK);
      ASSERT_EQ(dead->connection().Execute("BEGIN IMMEDIATE"), SQLITE_OK);
      power_loss ? disk.Restart() : disk.KillProcess();
      const int64_t present = Ledger::Transactions();
      EXPECT_GE(present, power_loss ? 4 : 5);
      const uint64_t digest = disk.digest();
      dead->connection().Execute("DELETE FROM total");  // May do, in the connection's own cache.
      EXPECT_NE(dead->connection().Execute("COMMIT"), SQLITE_OK) << mode;
      EXPECT_EQ(disk.FileSize(kJournalName), -1);
      EXPECT_EQ(disk.digest(), digest);
      Ledger living(std::string("PRAGMA journal_mode = ") + mode);
      EXPECT_EQ(living.Add(present), SQLITE_OK) << "no lock is left";
      dead.reset();
      EXPECT_EQ(living.Add(present + 1), SQLITE_OK);
      EXPECT_EQ(Ledger::Transactions(), present + 2);
    }
  }
}

TEST(MemoryVfs, NothingOpensBetweenCrashAndRestart) {
  MemoryVfs disk(6);
  disk.Crash();
  EXPECT_EQ(Connection().open_result(), SQLITE_IOERR);
  EXPECT_EQ(Delete("f", false), SQLITE_IOERR);
  disk.Restart();
  EXPECT_EQ(Connection().Execute("CREATE TABLE t(x)"), SQLITE_OK);
}

TEST(MemoryVfs, RestartClearsFaultsAndKillKeepsThem) {
  MemoryVfs disk(6);
  disk.SetDiskFull(true);
  disk.KillProcess();
  EXPECT_EQ(Connection().Execute("CREATE TABLE t(x)"), SQLITE_FULL);
  disk.Restart();
  EXPECT_EQ(Connection().Execute("CREATE TABLE t(x)"), SQLITE_OK);
}

TEST(MemoryVfs, FilesOpenAndReadAsSqliteAsks) {
  MemoryVfs disk(8);
  EXPECT_EQ(RawFile("f", 0).open_result(), SQLITE_CANTOPEN);
  EXPECT_EQ(disk.FileSize("f"), -1);
  RawFile file("f");
  EXPECT_EQ(RawFile("f", SQLITE_OPEN_CREATE | SQLITE_OPEN_EXCLUSIVE).open_result(), SQLITE_CANTOPEN);
  EXPECT_EQ(RawFile("f", 0).open_result(), SQLITE_OK);
  file.Write("abc", 2);
  char buffer[8] = "???????";
  EXPECT_EQ(file.calls()->xRead(file.get(), buffer, 7, 0), SQLITE_IOERR_SHORT_READ);
  EXPECT_EQ(std::string(buffer, 7), std::string("\0\0abc\0\0", 7));
  EXPECT_EQ(file.calls()->xRead(file.get(), buffer, 2, 3), SQLITE_OK);
  EXPECT_EQ(file.calls()->xRead(file.get(), buffer, 2, 9), SQLITE_IOERR_SHORT_READ);
  EXPECT_EQ(Delete("g", false), SQLITE_IOERR_DELETE_NOENT);
}

TEST(MemoryVfs, LogCanBeKeptAtClose) {
  MemoryVfs disk(8);
  {
    Connection connection;
    EXPECT_EQ(connection.PersistWal(-1), 0);
    EXPECT_EQ(connection.PersistWal(1), 1);
    connection.Execute("PRAGMA journal_mode = WAL; CREATE TABLE t(x)");
  }
  EXPECT_GT(disk.FileSize(kWalName), 0);
  EXPECT_EQ(Connection().Query("SELECT count(*) FROM t"), "0");
  EXPECT_EQ(disk.FileSize(kWalName), -1);
}

TEST(MemoryVfs, IsTheDefaultOnlyWhileItLives) {
  const std::string before = sqlite3_vfs_find(nullptr)->zName;
  {
    MemoryVfs disk(1);
    EXPECT_NE(sqlite3_vfs_find(nullptr)->zName, before);
  }
  EXPECT_EQ(sqlite3_vfs_find(nullptr)->zName, before);
}

TEST(MemoryVfs, TemporaryFilesLeaveNoTrace) {
  MemoryVfs disk(1);
  Connection connection;
  ASSERT_EQ(connection.Execute("CREATE TABLE t(x)"), SQLITE_OK);
  const int64_t used = disk.MemoryUsed();
  const int64_t operations = disk.operations();
  ASSERT_EQ(connection.Execute("PRAGMA temp_store = FILE; PRAGMA temp.cache_size = 5; "
                               "CREATE TEMP TABLE big AS WITH RECURSIVE n(i) AS (SELECT 1 UNION "
                               "ALL SELECT i + 1 FROM n LIMIT 2000) SELECT i, zeroblob(500) FROM n"),
            SQLITE_OK);
  EXPECT_GT(disk.operations(), operations + 50) << "it did go to files";
  EXPECT_EQ(disk.MemoryUsed(), used);
}

}  // namespace
}  // namespace dangol::simulation
