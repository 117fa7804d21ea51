// What the queue refuses or drops, and that whatever comes to it is answered exactly once.
#include <atomic>
#include <future>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/base/error.h"
#include "common/storage/write_queue.h"
#include "tests/common/storage/queue_fixture.h"

namespace dangol::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class WriteQueueLimitsTest : public QueueTest {};
INSTANTIATE_TEST_SUITE_P(Drivers, WriteQueueLimitsTest, ::testing::ValuesIn(testing::Drivers()), testing::DriverName);

// Remembers the error itself.
class RefusedWrite : public Write {
 public:
  explicit RefusedWrite(absl::Status& status) : status_(status) {}
  absl::Status Apply(Transaction&) override { return absl::OkStatus(); }
  void Done(const absl::Status& status, const Position&) override { status_ = status; }

 private:
  absl::Status& status_;
};

TEST_P(WriteQueueLimitsTest, RefusesAtOnceWhatPassesTheLimitOfCalls) {
  Open({.calls_max = 2});
  SubmitAll({"a", "b", "c"});
  EXPECT_THAT(trace_, ElementsAre("done c RESOURCE_EXHAUSTED QUEUE_FULL"));
  trace_.clear();
  Run();
  SubmitAll({"d"});
  EXPECT_THAT(Run(), ElementsAre("apply d", "commit 3", "done d OK 3"));
}

TEST_P(WriteQueueLimitsTest, RefusesAtOnceWhatPassesTheLimitOfBytes) {
  Open({.bytes_max = 1000});
  Submit({.label = "a", .bytes = 600});
  Submit({.label = "b", .bytes = 401});
  Submit({.label = "c", .bytes = 400});
  EXPECT_THAT(trace_, ElementsAre("done b RESOURCE_EXHAUSTED QUEUE_FULL"));
  EXPECT_THAT(Lines(Run(), "apply"), ElementsAre("apply a", "apply c"));
}

TEST_P(WriteQueueLimitsTest, ARefusalSaysWhenToTryAgain) {
  Open({.calls_max = 0});
  absl::Status status;
  queue_->Submit(Lane::kCall, std::make_unique<RefusedWrite>(status));
  EXPECT_EQ(RetryDelay(status), absl::Milliseconds(200));
  EXPECT_THAT(std::string(status.message()), HasSubstr("0 writes of 0 bytes wait already"));
}

TEST_P(WriteQueueLimitsTest, NeverRefusesReactionsAndTimers) {
  Open({.calls_max = 1, .bytes_max = 10});
  SubmitAll({"a"});
  for (Lane lane : {Lane::kReaction, Lane::kTimer}) {
    for (int i = 0; i < 3; ++i) {
      Submit({.label = fmt::format("{}{}", lane == Lane::kTimer ? "t" : "r", i), .bytes = 100}, lane);
    }
  }
  EXPECT_THAT(Lines(Run(), "done"), ::testing::SizeIs(7));
  EXPECT_EQ(Items(), "a r0 r1 r2 t0 t1 t2");
}

class WriteQueueLogTest : public QueueTest {};
INSTANTIATE_TEST_SUITE_P(SqliteOnly, WriteQueueLogTest, ::testing::Values(testing::Drivers().front()),
                         testing::DriverName);

TEST_P(WriteQueueLogTest, RefusesCallsWhileTheLogIsTooLarge) {
  Open({.wal_bytes_max = 0});
  SubmitAll({"a"});
  Run();
  ASSERT_GT(queue_->counters().wal_bytes, 0);
  SubmitAll({"b"});
  SubmitAll({"r"}, Lane::kReaction);
  EXPECT_THAT(Lines(Run(), "done"), ElementsAre("done b RESOURCE_EXHAUSTED LOG_FULL", "done r OK 2"));
  runtime_.RunFor(absl::Seconds(1));  // the idle checkpoint
  SubmitAll({"c"});
  EXPECT_THAT(Lines(Run(), "done"), ElementsAre("done c OK 3"));
}

// Another process on the same file, in the middle of a transaction.
class OtherWriter {
 public:
  OtherWriter(Database& database, const testing::Driver& driver) : writer_(*database.OpenWriter()) {
    Transaction& transaction = **writer_->Begin();
    // Else PostgreSQL would take it for frozen.
    if (driver.name == "postgresql") {
      EXPECT_TRUE(
          transaction
              .Query("SELECT set_config('idle_in_transaction_session_timeout', '0', true)", {}, [](const Row&) {})
              .ok());
    }
  }
  void End() { writer_->Rollback(); }

