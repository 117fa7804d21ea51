// What a loss of power, a kill or a failed sync leaves on the simulated disk.
#include <cstdint>
#include <memory>
#include <set>
#include <string>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "tests/simulation/memory_vfs_fixture.h"

namespace dangol::simulation {
namespace {

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

}  // namespace
}  // namespace dangol::simulation
