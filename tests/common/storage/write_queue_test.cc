// The commit protocol: batches, their order, what a failure undoes and what it leaves alone.
#include "common/storage/write_queue.h"

#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/base/error.h"
#include "tests/common/storage/queue_fixture.h"

namespace dangol::storage {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

absl::Status Refusal() { return Error(absl::StatusCode::kFailedPrecondition, "WRONG_STATE", "No."); }

// Of all writes of a transaction: the labels that they gathered, stored as one item.
class Gathered : public Deferred {
 public:
  void Add(const std::string& label) { labels_ += label; }
  absl::Status Write(Transaction& transaction) override {
    if (labels_.empty()) return absl::OkStatus();
    return InsertItem(transaction, std::exchange(labels_, ""));
  }

 private:
  std::string labels_;
};

struct Known {
  int reads = 0;
};

class WriteQueueTest : public QueueTest {
 protected:
  // A write that has stored an item and two events when it fails.
  void SubmitFailing(const std::string& label) {
    Submit({label, [label](Transaction& transaction) {
              EXPECT_TRUE(InsertItem(transaction, label).ok());
              EXPECT_TRUE(AppendEvent(transaction, label + "1").ok());
              EXPECT_TRUE(AppendEvent(transaction, label + "2").ok());
              return Refusal();
            }});
  }
  void SubmitGathering(const std::string& label, absl::Status status = absl::OkStatus()) {
    Submit({label, [label, status](Transaction& transaction) {
              transaction.Shared<Gathered>().Add(label);
              return status;
            }});
  }
};
INSTANTIATE_TEST_SUITE_P(Drivers, WriteQueueTest, ::testing::ValuesIn(testing::Drivers()), testing::DriverName);

TEST_P(WriteQueueTest, MakesOneCommitOfManyWritesAndAnswersThemBehindIt) {
  Open();
  SubmitAll({"a", "b", "c"});
  EXPECT_THAT(trace_, IsEmpty());
  EXPECT_THAT(Run(),
              ElementsAre("apply a", "apply b", "apply c", "commit 3", "done a OK 1", "done b OK 2", "done c OK 3"));
  EXPECT_EQ(Items(), "a b c");
  EXPECT_EQ(Feed(), "1:a 2:b 3:c");
  EXPECT_EQ(Head(), "3");
  EXPECT_EQ(queue_->counters().commits, 1);
  EXPECT_EQ(queue_->counters().writes, 3);
}

TEST_P(WriteQueueTest, KeepsTheOrderOfSubmissionOverManyBatches) {
  Open({.batch_calls_max = 7});
  std::vector<std::string> applied;
  std::vector<std::string> answered;
  for (int i = 100; i < 300; ++i) {
    Submit({std::to_string(i)});
    applied.push_back(fmt::format("apply {}", i));
    answered.push_back(fmt::format("done {} OK {}", i, i - 99));
  }
  const Trace trace = Run();
  EXPECT_EQ(Lines(trace, "apply"), applied);
  EXPECT_EQ(Lines(trace, "done"), answered);
  EXPECT_EQ(queue_->counters().commits, 29);  // ⌈200 ÷ 7⌉
}

TEST_P(WriteQueueTest, UndoesAFailedWriteAloneAndGivesItsEventsBack) {
  Open();
  SubmitAll({"a"});
  SubmitFailing("b");
  SubmitAll({"c"});
  SubmitFailing("d");
  SubmitAll({"e"});
  EXPECT_THAT(Lines(Run(), "done"), ElementsAre("done a OK 1", "done b FAILED_PRECONDITION WRONG_STATE", "done c OK 2",
                                                "done d FAILED_PRECONDITION WRONG_STATE", "done e OK 3"));
  EXPECT_EQ(Items(), "a c e");
  EXPECT_EQ(Feed(), "1:a 2:c 3:e");
  EXPECT_EQ(Head(), "3");
  EXPECT_EQ(queue_->counters().commits, 1);
}

TEST_P(WriteQueueTest, UndoesAWriteWhoseStatementFailedAlone) {
  Open();
  SubmitAll({"a", "a", "c"});  // the second breaks the primary key
  EXPECT_THAT(Lines(Run(), "done"), ElementsAre("done a OK 1", "done a INTERNAL INTERNAL", "done c OK 2"));
  EXPECT_EQ(Items(), "a c");
  EXPECT_EQ(Feed(), "1:a 2:c");
}

TEST_P(WriteQueueTest, AWriteMayUndoAPartOfItself) {
  Open();
  const auto item = [](Transaction& transaction, const char* id) {
    const absl::Status status = InsertItem(transaction, id);
    return status.ok() ? AppendEvent(transaction, id) : status;
  };
  Submit({.label = "w", .apply = [&](Transaction& transaction) -> absl::Status {
            EXPECT_TRUE(item(transaction, "a").ok());
            EXPECT_TRUE(transaction.Try([&] { return item(transaction, "b"); }).ok());
            const absl::Status undone = transaction.Try([&]() -> absl::Status {
              EXPECT_TRUE(item(transaction, "c").ok());
              return absl::InternalError("no");
            });
            EXPECT_EQ(undone.message(), "no");
            return item(transaction, "d");
          }});
  EXPECT_THAT(Lines(Run(), "done"), ElementsAre("done w OK 3"));
  EXPECT_EQ(Items(), "a b d");
  EXPECT_EQ(Feed(), "1:a 2:b 3:d");
}

TEST_P(WriteQueueTest, WritesOnceWhatIsDeferred) {
  Open();
  for (const char* label : {"a", "b", "c"}) SubmitGathering(label);
  Run();
  EXPECT_EQ(Items(), "abc");
  SubmitGathering("d");
  Run();
  EXPECT_EQ(Items(), "abc d");
}

TEST_P(WriteQueueTest, LeavesOutWhatAFailedWriteHasDeferred) {
  Open();
  SubmitGathering("1");
  SubmitGathering("2", Refusal());  // it has stored nothing itself
  SubmitGathering("3");
  Run();
  EXPECT_EQ(Items(), "1 3");  // each by itself, so that it can be undone by itself
  SubmitGathering("a");
  SubmitFailing("b");
  SubmitGathering("c");
  SubmitFailing("d");
  SubmitGathering("e");
  Run();
  EXPECT_EQ(Items(), "1 3 a c e");
  EXPECT_EQ(queue_->counters().commits, 2);
}

TEST_P(WriteQueueTest, KeepsWhatWasDeferredBeforeAPartThatIsUndone) {
  Open();
  Submit({.label = "w", .apply = [&](Transaction& transaction) -> absl::Status {
            transaction.Shared<Gathered>().Add("a");
            EXPECT_FALSE(transaction
                             .Try([&]() -> absl::Status {
                               transaction.Shared<Gathered>().Add("b");
                               return absl::InternalError("no");
                             })
                             .ok());
            transaction.Shared<Gathered>().Add("c");
            return absl::OkStatus();
          }});
  Run();
  EXPECT_EQ(Items(), "a c");
}

TEST_P(WriteQueueTest, SharesAValueWithinATransactionAndForgetsItBehindAWriteThatIsUndone) {
  Open();
  std::vector<int> reads;
  const auto read = [&](absl::Status status) {
    Submit({"r", [&reads, status](Transaction& transaction) {
              reads.push_back(++transaction.Shared<Known>().reads);
              return status;
            }});
  };
  read(absl::OkStatus());
  read(absl::OkStatus());
  Submit({"f", [](Transaction& transaction) {
            transaction.ForgetShared<Known>();
            return absl::OkStatus();
          }});
  read(absl::OkStatus());
  SubmitAll({"a"});
  Run();
  EXPECT_THAT(reads, ElementsAre(1, 2, 1));
  read(absl::OkStatus());
  Run();
  EXPECT_THAT(reads, ElementsAre(1, 2, 1, 1));  // another transaction
  reads.clear();
  read(absl::OkStatus());
  SubmitFailing("b");
  read(absl::OkStatus());
  Run();
  EXPECT_THAT(reads, ElementsAre(1, 1, 1));  // the first of them twice: the batch ran again, with savepoints
}

TEST_P(WriteQueueTest, UndoesAStatementThatFailedInTheMiddle) {
  Open();
  SubmitAll({"a"});
  Submit({"b", [](Transaction& transaction) {
            // The second row breaks the primary key.
            return transaction.Execute("INSERT INTO item (id, value, body) VALUES ('b', 0, ''), ('a', 0, '')", {});
          }});
  SubmitAll({"c"});
  EXPECT_THAT(Lines(Run(), "done"), ElementsAre("done a OK 1", "done b INTERNAL INTERNAL", "done c OK 2"));
  EXPECT_EQ(Items(), "a c");
}

TEST_P(WriteQueueTest, CommitsNothingWhereEveryWriteFailed) {
  Open();
  Submit({"a", [](Transaction&) { return Refusal(); }});
  SubmitFailing("b");
  EXPECT_THAT(Lines(Run(), "done"),
              ElementsAre("done a FAILED_PRECONDITION WRONG_STATE", "done b FAILED_PRECONDITION WRONG_STATE"));
  EXPECT_EQ(Items(), "");
  EXPECT_EQ(Head(), "0");
  SubmitAll({"c"});
  EXPECT_THAT(Run(), Contains("done c OK 1"));
}

TEST_P(WriteQueueTest, MakesNoCommitForRefusalsThatChangedNothing) {
  Open();
  Submit({"a", [](Transaction&) { return Refusal(); }});
  Run();
  EXPECT_EQ(queue_->counters().commits, 0);
}

// Every mix of writes that work, that are refused at once and that fail half done.
TEST_P(WriteQueueTest, KeepsExactlyTheWritesThatWorkedOfAnyMix) {
  Open();
  SimulatedRuntime choice(7);
  std::string items;
  for (int i = 100; i < 400; ++i) {
    const std::string label = std::to_string(i);
    switch (choice.Uniform(4)) {
      case 0:
        SubmitFailing(label);
        break;
      case 1:
        Submit({label, [](Transaction&) { return Refusal(); }});
        break;
      default:
        Submit({label, [this, label, pause = absl::Milliseconds(choice.Uniform(4))](Transaction& transaction) {
                  runtime_.Move(pause);  // so that batches also end by time
                  absl::Status status = InsertItem(transaction, label);
                  return status.ok() ? AppendEvent(transaction, label) : status;
                }});
        items += (items.empty() ? "" : " ") + label;
    }
    if (choice.OneIn(20)) Run();
  }
  Run();
  EXPECT_EQ(Items(), items);
  EXPECT_EQ(Read("SELECT kind FROM feed ORDER BY seq"), items);
  EXPECT_EQ(Read("SELECT CAST(MAX(seq) - COUNT(*) AS TEXT) FROM feed"), "0");
}

TEST_P(WriteQueueTest, ShowsAWriteWhatThoseBeforeItDid) {
  Open();
  Submit({"a"});
  Submit({"b", [](Transaction& transaction) {
            EXPECT_EQ(*transaction.QueryInteger("SELECT COUNT(*) FROM item", {}), 1);
            EXPECT_EQ(transaction.feed_position().sequence, 1);
            return absl::OkStatus();
          }});
  EXPECT_THAT(Run(), Contains("done b OK 1"));
}

TEST_P(WriteQueueTest, GoesOnWithTheFeedAfterItWasOpenedAgain) {
  Open();
  SubmitAll({"a", "b"});
  Run();
  Open();
  SubmitAll({"c"});
  EXPECT_THAT(Run(), ElementsAre("apply c", "commit 3", "done c OK 3"));
  EXPECT_EQ(Feed(), "1:a 2:b 3:c");
}

TEST_P(WriteQueueTest, EndsABatchAtItsRows) {
  Open({.batch_rows_max = 1000});
  Submit({.label = "a", .rows = 600});
  Submit({.label = "b", .rows = 400});
  Submit({.label = "c", .rows = 1});
  Submit({.label = "large", .rows = 5000});  // larger than any batch: alone
  Submit({.label = "d"});
  EXPECT_THAT(Lines(Run(), "commit"), ElementsAre("commit 2", "commit 3", "commit 4", "commit 5"));
}

TEST_P(WriteQueueTest, EndsABatchAtItsCalls) {
  Open();
  for (int i = 0; i < 600; ++i) Submit({std::to_string(i)});
  EXPECT_THAT(Lines(Run(), "commit"), ElementsAre("commit 256", "commit 512", "commit 600"));
}

TEST_P(WriteQueueTest, EndsABatchAtItsTimeAndDoesTheRestNext) {
  Open({.batch_time_max = absl::Milliseconds(10)});
  for (const char* label : {"a", "b", "c", "d", "e"}) {
    Submit({label, [this, label](Transaction& transaction) {
              runtime_.Move(absl::Milliseconds(4));
              return InsertItem(transaction, label);
            }});
  }
  EXPECT_THAT(OfTheWriter(Run()),
              ElementsAre("apply a", "apply b", "apply c", "commit 0", "apply d", "apply e", "commit 0"));
  EXPECT_EQ(queue_->counters().calls, 0);
}

TEST_P(WriteQueueTest, CountsWhatWaits) {
  Open();
  Submit({.label = "a", .bytes = 100});
  Submit({.label = "b", .bytes = 50});
  EXPECT_EQ(queue_->counters().calls, 2);
  EXPECT_EQ(queue_->counters().bytes, 150);
  Run();
  EXPECT_EQ(queue_->counters().calls, 0);
  EXPECT_EQ(queue_->counters().bytes, 0);
}

TEST_P(WriteQueueTest, TakesOneReactionAndOneTimerABatch) {
  Open();
  SubmitAll({"r1", "r2"}, Lane::kReaction);
  SubmitAll({"t1", "t2", "t3"}, Lane::kTimer);
  SubmitAll({"a", "b"});
  EXPECT_THAT(OfTheWriter(Run()), ElementsAre("apply r1", "apply t1", "apply a", "apply b", "commit 4",  //
                                              "apply r2", "apply t2", "commit 6",                        //
                                              "apply t3", "commit 7"));
}

TEST_P(WriteQueueTest, SlowReactionsKeepCallsWaitingForOneBatchAtMost) {
  Open({.batch_time_max = absl::Milliseconds(10)});
  for (int i = 0; i < 20; ++i) {
    Submit({"r" + std::to_string(i),
            [this](Transaction&) {
              runtime_.Move(absl::Milliseconds(11));
              return absl::OkStatus();
            }},
           Lane::kReaction);
  }
  SubmitAll({"a"});
  const Trace applied = Lines(Run(), "apply");
  const auto place = std::ranges::find(applied, "apply a") - applied.begin();
  EXPECT_LE(place, 2) << "the call waited for " << place << " reactions";
}

TEST_P(WriteQueueTest, HeavyReactionsKeepCallsWaitingForOneBatchAtMost) {
  Open({.batch_rows_max = 1000});
  for (int i = 0; i < 20; ++i) Submit({.label = "r" + std::to_string(i), .rows = 1000}, Lane::kReaction);
  SubmitAll({"a"});
  const Trace applied = Lines(Run(), "apply");
  const auto place = std::ranges::find(applied, "apply a") - applied.begin();
  EXPECT_LE(place, 2) << "the call waited for " << place << " reactions";
}

TEST_P(WriteQueueTest, SlowCallsKeepTimersWaitingForOneBatchAtMost) {
  Open({.batch_time_max = absl::Milliseconds(10)});
  for (int i = 0; i < 20; ++i) {
    Submit({"a" + std::to_string(i), [this](Transaction&) {
              runtime_.Move(absl::Milliseconds(11));
              return absl::OkStatus();
            }});
  }
  SubmitAll({"t"}, Lane::kTimer);
  const Trace applied = Lines(Run(), "apply");
  EXPECT_LE(std::ranges::find(applied, "apply t") - applied.begin(), 1);
}

TEST_P(WriteQueueTest, FailsTheWholeBatchWhoseCommitFailed) {
  Open();
  SubmitAll({"a"});
  Run();
  database_->fail_commits = true;
  SubmitAll({"b", "c"});
  EXPECT_THAT(Run(), ElementsAre("apply b", "apply c", "done b UNAVAILABLE OUTCOME_UNKNOWN",
                                 "done c UNAVAILABLE OUTCOME_UNKNOWN"));
  EXPECT_EQ(Items(), "a");
  EXPECT_TRUE(queue_->counters().read_only);
  EXPECT_EQ(queue_->counters().reason, "OUTCOME_UNKNOWN");
}

// As where a disk is full while a part of a write is undone that was refused.
TEST_P(WriteQueueTest, WhereTheTransactionIsLostNobodyGetsTheRefusalOfAnother) {
  Open();
  SubmitAll({"a"});
  Submit({"b", [](Transaction& transaction) {
            EXPECT_TRUE(transaction.Execute("ROLLBACK", {}).ok());
            EXPECT_TRUE(transaction.QueryInteger("SELECT 1", {}).ok());
            return Refusal();
          }});
  EXPECT_THAT(Lines(Run(), "done"),
              ElementsAre("done a UNAVAILABLE STORAGE_FAILED", "done b UNAVAILABLE STORAGE_FAILED"));
  EXPECT_EQ(Items(), "");
}

TEST_P(WriteQueueTest, RefusesWritesWhileStorageHasFailedAndTakesThemWhenItHasRecovered) {
  Open();
  database_->fail_commits = true;
  SubmitAll({"a"});
  Run();
  bool disk_works = false;
  database_->on_recover = [&] { return disk_works ? absl::OkStatus() : Refusal(); };
  SubmitAll({"b"});
  SubmitAll({"r"}, Lane::kReaction);
  EXPECT_THAT(std::exchange(trace_, {}),
              ElementsAre("done b UNAVAILABLE STORAGE_READ_ONLY", "done r UNAVAILABLE STORAGE_READ_ONLY"));
  runtime_.RunFor(absl::Minutes(1));
  SubmitAll({"c"});
  EXPECT_THAT(Run(), ElementsAre("done c UNAVAILABLE STORAGE_READ_ONLY"));

  disk_works = true;
  database_->fail_commits = false;
  runtime_.RunFor(absl::Seconds(12));  // the longest pause between two attempts
  EXPECT_FALSE(queue_->counters().read_only);
  EXPECT_EQ(queue_->counters().reason, "");
  EXPECT_THAT(Run(), ElementsAre("commit 0"));  // whoever follows the feed looks again
  SubmitAll({"d"});
  EXPECT_THAT(Run(), ElementsAre("apply d", "commit 1", "done d OK 1"));
  EXPECT_EQ(Items(), "d");
}

}  // namespace
}  // namespace dangol::storage
