#include "tests/simulation/memory_vfs.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sqlite3.h>

namespace dangol::simulation {
namespace {

constexpr char kName[] = "/data/orders.db";
constexpr char kWalName[] = "/data/orders.db-wal";
constexpr char kJournalName[] = "/data/orders.db-journal";

// A connection by SQL. Error codes are the primary ones.
class Connection {
 public:
  explicit Connection(const std::string& name = kName) { open_result_ = sqlite3_open(name.c_str(), &database_) & 0xff; }
  ~Connection() { EXPECT_EQ(sqlite3_close(database_), SQLITE_OK); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  int open_result() const { return open_result_; }

  int Execute(const std::string& sql) { return sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) & 0xff; }

  // The first column of all rows, joined by commas, or "error <code>".
  std::string Query(const std::string& sql) {
    const auto append = [](void* text, int, char** values, char**) {
      auto& joined = *static_cast<std::string*>(text);
      joined += joined.empty() ? "" : ",";
      joined += values[0] == nullptr ? "NULL" : values[0];
      return 0;
    };
    std::string joined;
    const int result = sqlite3_exec(database_, sql.c_str(), append, &joined, nullptr) & 0xff;
    return result == SQLITE_OK ? joined : "error " + std::to_string(result);
  }

  int PersistWal(int value) {
    sqlite3_file_control(database_, "main", SQLITE_FCNTL_PERSIST_WAL, &value);
    return value;
  }

 private:
  sqlite3* database_ = nullptr;
  int open_result_;
};

// A file through the VFS interface itself.
class RawFile {
 public:
  explicit RawFile(const char* name, int flags = SQLITE_OPEN_CREATE)
      : memory_(sqlite3_vfs_find(nullptr)->szOsFile), file_(sqlite3_vfs_find(nullptr)) {
    open_result_ = file_->xOpen(file_, name, get(), flags | SQLITE_OPEN_READWRITE | SQLITE_OPEN_MAIN_DB, nullptr);
  }
  ~RawFile() { Close(); }
  RawFile(const RawFile&) = delete;
  RawFile& operator=(const RawFile&) = delete;

  void Close() {
    if (get()->pMethods != nullptr) calls()->xClose(get());
    get()->pMethods = nullptr;
  }
  int open_result() const { return open_result_; }
  sqlite3_file* get() { return reinterpret_cast<sqlite3_file*>(memory_.data()); }
  const sqlite3_io_methods* calls() { return get()->pMethods; }

  int Write(const std::string& text, int64_t offset) {
    return calls()->xWrite(get(), text.data(), static_cast<int>(text.size()), offset);
  }
  std::string Read(int size, int64_t offset = 0) {
    std::string text(size, '?');
    const int result = calls()->xRead(get(), text.data(), size, offset);
    return result == SQLITE_OK || result == SQLITE_IOERR_SHORT_READ ? text : "error";
  }
  int Sync() { return calls()->xSync(get(), SQLITE_SYNC_NORMAL); }
  int Truncate(int64_t size) { return calls()->xTruncate(get(), size); }
  int Lock(int level) { return calls()->xLock(get(), level); }
  int Unlock(int level) { return calls()->xUnlock(get(), level); }
  bool Reserved() {
    int reserved = -1;
    EXPECT_EQ(calls()->xCheckReservedLock(get(), &reserved), SQLITE_OK);
    return reserved != 0;
  }
  volatile char* Map(int region, bool extend) {
    volatile void* memory = nullptr;
    EXPECT_EQ(calls()->xShmMap(get(), region, 32768, extend, &memory), SQLITE_OK);
    return static_cast<volatile char*>(memory);
  }
  int ShmLock(int first, int count, int flags) { return calls()->xShmLock(get(), first, count, flags); }

