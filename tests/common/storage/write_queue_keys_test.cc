// A repeated request has one effect: keys in the queue and in the database.
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/base/error.h"
#include "common/base/text.h"
#include "common/storage/idempotency.h"
#include "common/storage/write_queue.h"
#include "tests/common/storage/queue_fixture.h"

namespace dangol::storage {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;

class WriteQueueKeysTest : public QueueTest {
 protected:
  // Both as hexadecimal digits.
  std::string StoredHash() { return Hex("SELECT request_hash FROM idempotency"); }
  std::string Secret() { return Hex("SELECT secret FROM request_secret"); }
  std::string Hex(Sql sql) { return EncodeHex(Read(sql)); }
  std::string Keys() { return Read("SELECT request_id FROM idempotency ORDER BY request_id"); }
};
INSTANTIATE_TEST_SUITE_P(Drivers, WriteQueueKeysTest, ::testing::ValuesIn(testing::Drivers()), testing::DriverName);

TEST_P(WriteQueueKeysTest, ReplaysARepeatedRequestWithItsResources) {
  Open();
  Submit({.label = "a", .request_id = "k", .resources = {"items/1", "items/2"}});
  Run();
  Submit({.label = "again", .request_id = "k"});
  EXPECT_THAT(Run(), ElementsAre("replay again items/1,items/2", "done again OK 1"));
  EXPECT_EQ(Items(), "a");
  EXPECT_EQ(queue_->counters().commits, 1);  // a replay makes nothing durable
}

TEST_P(WriteQueueKeysTest, ReplaysAfterItWasOpenedAgain) {
  Open();
  Submit({.label = "a", .request_id = "k", .resources = {"items/1"}});
  Run();
  Open();
  Submit({.label = "again", .request_id = "k"});
  EXPECT_THAT(Run(), ElementsAre("replay again items/1", "done again OK 1"));
}

TEST_P(WriteQueueKeysTest, ReplaysWithinOneBatch) {
  Open();
  Submit({.label = "a", .request_id = "k", .resources = {"items/1"}});
  Submit({.label = "again", .request_id = "k"});
  EXPECT_THAT(Run(), ElementsAre("apply a", "replay again items/1", "commit 1", "done a OK 1", "done again OK 1"));
  EXPECT_EQ(Items(), "a");
}

TEST_P(WriteQueueKeysTest, RefusesAKeyThatWasUsedForAnotherRequest) {
  Open();
  Submit({.label = "a", .request_id = "k", .hash = "one"});
  Submit({.label = "in the batch", .request_id = "k", .hash = "two"});
  EXPECT_THAT(Run(), Contains("done in the batch INVALID_ARGUMENT REQUEST_ID_REUSED request_id"));
  Submit({.label = "later", .request_id = "k", .hash = "two"});
  EXPECT_THAT(Run(), ElementsAre("done later INVALID_ARGUMENT REQUEST_ID_REUSED request_id"));
  EXPECT_EQ(Items(), "a");
}

TEST_P(WriteQueueKeysTest, KeepsTheKeysOfDifferentCallersApart) {
  Open();
  Submit({.label = "a", .request_id = "k", .principal = "one"});
  Submit({.label = "b", .request_id = "k", .hash = "other", .principal = "two"});
  Run();
  Submit({.label = "again", .request_id = "k", .hash = "other", .principal = "two"});
  EXPECT_THAT(Run(), Contains("done again OK 2"));
  EXPECT_EQ(Items(), "a b");
}

TEST_P(WriteQueueKeysTest, AKeyCountsForOneMethod) {
  Open();
  Submit({.label = "a", .request_id = "k", .method = "test.Create"});
  Submit({.label = "b", .request_id = "k", .hash = "other", .method = "test.Accept"});
  Run();
  Submit({.label = "again", .request_id = "k", .hash = "other", .method = "test.Accept"});
  EXPECT_THAT(Run(), Contains("done again OK 2"));
  EXPECT_EQ(Items(), "a b");
}

// PostgreSQL says so where the savepoint is released, and the key is stored by then.
TEST_P(WriteQueueKeysTest, AKeyOfWhatWasUndoneIsNotKnownToTheNext) {
  Open();
  const auto repeat_x = [](Transaction& transaction) { return InsertItem(transaction, "x"); };
  Submit({.label = "x", .request_id = "first"});
  Submit({.label = "a", .apply = repeat_x, .request_id = "k", .resources = {"items/a"}});
  Submit({.label = "again", .apply = repeat_x, .request_id = "k"});
  const Trace trace = Run();
  EXPECT_THAT(Lines(trace, "done"), Contains("done x OK 1"));
  EXPECT_EQ(Lines(trace, "done again OK").size(), 0u);
  EXPECT_EQ(Keys(), "first");
  Submit({.label = "b", .request_id = "k"});
  EXPECT_THAT(Run(), Contains("done b OK 2"));
}

TEST_P(WriteQueueKeysTest, WhatWasDoneBeforeInTheBatchIsKnownBehindWhatWasUndone) {
  Open();
  Submit({.label = "x", .request_id = "k", .hash = "one", .resources = {"items/x"}});
  Submit({.label = "a", .apply = [](Transaction& transaction) { return InsertItem(transaction, "x"); }});
  Submit({.label = "again", .request_id = "k", .hash = "one"});
  EXPECT_THAT(Run(), AllOf(Contains("replay again items/x"), Contains("done again OK 1")));
}

// Who has the row, and knows all of a request but a telephone number, must not find it by trying all numbers.
TEST_P(WriteQueueKeysTest, TheStoredHashIsOfNoUseWithoutTheSecretOfTheDay) {
  Open();
  const std::string hash = Sha256("a request");
  Submit({.label = "a", .request_id = "k", .hash = hash});
  Run();
  const std::string stored = StoredHash();
  EXPECT_EQ(stored.size(), 64u);
  EXPECT_EQ(Secret().size(), 64u);
  for (const std::string& guessed : {hash, Sha256(hash), Sha256("a request")}) EXPECT_NE(stored, EncodeHex(guessed));
  ASSERT_TRUE(ExecuteAlone("UPDATE request_secret SET secret = $1", {Param::Blob(std::string(32, 'x'))}).ok());
  ASSERT_TRUE(ExecuteAlone("DELETE FROM idempotency", {}).ok());
  Open();
  Submit({.label = "b", .request_id = "k", .hash = hash});
  Run();
  EXPECT_NE(StoredHash(), stored);
}

TEST_P(WriteQueueKeysTest, RecognisesARequestOfADayBefore) {
  Open();
  Submit({.label = "a", .request_id = "k", .hash = "one"});
  Run();
  for (int day = 1; day <= 3; ++day) {
    runtime_.Move(absl::Hours(24));
    if (day == 2) Open();
    Submit(
        {.label = "new", .apply = [](Transaction&) { return absl::OkStatus(); }, .request_id = fmt::format("{}", day)});
    Submit({.label = "again", .request_id = "k", .hash = "one"});
    Submit({.label = "other", .request_id = "k", .hash = "two"});
    EXPECT_THAT(
        Run(), AllOf(Contains("done again OK 1"), Contains("done other INVALID_ARGUMENT REQUEST_ID_REUSED request_id")))
        << day;
  }
  EXPECT_EQ(Read("SELECT CAST(COUNT(*) AS TEXT) FROM request_secret"), "4");
}

// A secret whose transaction was lost must not be used in the next one.
TEST_P(WriteQueueKeysTest, UsesNoSecretThatWasNotStored) {
  Open();
  database_->fail_commits = true;
  Submit({.label = "a", .request_id = "k"});
  Run();
  database_->fail_commits = false;
  runtime_.RunFor(absl::Seconds(1));
  Submit({.label = "a", .request_id = "k"});
  Run();
  Open();
  Submit({.label = "again", .request_id = "k"});
  EXPECT_THAT(Run(), Contains("done again OK 1"));
}

// It cannot be compared any more; to do it again would be worse.
TEST_P(WriteQueueKeysTest, RefusesAKeyWhoseSecretIsGone) {
  Open();
  Submit({.label = "a", .request_id = "k"});
  Run();
  ASSERT_TRUE(ExecuteAlone("DELETE FROM request_secret", {}).ok());
  Open();
  runtime_.Move(absl::Hours(24));
  Submit({.label = "again", .request_id = "k"});
  EXPECT_THAT(Run(), ElementsAre("done again INVALID_ARGUMENT REQUEST_ID_REUSED request_id"));
}

TEST_P(WriteQueueKeysTest, StoresNoKeyOfARefusedCall) {
  Open();
  const auto refuse = [](Transaction&) { return Error(absl::StatusCode::kFailedPrecondition, "WRONG_STATE", "No."); };
  Submit({.label = "a", .apply = refuse, .request_id = "k"});
  Submit({.label = "b", .apply = refuse, .request_id = "k", .hash = "other"});
  Submit({.label = "c", .request_id = "k", .hash = "third"});
  EXPECT_THAT(Run(), ElementsAre("apply a", "apply b", "apply c", "commit 1", "done a FAILED_PRECONDITION WRONG_STATE",
                                 "done b FAILED_PRECONDITION WRONG_STATE", "done c OK 1"));
  EXPECT_EQ(Items(), "c");
}

TEST_P(WriteQueueKeysTest, StoresNoKeyOfACallThatWasDropped) {
  Open();
  Submit({.label = "gone", .request_id = "k", .abandoned = true});
  Submit({.label = "late", .request_id = "l", .deadline = runtime_.Now()});
  Submit({.label = "b"});
  Run();
  EXPECT_EQ(Keys(), "");
}

TEST_P(WriteQueueKeysTest, DoesACallThatWasDroppedWhenItComesAgain) {
  Open();
  Submit({.label = "a", .request_id = "k", .deadline = runtime_.Now()});
  EXPECT_THAT(Run(), ElementsAre("done a DEADLINE_EXCEEDED DEADLINE_EXCEEDED"));
  Submit({.label = "a", .request_id = "k"});
  EXPECT_THAT(Run(), ElementsAre("apply a", "commit 1", "done a OK 1"));
}

TEST_P(WriteQueueKeysTest, AFailedCommitLeavesNeitherEffectNorKey) {
  Open();
  database_->fail_commits = true;
  Submit({.label = "a", .request_id = "k"});
  EXPECT_THAT(Run(), Contains("done a UNAVAILABLE OUTCOME_UNKNOWN"));
  database_->fail_commits = false;
  runtime_.RunFor(absl::Seconds(1));
  trace_.clear();
  Submit({.label = "a", .request_id = "k"});
  EXPECT_THAT(Run(), ElementsAre("apply a", "commit 1", "done a OK 1"));
}

TEST_P(WriteQueueKeysTest, FindsEveryKeyOfALargeBatch) {
  Open();
  for (int i = 0; i < 100; ++i) {
    Submit({.label = fmt::format("{}", i),
            .request_id = fmt::format("k{}", i),
            .resources = {fmt::format("items/{}", i)}});
  }
  Run();
  for (int i = 0; i < 100; ++i) Submit({.label = fmt::format("{}", i), .request_id = fmt::format("k{}", i)});
  const Trace trace = Run();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(trace.at(static_cast<size_t>(i)), fmt::format("replay {} items/{}", i, i));
}

TEST_P(WriteQueueKeysTest, DeletesKeysPastTheirLifetimeSomeAtATime) {
  Open();
  for (const char* key : {"k1", "k2", "k3"}) Submit({.label = key, .request_id = key});
  Run();
  runtime_.Move(absl::Seconds(1));
  Submit({.label = "young", .request_id = "young"});
  Run();
  const auto expire = [this](const std::string& position, int64_t most) {
    std::string next;
    Submit({"expire", [&](Transaction& transaction) {
              next = *DeleteExpiredKeys(transaction, runtime_.Now(), position, most);
              return absl::OkStatus();
            }});
    Run();
    return next;
  };
  runtime_.Move(kKeyLifetime - absl::Seconds(1));
  EXPECT_EQ(expire("", 10), "");
  EXPECT_EQ(Keys(), "k1 k2 k3 young");  // just as old as a key may get
  runtime_.Move(absl::Microseconds(1));
  EXPECT_EQ(expire("", 2), "k2");
  EXPECT_EQ(Keys(), "k3 young");
  EXPECT_EQ(expire("k2", 2), "young");
  EXPECT_EQ(expire("young", 2), "");
  EXPECT_EQ(Keys(), "young");
}

}  // namespace
}  // namespace dangol::storage
