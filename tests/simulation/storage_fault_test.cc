// What one failing operation of the disk does to the calls that share a commit: wherever it strikes, either all of them
// pass or all of them die, each caller is told the truth, and the service goes on by itself when the disk does.
#include <cstdlib>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "spdlog/sinks/base_sink.h"
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "common/base/log.h"
#include "tests/simulation/storage_fault_story.h"

namespace dangol::simulation {
namespace {

using dangol::api::v1::GetStatusResponse;

// The log is moved into the database half a second after the last write, and 0.4 s later at the earliest the service
// tries to recover from a failure of that.
constexpr absl::Duration kCheckpointWithin = absl::Milliseconds(700);
constexpr absl::Duration kFirstAttemptWithin = absl::Milliseconds(600);
constexpr uint64_t kSeed = 1;
constexpr uint64_t kSyncSeeds = 20;
constexpr uint64_t kCrashSeeds = 4;
constexpr uint64_t kSpellSeeds = 5;

// Sees to it that failing syncs were among the faults: the log names SQLite's code of each error.
class SyncErrorCounter : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  int64_t count() const { return count_; }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const std::string_view text(message.payload.data(), message.payload.size());
    count_ += text.find(fmt::format("sqlite error {} ", SQLITE_IOERR_FSYNC)) != std::string_view::npos ? 1 : 0;
  }
  void flush_() override {}

  int64_t count_ = 0;
};

enum class Ending { kRecovery, kKill, kPowerLoss };

struct Point {
  Fault fault = Fault::kIoError;
  bool refusals = false;
  bool spills = false;
  Ending ending = Ending::kRecovery;

  StoryOptions Story(uint64_t seed = kSeed, bool followed = true) const { return {seed, refusals, spills, followed}; }
};

void PrintTo(const Point& point, std::ostream* out) {
  constexpr const char* kEndings[] = {"Recovery", "Kill", "PowerLoss"};
  *out << (point.fault == Fault::kFull ? "Full" : "IoError") << (point.refusals ? "Refusals" : "")
       << (point.spills ? "Spills" : "") << kEndings[static_cast<int>(point.ending)];
}

// Every sixth operation, another sixth for each ending with and without refusals, so that together they leave none out;
// all of them in `./test --deep storage_faults`.
bool IsTried(int64_t operation, const Point& point) {
  static const bool all = std::getenv("DANGOL_EVERY_FAULT") != nullptr;
  return all || operation % 6 == 2 * static_cast<int64_t>(point.ending) + (point.refusals ? 1 : 0);
}

std::string PointName(const ::testing::TestParamInfo<Point>& info) { return ::testing::PrintToString(info.param); }

std::vector<Point> Points(std::vector<Fault> faults = {Fault::kIoError, Fault::kFull}) {
  std::vector<Point> points;
  for (Fault fault : faults) {
    for (int variant = 0; variant < 4; ++variant) {
      for (Ending ending : {Ending::kRecovery, Ending::kKill, Ending::kPowerLoss}) {
        points.push_back({fault, (variant & 1) != 0, (variant & 2) != 0, ending});
      }
    }
  }
  return points;
}

// Over all tests, for people.
class Figures : public ::testing::Environment {
 public:
  void SetUp() override { sinks_ = std::exchange(Log()->sinks(), {sync_errors_}); }

  void TearDown() override {
    Log()->sinks() = sinks_;
    fmt::print(
        "{} points of failure tried: {} batches passed, {} died ({} as OUTCOME_UNKNOWN); {} syncs, {} checkpoints "
        "and {} recoveries failed\n",
        tried, passed, tried - passed, unknown, sync_errors(), checkpoints, recoveries);
  }

  int64_t sync_errors() const { return sync_errors_->count(); }

  int64_t tried = 0;
  int64_t passed = 0;
  int64_t unknown = 0;
  int64_t checkpoints = 0;
  int64_t recoveries = 0;