 private:
  std::vector<std::max_align_t> memory_;
  sqlite3_vfs* file_;
  int open_result_;
};

int Delete(const char* name, bool sync_directory) {
  sqlite3_vfs* vfs = sqlite3_vfs_find(nullptr);
  return vfs->xDelete(vfs, name, sync_directory);
}

std::string Text(int64_t size, char letter) { return std::string(size, letter); }

// Transaction `k` adds the rows 2k and 2k+1, whose sizes tear over sectors and pages, and updates
// a counter; small checkpoints fall between them.
class Ledger {
 public:
  explicit Ledger(const std::string& pragmas) : connection_(std::make_unique<Connection>()) {
    ready_ = connection_->Execute(pragmas + "; PRAGMA wal_autocheckpoint = 9;") == SQLITE_OK &&
             connection_->Execute(
                 "CREATE TABLE IF NOT EXISTS entry(id INTEGER PRIMARY KEY, "
                 "body BLOB, tag TEXT); "
                 "CREATE INDEX IF NOT EXISTS by_tag ON entry(tag); "
                 "CREATE TABLE IF NOT EXISTS total(count INTEGER);") == SQLITE_OK;
  }

  bool ready() const { return ready_; }
  Connection& connection() { return *connection_; }

  int Add(int64_t k) {
    const std::string low = std::to_string(2 * k), high = std::to_string(2 * k + 1);
    const int result = connection_->Execute(
        "BEGIN IMMEDIATE; INSERT INTO entry VALUES(" + low + ", zeroblob(" + std::to_string(k * 977 % 6000) +
        "), 'tag' || " + low + " % 7),(" + high + ", zeroblob(100), 'tag' || " + high +
        " % 7); DELETE FROM total; INSERT INTO total " + "SELECT count(*) FROM entry; COMMIT;");
    if (result != SQLITE_OK) connection_->Execute("ROLLBACK");
    return result;
  }

  // The number of transactions there, -1 if the database is damaged or holds a part of one.
  static int64_t Transactions() {
    Connection connection;
    if (connection.Query("SELECT count(*) FROM sqlite_schema WHERE name = 'total'") != "1") {
      return connection.Query("PRAGMA integrity_check") == "ok" ? 0 : -1;
    }
    const std::string ids = connection.Query("SELECT count(*) FROM entry");
    if (ids.starts_with("error") || connection.Query("PRAGMA integrity_check") != "ok") return -1;
    const int64_t rows = std::stoll(ids);
    const std::string summary = connection.Query(
        "SELECT ifnull(max(id), -1) || ' ' || ifnull((SELECT sum(count) FROM total), 0) || ' ' || "
        "ifnull(sum(length(body) <> iif(id % 2, 100, id / 2 * 977 % 6000)), 0) FROM entry");
    const std::string expected = std::to_string(rows - 1) + " " + ids + " 0";
    return rows % 2 == 0 && summary == expected ? rows / 2 : -1;
  }

