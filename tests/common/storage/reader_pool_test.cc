// Reads: their order, their limits, and the snapshots that they share.
#include "common/storage/reader_pool.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/base/error.h"
#include "tests/common/rpc/refusal.h"
#include "tests/common/storage/storage_fixture.h"
#include "tests/common/storage/watched_database.h"

namespace dangol::storage {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ReaderPoolTest : public StorageTest {
 protected:
  struct ReadSpec {
    std::string label;
    std::function<void(Snapshot&)> run = nullptr;
    absl::Time deadline = absl::InfiniteFuture();
    bool abandoned = false;
  };
  class TracedRead : public Read {
   public:
    TracedRead(ReadSpec spec, std::vector<std::string>& trace) : spec_(std::move(spec)), trace_(trace) {
      deadline = spec_.deadline;
    }
    bool Abandoned() const override { return spec_.abandoned; }
    void Run(Snapshot& snapshot) override {
      trace_.push_back("run " + spec_.label);
      if (spec_.run) spec_.run(snapshot);
    }
    void Fail(const absl::Status& status) override {
      trace_.push_back("fail " + spec_.label + " " + testing::Summary(status));
    }

   private:
    const ReadSpec spec_;
    std::vector<std::string>& trace_;
  };

  void SetUp() override {
    StorageTest::SetUp();
    ASSERT_TRUE(writer_->RunScript("CREATE TABLE item (id INTEGER PRIMARY KEY) STRICT;").ok());
    watched_ = std::make_unique<testing::WatchedDatabase>(std::move(database_));
  }
  void TearDown() override {
    pool_ = nullptr;
    watched_ = nullptr;
  }
  void Start(ReaderPoolLimits limits = {}) { pool_ = std::make_unique<ReaderPool>(runtime_, *watched_, limits); }
  void Submit(ReadSpec spec, bool internal = false) {
    pool_->Submit(std::make_unique<TracedRead>(std::move(spec), trace_), internal);
  }
  std::vector<std::string> Run() {
    runtime_.RunReady();
    return std::exchange(trace_, {});
  }