 private:
  const std::shared_ptr<SyncErrorCounter> sync_errors_ = std::make_shared<SyncErrorCounter>();
  std::vector<spdlog::sink_ptr> sinks_;
};

Figures& figures = *static_cast<Figures*>(::testing::AddGlobalTestEnvironment(new Figures));

// The batch, with whatever fault was set before.
bool SendBatch(FaultStory& story) {
  const bool passed = story.SendBatch();
  figures.tried += 1;
  figures.passed += passed ? 1 : 0;
  figures.unknown += story.outcome_unknown() ? 1 : 0;
  return passed;
}

// What follows the fault: the service is whole again, each request has one effect, and none of it is lost with the
// power.
void End(FaultStory& story, Ending ending) {
  story.world().disk().ClearFaults();
  if (ending == Ending::kKill) story.world().Kill();
  if (ending == Ending::kPowerLoss) story.world().LosePower();
  if (ending != Ending::kRecovery) {
    story.ExpectTruth();
    story.world().Open();
  }
  story.ExpectRecovery();
  story.ExpectTruth();
  story.SendAgain();
  story.world().LosePower();
  story.ExpectTruth();
  story.world().Open();
  story.SendAgain();
  story.world().Check();
}

class StorageFaultTest : public ::testing::TestWithParam<Point> {};
INSTANTIATE_TEST_SUITE_P(Points, StorageFaultTest, ::testing::ValuesIn(Points()), PointName);

// A sync does not run out of space.
class FailedSyncTest : public StorageFaultTest {};
INSTANTIATE_TEST_SUITE_P(Points, FailedSyncTest, ::testing::ValuesIn(Points({Fault::kIoError})), PointName);

// Of a batch on a sound disk.
int64_t BatchOperations(const StoryOptions& options) {
  FaultStory story(options);
  const int64_t before = story.world().disk().operations();
  EXPECT_TRUE(story.SendBatch());
  return story.world().disk().operations() - before;
}

TEST_P(StorageFaultTest, ABatchPassesOrDiesAsAWholeWhereverTheFaultStrikes) {
  const int64_t operations = BatchOperations(GetParam().Story());
  for (int64_t n = 1; n <= operations + 1 && !HasFailure(); ++n) {
    if (!IsTried(n, GetParam())) continue;
    SCOPED_TRACE(fmt::format("fault at operation {} of {}", n, operations));
    FaultStory story(GetParam().Story());
    story.world().disk().FailAt(n, GetParam().fault);
    const bool passed = SendBatch(story);
    story.world().disk().ClearFaults();
    EXPECT_TRUE(passed || n <= operations);
    if (!passed) story.ExpectReadOnly();
    End(story, GetParam().ending);
  }
}

// The batch, whose commit's sync fails: the last sync among its operations; behind it come only reads of the follower.
// Chance decides what is left on the media, so many seeds; and a follower's reads decide what the service sees of it.
std::unique_ptr<FaultStory> StoryWithFailedSync(const Point& point, uint64_t seed) {
  const StoryOptions options = point.Story(seed, /*followed=*/seed % 2 == 0);
  const int64_t errors_before = figures.sync_errors();
  for (int64_t n = BatchOperations(options); n > 0; --n) {
    auto story = std::make_unique<FaultStory>(options);
    story->world().disk().FailAt(n, Fault::kIoError);
    const bool passed = SendBatch(*story);
    story->world().disk().ClearFaults();
    if (figures.sync_errors() == errors_before) continue;
    EXPECT_FALSE(passed);
    EXPECT_TRUE(story->outcome_unknown());
    story->ExpectReadOnly();
    return story;
  }
  ADD_FAILURE() << "no sync was found";
  return std::make_unique<FaultStory>(options);
}

TEST_P(FailedSyncTest, AFailedSyncIsNoCommit) {
  for (uint64_t seed = 1; seed <= kSyncSeeds && !HasFailure(); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    End(*StoryWithFailedSync(GetParam(), seed), GetParam().ending);
  }
}