 private:
  std::unique_ptr<Connection> connection_;
  bool ready_;
};

struct Outcome {
  int64_t acknowledged = 0;
  int64_t present = 0;
};

// Writes until a crash at a random operation, three times over on one disk, and gives the worst
// life: a damaged one, else the one which lost most.
Outcome LiveThroughCrashes(uint64_t seed, const std::string& pragmas, bool power_loss) {
  MemoryVfs disk(seed);
  Outcome worst;
  int64_t present = 0;
  for (uint64_t life = 0; life < 3; ++life) {
    disk.CrashAt(1 + static_cast<int64_t>(seed * 7919 + life * 104729) % 400);
    auto ledger = std::make_unique<Ledger>(pragmas);
    auto reader = std::make_unique<Connection>();
    int64_t acknowledged = present;
    for (int turn = 0; !disk.crashed(); ++turn) {
      // Every other transaction commits beside a snapshot, which holds up checkpoints too.
      reader->Execute(turn % 2 ? "BEGIN; SELECT count FROM total" : "COMMIT");
      if (ledger->ready() && ledger->Add(acknowledged) == SQLITE_OK) ++acknowledged;
      if (!ledger->ready() && !disk.crashed()) ledger = std::make_unique<Ledger>(pragmas);
    }
    if (seed % 2 == 0) {  // The others close after the restart.
      ledger.reset();
      reader.reset();
    }
    power_loss ? disk.Restart() : disk.KillProcess();
    present = Ledger::Transactions();
    // One more may be there: the crash may strike after the commit and before its answer.
    if (present < 0 || present > acknowledged + 1) return {acknowledged, -1};
    if (acknowledged - present > worst.acknowledged - worst.present) {
      worst = {acknowledged, present};
    }
  }
  return worst;
}

struct Losses {
  int damaged = 0;
  int lost = 0;
};

Losses LossesOf(const std::string& pragmas, bool power_loss) {
  Losses losses;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    const Outcome outcome = LiveThroughCrashes(seed, pragmas, power_loss);
    losses.damaged += outcome.present < 0;
    losses.lost += outcome.present >= 0 && outcome.present < outcome.acknowledged;
  }
  return losses;
}

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

TEST(MemoryVfs, FullSyncKeepsEveryAcknowledgedTransaction) {
  const Losses losses = LossesOf("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL", true);
  EXPECT_EQ(losses.damaged, 0);
  EXPECT_EQ(losses.lost, 0);
}

TEST(MemoryVfs, NormalSyncLosesTransactionsByPowerLossButIsNotDamaged) {
  const Losses losses = LossesOf("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL", true);
  EXPECT_EQ(losses.damaged, 0);
  EXPECT_GT(losses.lost, 0);
}

TEST(MemoryVfs, NoSyncDamagesDatabaseByPowerLoss) {
  const Losses losses = LossesOf("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF", true);
  EXPECT_GT(losses.damaged, 0);
}

TEST(MemoryVfs, KilledProcessLosesNothing) {
  for (const std::string modes :
       {"WAL; PRAGMA synchronous = OFF", "WAL; PRAGMA synchronous = NORMAL", "DELETE; PRAGMA synchronous = OFF"}) {
    const Losses losses = LossesOf("PRAGMA journal_mode = " + modes, false);
    EXPECT_EQ(losses.damaged, 0) << modes;
    EXPECT_EQ(losses.lost, 0) << modes;
  }
}

// Without the sync of the directory a deleted journal comes back and undoes what it was for.
TEST(MemoryVfs, RollbackJournalNeedsExtraSync) {
  const Losses full = LossesOf("PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL", true);
  EXPECT_EQ(full.damaged, 0);
  EXPECT_GT(full.lost, 0);
  const Losses extra = LossesOf("PRAGMA journal_mode = DELETE; PRAGMA synchronous = EXTRA", true);
  EXPECT_EQ(extra.damaged, 0);
  EXPECT_EQ(extra.lost, 0);
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

TEST(MemoryVfs, FailedSyncLeavesItsWritesToChance) {
  int survived = 0, lost = 0, rewritten = 0;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    MemoryVfs disk(seed);
    RawFile file("f");
    file.Write(Text(512, 'a'), 0);
    ASSERT_EQ(file.Sync(), SQLITE_OK);
    file.Write(Text(512, 'b'), 0);
    disk.FailAt(1, Fault::kIoError);
    ASSERT_EQ(file.Sync(), SQLITE_IOERR_FSYNC);
    ASSERT_EQ(file.Read(512), Text(512, 'b')) << "the page cache still has it";
    ASSERT_EQ(file.Sync(), SQLITE_OK) << "nothing is left to do";
    const bool rewrite = seed % 4 == 0;
    if (rewrite) {
      file.Write(Text(512, 'b'), 0);
      ASSERT_EQ(file.Sync(), SQLITE_OK);
    }
    disk.Restart();
    const std::string found = RawFile("f").Read(512);
    (rewrite ? rewritten : found == Text(512, 'b') ? survived : lost) += 1;
    ASSERT_EQ(found, Text(512, rewrite || found[0] == 'b' ? 'b' : 'a'));
  }
  EXPECT_EQ(rewritten, 50);
  EXPECT_GT(survived, 30);
  EXPECT_GT(lost, 30);
}

TEST(MemoryVfs, FullSyncOutlivesFailedSyncsAndPowerLoss) {
  int refused = 0;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    MemoryVfs disk(seed);
    int64_t present = 0;
    for (int life = 0; life < 3; ++life) {
      Ledger ledger("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
      disk.SetFaultProbability(Fault::kIoError, 0.02);
      int64_t acknowledged = present;
      for (int attempt = 0; ledger.ready() && attempt < 40; ++attempt) {
        ledger.Add(acknowledged) == SQLITE_OK ? ++acknowledged : ++refused;
      }
      disk.Restart();
      present = Ledger::Transactions();
      ASSERT_GE(present, acknowledged) << seed;
    }
  }
  EXPECT_GT(refused, 200);
}

TEST(MemoryVfs, UnsyncedWriteSurvivesWholeTornOrNotAtAll) {
  std::set<std::string> seen;
  const std::string old = Text(4096, '.');
  for (uint64_t seed = 0; seed < 400; ++seed) {
    MemoryVfs disk(seed);
    RawFile file("f");
    file.Write(old, 0);
    ASSERT_EQ(file.Sync(), SQLITE_OK);
    file.Write(Text(1500, 'w'), 1000);
    disk.Restart();
    seen.insert(RawFile("f").Read(4096));
  }
  const auto with = [&](int begin, int end) {
    return std::string(old).replace(begin, end - begin, Text(end - begin, 'w'));
  };
  EXPECT_EQ(seen, (std::set<std::string>{old, with(1000, 2500), with(1000, 1024), with(1000, 1536), with(1000, 2048),
                                         with(1024, 2500), with(1536, 2500), with(2048, 2500)}));
}

TEST(MemoryVfs, WriteCutShortByCrashMaySurviveInPart) {
  std::set<std::size_t> killed, lost_power;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    MemoryVfs disk(seed);
    RawFile file("f");
    ASSERT_EQ(file.Sync(), SQLITE_OK);
    disk.CrashAt(1);
    ASSERT_EQ(file.Write(Text(1024, 'w'), 0), SQLITE_IOERR);
    seed % 2 ? disk.KillProcess() : disk.Restart();
    (seed % 2 ? killed : lost_power).insert(disk.FileSize("f"));
  }
  EXPECT_EQ(killed, (std::set<std::size_t>{0, 512}));
  EXPECT_EQ(lost_power, (std::set<std::size_t>{0, 512}));
}