 private:
  const std::unique_ptr<WriteConnection> writer_;
};

TEST_P(WriteQueueLimitsTest, WaitsWhileAnotherProcessWrites) {
  Open();
  OtherWriter other(*database_, GetParam());
  SubmitAll({"a", "b"});
  SubmitAll({"r"}, Lane::kReaction);
  runtime_.RunFor(absl::Milliseconds(5));
  EXPECT_THAT(Run(), IsEmpty());
  EXPECT_EQ(queue_->counters().calls, 3);
  other.End();
  runtime_.RunFor(absl::Seconds(1));
  EXPECT_THAT(Lines(Run(), "done"), ElementsAre("done r OK 1", "done a OK 2", "done b OK 3"));
}

TEST_P(WriteQueueLimitsTest, DoesNotWaitForEver) {
  Open({.busy_time_max = absl::Milliseconds(5)});
  OtherWriter other(*database_, GetParam());
  SubmitAll({"a"});
  runtime_.RunFor(absl::Seconds(1));
  EXPECT_THAT(Run(), ElementsAre("done a UNAVAILABLE STORAGE_BUSY"));
  other.End();
  SubmitAll({"a"});
  EXPECT_THAT(Lines(Run(), "done"), ElementsAre("done a OK 1"));
  EXPECT_EQ(queue_->counters().calls, 0);
}

TEST_P(WriteQueueLimitsTest, DropsACallWhoseDeadlineHasPassed) {
  Open();
  Submit({.label = "late", .deadline = runtime_.Now() + absl::Seconds(1)});
  Submit({.label = "in time", .deadline = runtime_.Now() + absl::Seconds(1) + absl::Microseconds(1)});
  runtime_.Move(absl::Seconds(1));
  EXPECT_THAT(Run(), ElementsAre("apply in time", "commit 1", "done late DEADLINE_EXCEEDED DEADLINE_EXCEEDED",
                                 "done in time OK 1"));
  EXPECT_EQ(Items(), "in time");
}

TEST_P(WriteQueueLimitsTest, DropsACallThatNobodyWaitsFor) {
  Open();
  Submit({.label = "gone", .abandoned = true});
  EXPECT_THAT(Run(), ElementsAre("done gone CANCELLED"));
  EXPECT_EQ(Items(), "");
}

TEST_P(WriteQueueLimitsTest, StopAcceptingRefusesCallsAndDoesWhatWaits) {
  Open();
  SubmitAll({"a"});
  queue_->StopAccepting();
  absl::Status status;
  queue_->Submit(Lane::kCall, std::make_unique<RefusedWrite>(status));
  EXPECT_EQ(testing::Summary(status), "UNAVAILABLE DRAINING");
  EXPECT_EQ(RetryDelay(status), absl::Seconds(1));
  SubmitAll({"r"}, Lane::kReaction);
  EXPECT_THAT(Lines(Run(), "done"), ElementsAre("done r OK 1", "done a OK 2"));
}

TEST_P(WriteQueueLimitsTest, StopAnswersWhatWaitsAndWhatComesLater) {
  Open();
  SubmitAll({"a", "b"});
  SubmitAll({"r"}, Lane::kReaction);
  queue_->Stop();
  EXPECT_THAT(std::exchange(trace_, {}),
              ::testing::UnorderedElementsAre("done a UNAVAILABLE DRAINING", "done b UNAVAILABLE DRAINING",
                                              "done r UNAVAILABLE DRAINING"));
  SubmitAll({"c"});
  SubmitAll({"t"}, Lane::kTimer);
  EXPECT_THAT(Run(), ElementsAre("done c UNAVAILABLE DRAINING", "done t UNAVAILABLE DRAINING"));
  queue_ = nullptr;
  EXPECT_THAT(trace_, IsEmpty());
  Open();
  EXPECT_EQ(Items(), "");
}