  std::unique_ptr<testing::WatchedDatabase> watched_;
  std::unique_ptr<ReaderPool> pool_;
  std::vector<std::string> trace_;
};
INSTANTIATE_TEST_SUITE_P(Drivers, ReaderPoolTest, ::testing::ValuesIn(testing::Drivers()), testing::DriverName);

TEST_P(ReaderPoolTest, RunsReadsInOrderOnOneSnapshot) {
  Start({.threads = 1});
  for (const char* label : {"a", "b", "c"}) Submit({label});
  EXPECT_EQ(pool_->waiting(), 3);
  EXPECT_THAT(Run(), ElementsAre("run a", "run b", "run c"));
  EXPECT_EQ(watched_->snapshots, 1);
  EXPECT_EQ(watched_->open_snapshots, 0);
  EXPECT_EQ(pool_->waiting(), 0);
}

TEST_P(ReaderPoolTest, SharesASnapshotAmongSixteen) {
  Start({.threads = 1, .snapshot_reads_max = 16});
  for (int i = 0; i < 40; ++i) Submit({std::to_string(i)});
  EXPECT_THAT(Run(), SizeIs(40));
  EXPECT_EQ(watched_->snapshots, 3);
}

TEST_P(ReaderPoolTest, AReadSeesWhatWasCommittedBeforeItCame) {
  Start({.threads = 1});
  int64_t seen = -1;
  const auto count = [&](Snapshot& snapshot) { seen = *snapshot.QueryInteger("SELECT COUNT(*) FROM item", {}); };
  for (int64_t i = 1; i <= 3; ++i) {
    ASSERT_TRUE(Execute("INSERT INTO item (id) VALUES ($1)", {i}).ok());
    Submit({"count", count});
    Run();
    EXPECT_EQ(seen, i);
  }
}

TEST_P(ReaderPoolTest, RefusesAtOnceWhatPassesItsLimit) {
  Start({.reads_max = 2});
  for (const char* label : {"a", "b", "c"}) Submit({label});
  EXPECT_THAT(trace_, ElementsAre("fail c RESOURCE_EXHAUSTED QUEUE_FULL"));
  trace_.clear();
  Submit({"stream"}, /*internal=*/true);
  EXPECT_THAT(Run(), ::testing::UnorderedElementsAre("run a", "run b", "run stream"));
}

TEST_P(ReaderPoolTest, ARefusalSaysWhenToTryAgain) {
  Start({.reads_max = 0});
  absl::Status refusal;
  struct RefusedRead : Read {
    explicit RefusedRead(absl::Status& status) : status_(status) {}
    void Run(Snapshot&) override {}
    void Fail(const absl::Status& status) override { status_ = status; }
    absl::Status& status_;
  };
  pool_->Submit(std::make_unique<RefusedRead>(refusal));
  EXPECT_EQ(RetryDelay(refusal), absl::Milliseconds(200));
}

TEST_P(ReaderPoolTest, DropsWhatIsTooLateAndWhatNobodyWaitsFor) {
  Start({.threads = 1});
  Submit({.label = "late", .deadline = runtime_.Now()});
  Submit({.label = "gone", .abandoned = true});
  Submit({.label = "a", .deadline = runtime_.Now() + absl::Microseconds(1)});
  EXPECT_THAT(Run(), ElementsAre("fail late DEADLINE_EXCEEDED DEADLINE_EXCEEDED", "fail gone CANCELLED", "run a"));
}

TEST_P(ReaderPoolTest, TakesNoSnapshotForReadsThatAreDropped) {
  Start();
  Submit({.label = "late", .deadline = runtime_.Now()});
  Run();
  EXPECT_EQ(watched_->snapshots, 0);
}

TEST_P(ReaderPoolTest, EndsAReadThatTakesTooLong) {
  Start({.threads = 1, .snapshot_time_max = absl::Milliseconds(100)});
  absl::Status status;
  Submit({"slow", [&](Snapshot& snapshot) {
            runtime_.Move(absl::Milliseconds(101));
            status = snapshot.QueryInteger("SELECT COUNT(*) FROM item", {}).status();
          }});
  Run();
  EXPECT_EQ(testing::Summary(status), "RESOURCE_EXHAUSTED READ_TOO_LONG");
}

// Whom a snapshot is shared with is no fault of the caller's.
TEST_P(ReaderPoolTest, ASlowReadDoesNotFailThoseThatShareItsSnapshot) {
  Start({.threads = 1, .snapshot_time_max = absl::Milliseconds(100)});
  std::vector<absl::Status> statuses;
  const auto read = [&](Snapshot& snapshot) {
    statuses.push_back(snapshot.QueryInteger("SELECT COUNT(*) FROM item", {}).status());
    runtime_.Move(absl::Milliseconds(60));
  };
  for (const char* label : {"a", "b", "c"}) Submit({label, read});
  Run();
  EXPECT_THAT(statuses, SizeIs(3));
  for (const absl::Status& status : statuses) EXPECT_TRUE(status.ok()) << status;
}

TEST_P(ReaderPoolTest, GoesOnAfterAWrongStatement) {
  Start({.threads = 1});
  absl::Status wrong;
  absl::Status right;
  Submit({"wrong", [&](Snapshot& snapshot) { wrong = snapshot.QueryInteger("SELECT x FROM nowhere", {}).status(); }});
  Submit(
      {"right", [&](Snapshot& snapshot) { right = snapshot.QueryInteger("SELECT COUNT(*) FROM item", {}).status(); }});
  Run();
  EXPECT_EQ(testing::Summary(wrong), "INTERNAL INTERNAL");
  EXPECT_TRUE(right.ok()) << right;
}

TEST_P(ReaderPoolTest, StopAnswersWhatWaitsAndWhatComesLater) {
  Start();
  for (const char* label : {"a", "b"}) Submit({label});
  pool_->Stop();
  EXPECT_THAT(std::exchange(trace_, {}), ElementsAre("fail a UNAVAILABLE DRAINING", "fail b UNAVAILABLE DRAINING"));
  Submit({"c"});
  Submit({"stream"}, /*internal=*/true);
  EXPECT_THAT(Run(), ElementsAre("fail c UNAVAILABLE DRAINING", "fail stream UNAVAILABLE DRAINING"));
  pool_ = nullptr;
  EXPECT_THAT(trace_, IsEmpty());
}

}  // namespace
}  // namespace dangol::storage