TEST(MemoryVfs, UnsyncedTruncationMayBeUndone) {
  std::set<int64_t> sizes;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    MemoryVfs disk(seed);
    RawFile file("f");
    file.Write(Text(100, 'a'), 0);
    file.Sync();
    ASSERT_EQ(file.Truncate(10), SQLITE_OK);
    ASSERT_EQ(disk.FileSize("f"), 10);
    disk.Restart();
    sizes.insert(disk.FileSize("f"));
  }
  EXPECT_EQ(sizes, (std::set<int64_t>{10, 100}));
}

TEST(MemoryVfs, DirectoryEntriesAreDurableOnceSynced) {
  std::set<int64_t> created, synced, deleted, deleted_synced, elsewhere;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    MemoryVfs disk(seed);
    for (const char* name : {"d/deleted", "d/deleted_synced", "e/elsewhere"}) {
      RawFile file(name);
      file.Write("x", 0);
      file.Sync();
    }
    RawFile created_file("e/created");
    Delete("e/elsewhere", false);
    Delete("d/deleted_synced", true);
    Delete("d/deleted", false);
    RawFile synced_file("e/synced");
    synced_file.Sync();
    ASSERT_EQ(disk.FileSize("d/deleted"), -1);
    disk.Restart();
    created.insert(disk.FileSize("e/created"));
    synced.insert(disk.FileSize("e/synced"));
    deleted.insert(disk.FileSize("d/deleted"));
    deleted_synced.insert(disk.FileSize("d/deleted_synced"));
    elsewhere.insert(disk.FileSize("e/elsewhere"));
  }
  EXPECT_EQ(created, (std::set<int64_t>{-1, 0}));
  EXPECT_EQ(synced, (std::set<int64_t>{0}));
  EXPECT_EQ(deleted, (std::set<int64_t>{-1, 1}));
  EXPECT_EQ(deleted_synced, (std::set<int64_t>{-1}));
  EXPECT_EQ(elsewhere, (std::set<int64_t>{-1, 1}));
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