TEST_P(WriteQueueLimitsTest, StopAnswersWhatWasCommittedAndNotYetAnswered) {
  Open();
  SubmitAll({"a"});
  while (queue_->counters().commits == 0) ASSERT_TRUE(runtime_.RunOne());
  ASSERT_THAT(Lines(trace_, "done"), IsEmpty());
  queue_->Stop();
  EXPECT_THAT(Lines(trace_, "done"), ElementsAre("done a OK 1"));
}

// On threads: callers that come while the queue stops. Each is answered once, and OK means stored.
TEST_P(WriteQueueLimitsTest, AnswersEveryCallerOnceWhileItStops) {
  constexpr int kThreads = 4;
  constexpr int kWrites = 500;
  struct CountedWrite : Write {
    CountedWrite(std::string id, std::atomic<int>& answers, std::atomic<bool>& stored)
        : id_(std::move(id)), answers_(answers), stored_(stored) {}
    absl::Status Apply(Transaction& transaction) override { return InsertItem(transaction, id_); }
    void Done(const absl::Status& status, const Position&) override {
      stored_ = status.ok();
      ++answers_;
    }
    const std::string id_;
    std::atomic<int>& answers_;
    std::atomic<bool>& stored_;
  };
  Open();
  auto writer = database_->OpenWriter();
  ASSERT_TRUE(writer.ok());
  std::vector<std::atomic<int>> answers(kThreads * kWrites);
  std::vector<std::atomic<bool>> stored(kThreads * kWrites);
  {
    WriteQueue queue(RealRuntime(), *database_, *std::move(writer), {}, [](const Committed&) {});
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int i = t * kWrites; i < (t + 1) * kWrites; ++i) {
          const auto at = static_cast<size_t>(i);
          queue.Submit(Lane::kCall, std::make_unique<CountedWrite>(std::to_string(i), answers[at], stored[at]));
        }
      });
    }
    while (queue.counters().commits < 3) std::this_thread::yield();
    queue.Stop();
    for (std::thread& thread : threads) thread.join();
  }
  std::map<std::string, bool> rows;
  const std::string items = Items();
  for (std::string_view rest = items; !rest.empty(); rest.remove_prefix(std::min(rest.size(), rest.find(' ') + 1))) {
    rows[std::string(rest.substr(0, rest.find(' ')))] = true;
    if (rest.find(' ') == std::string_view::npos) break;
  }
  EXPECT_FALSE(rows.empty());
  for (size_t i = 0; i < answers.size(); ++i) {
    EXPECT_EQ(answers[i], 1) << i;
    EXPECT_EQ(stored[i], rows.contains(std::to_string(i))) << i;
  }
}

// The queue is stopped while it opens its database again after a failure.
TEST_P(WriteQueueLimitsTest, AnswersWhoComesAfterAStopDuringRecovery) {
  Open();
  database_->fail_commits = true;
  auto writer = database_->OpenWriter();
  ASSERT_TRUE(writer.ok());
  std::promise<void> recovering;
  std::promise<void> go_on;
  database_->on_recover = [&] {
    recovering.set_value();
    go_on.get_future().wait();
    database_->fail_commits = false;
    return absl::OkStatus();
  };
  WriteQueue queue(RealRuntime(), *database_, *std::move(writer), {}, [](const Committed&) {});
  std::promise<void> answered;
  struct FailedWrite : Write {
    explicit FailedWrite(std::promise<void>& answered) : answered_(answered) {}
    absl::Status Apply(Transaction& transaction) override { return InsertItem(transaction, "a"); }
    void Done(const absl::Status&, const Position&) override { answered_.set_value(); }
    std::promise<void>& answered_;
  };
  queue.Submit(Lane::kCall, std::make_unique<FailedWrite>(answered));
  answered.get_future().wait();
  recovering.get_future().wait();
  std::thread stopper([&] { queue.Stop(); });
  // Stop has begun when it refuses with another reason than the failure.
  absl::Status status;
  do {
    queue.Submit(Lane::kCall, std::make_unique<RefusedWrite>(status));
  } while (ErrorReason(status) != "DRAINING");
  go_on.set_value();
  stopper.join();
  status = absl::OkStatus();
  queue.Submit(Lane::kCall, std::make_unique<RefusedWrite>(status));
  EXPECT_EQ(testing::Summary(status), "UNAVAILABLE DRAINING");
}

}  // namespace
}  // namespace dangol::storage