// While frames that are not on the media are moved into the database, say.
TEST_P(FailedSyncTest, APowerLossDuringTheRecoveryTearsNothing) {
  for (uint64_t seed = 1; seed <= kCrashSeeds; ++seed) {
    int64_t operations = 1;
    for (int64_t n = 0; n <= operations && !HasFailure(); ++n) {
      if (n > 0 && !IsTried(n, GetParam())) continue;
      SCOPED_TRACE(fmt::format("seed {}, power loss at operation {} of {}", seed, n, operations));
      const std::unique_ptr<FaultStory> story = StoryWithFailedSync(GetParam(), seed);
      MemoryVfs& disk = story->world().disk();
      const int64_t before = disk.operations();
      if (n > 0) disk.CrashAt(n);
      story->world().runtime().RunFor(kFirstAttemptWithin);
      if (n == 0) operations = disk.operations() - before;
      if (disk.crashed()) {
        story->world().LosePower();
        story->world().Open();
      }
      End(*story, GetParam().ending);
    }
  }
}

TEST_P(StorageFaultTest, ACheckpointThatFailsLosesNothing) {
  int64_t operations = 1;
  for (int64_t n = 0; n <= operations && !HasFailure(); ++n) {
    if (n > 0 && !IsTried(n, GetParam())) continue;
    SCOPED_TRACE(fmt::format("fault at operation {} of {}", n, operations));
    FaultStory story(GetParam().Story());
    ASSERT_TRUE(SendBatch(story));
    const int64_t before = story.world().disk().operations();
    if (n > 0) story.world().disk().FailAt(n, GetParam().fault);
    story.world().runtime().RunFor(kCheckpointWithin);
    if (n == 0) operations = story.world().disk().operations() - before;
    figures.checkpoints += story.world().Status().state() == GetStatusResponse::READ_ONLY ? 1 : 0;
    End(story, GetParam().ending);
  }
  EXPECT_GT(figures.checkpoints, 0);
}

// The commit fails, and the recovery from that fails too.
TEST_P(StorageFaultTest, ARecoveryThatFailsComesAgain) {
  int64_t operations = 1;
  for (int64_t n = 0; n <= operations && !HasFailure(); ++n) {
    if (n > 0 && !IsTried(n, GetParam())) continue;
    SCOPED_TRACE(fmt::format("fault at operation {} of {}", n, operations));
    FaultStory story(GetParam().Story());
    story.world().disk().SetIoErrors(true);
    ASSERT_FALSE(SendBatch(story));
    story.world().disk().ClearFaults();
    const int64_t before = story.world().disk().operations();
    if (n > 0) story.world().disk().FailAt(n, GetParam().fault);
    // Long enough for the first attempt, and too short for the second.
    story.world().runtime().RunFor(kFirstAttemptWithin);
    if (n == 0) operations = story.world().disk().operations() - before;
    figures.recoveries += n > 0 && story.world().Status().state() == GetStatusResponse::READ_ONLY ? 1 : 0;
    End(story, GetParam().ending);
  }
  EXPECT_GT(figures.recoveries, 0);
}

TEST_P(StorageFaultTest, WhileTheDiskFailsItReadsAndThenItWrites) {
  for (uint64_t seed = 1; seed <= kSpellSeeds && !HasFailure(); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    FaultStory story(GetParam().Story(seed));
    MemoryVfs& disk = story.world().disk();
    GetParam().fault == Fault::kFull ? disk.SetDiskFull(true) : disk.SetIoErrors(true);
    ASSERT_FALSE(SendBatch(story));
    for (int i = 0; i < 6; ++i) {
      story.ExpectReadOnly();
      story.world().runtime().RunFor(absl::Seconds(10));
    }
    End(story, GetParam().ending);
  }
}

}  // namespace
}  // namespace dangol::simulation
