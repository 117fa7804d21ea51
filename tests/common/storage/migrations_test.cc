// Schemas that grow step by step, whoever starts, however often, and wherever it was interrupted.
#include "common/storage/migrations.h"

#include <barrier>
#include <map>
#include <set>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/storage/core_schema.h"
#include "tests/common/storage/storage_fixture.h"

namespace dangol::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

constexpr Migration kSteps[] = {
    {"one", "CREATE TABLE one (n INTEGER) STRICT; INSERT INTO one (n) VALUES (1);"},
    {"two", "ALTER TABLE one ADD COLUMN m INTEGER; UPDATE one SET m = n + 1;"},
    {"three", "CREATE TABLE three (n INTEGER) STRICT; INSERT INTO three (n) SELECT m + 1 FROM one;"},
};
constexpr Migration kBroken[] = {kSteps[0], {"two", "UPDATE one SET n = 7; CREATE TABLE extra (n INTEGER); NONSENSE;"}};
constexpr Migration kChanged[] = {kSteps[0], {"two", "ALTER TABLE one ADD COLUMN m TEXT;"}, kSteps[2]};
constexpr Migration kOther[] = {{"other", "CREATE TABLE other (n INTEGER) STRICT;"}};

std::span<const Migration> First(size_t count) { return std::span(kSteps).first(count); }

class MigrationsTest : public StorageTest {
 protected:
  absl::Status MigrateTo(std::span<const Migration> steps) {
    const Schema schemas[] = {{"test", steps}};
    return Migrate(*writer_, schemas, runtime_.Now());
  }
  std::map<std::string, int64_t> Versions() {
    auto reader = NewReader();
    auto snapshot = reader->Begin(absl::InfiniteDuration());
    auto versions = ReadSchemaVersions(**snapshot);
    EXPECT_TRUE(versions.ok()) << versions.status();
    reader->End();
    return versions.value_or(std::map<std::string, int64_t>());
  }
};
INSTANTIATE_TEST_SUITE_P(Drivers, MigrationsTest, ::testing::ValuesIn(testing::Drivers()), testing::DriverName);

TEST_P(MigrationsTest, MakesAFreshDatabase) {
  ASSERT_TRUE(MigrateTo(kSteps).ok());
  EXPECT_EQ(ReadInteger("SELECT n FROM three"), 3);
  EXPECT_THAT(Versions(), ElementsAre(Pair("test", 3)));
  EXPECT_EQ(ReadInteger("SELECT apply_time FROM schema_migration WHERE number = 1"),
            absl::ToUnixMicros(runtime_.Now()));
}

TEST_P(MigrationsTest, DoesNothingTheSecondTime) {
  ASSERT_TRUE(MigrateTo(kSteps).ok());
  Open();
  ASSERT_TRUE(MigrateTo(kSteps).ok());
  EXPECT_EQ(ReadInteger("SELECT COUNT(*) FROM one"), 1);
  EXPECT_EQ(ReadInteger("SELECT COUNT(*) FROM schema_migration"), 3);
}

TEST_P(MigrationsTest, GoesOnWhereAnOlderProgramOrACrashLeftIt) {
  for (size_t known : {1, 2, 3}) {
    ASSERT_TRUE(MigrateTo(First(known)).ok());
    EXPECT_THAT(Versions(), ElementsAre(Pair("test", known)));
    Open();
  }
  EXPECT_EQ(ReadInteger("SELECT n FROM three"), 3);
}

TEST_P(MigrationsTest, UndoesAStepThatFailedAndKeepsThoseBeforeIt) {
  EXPECT_FALSE(MigrateTo(kBroken).ok());
  EXPECT_THAT(Versions(), ElementsAre(Pair("test", 1)));
  EXPECT_EQ(ReadInteger("SELECT n FROM one"), 1);
  EXPECT_FALSE(Execute("INSERT INTO extra (n) VALUES (1)").ok());
  EXPECT_TRUE(MigrateTo(kSteps).ok());
}

TEST_P(MigrationsTest, RefusesADatabaseOfANewerProgram) {
  ASSERT_TRUE(MigrateTo(kSteps).ok());
  const absl::Status status = MigrateTo(First(2));
  EXPECT_EQ(testing::Summary(status), "FAILED_PRECONDITION SCHEMA_NEWER");
  EXPECT_THAT(std::string(status.message()), HasSubstr("version 3 of the schema 'test'; this program knows 2 only"));
}

TEST_P(MigrationsTest, RefusesAStepThatWasEdited) {
  ASSERT_TRUE(MigrateTo(kSteps).ok());
  const absl::Status status = MigrateTo(kChanged);
  EXPECT_EQ(testing::Summary(status), "FAILED_PRECONDITION SCHEMA_CHANGED");
  EXPECT_THAT(std::string(status.message()), HasSubstr("Step 2 (two) of the schema 'test'"));
  // The program that did may never have been released.
  EXPECT_THAT(std::string(status.message()), HasSubstr("begin with an empty folder"));
}

TEST_P(MigrationsTest, RefusesTheDatabaseOfAnotherServiceAndLeavesItAlone) {
  ASSERT_TRUE(MigrateTo(First(2)).ok());
  const Schema others[] = {CoreSchema(), {"other", kOther}};
  const absl::Status status = Migrate(*writer_, others, runtime_.Now());
  EXPECT_EQ(testing::Summary(status), "FAILED_PRECONDITION DATABASE_OF_ANOTHER_SERVICE");
  EXPECT_THAT(std::string(status.message()), HasSubstr("belongs to the service test, and this is other."));
  EXPECT_THAT(Versions(), ElementsAre(Pair("test", 2)));
  auto reader = NewReader();
  EXPECT_EQ(testing::Summary(CheckNewest(**reader->Begin(absl::InfiniteDuration()), others)),
            "FAILED_PRECONDITION DATABASE_OF_ANOTHER_SERVICE");
}

TEST_P(MigrationsTest, OfTwoServicesThatStartAtOnceOneGetsTheDatabase) {
  std::vector<std::unique_ptr<WriteConnection>> writers;
  for (int i = 0; i < 2; ++i) writers.push_back(NewWriter());
  const Schema schemas[2][2] = {{CoreSchema(), {"test", kSteps}}, {CoreSchema(), {"other", kOther}}};
  std::vector<absl::Status> statuses(2);
  std::barrier together(2);
  std::vector<std::thread> starters;
  for (size_t i = 0; i < 2; ++i) {
    starters.emplace_back([&, i] {
      together.arrive_and_wait();
      statuses[i] = Migrate(*writers[i], schemas[i], runtime_.Now());
    });
  }
  for (std::thread& starter : starters) starter.join();
  EXPECT_NE(statuses[0].ok(), statuses[1].ok()) << statuses[0] << statuses[1];
  EXPECT_EQ(Versions().size(), 2u);
}

TEST_P(MigrationsTest, LeavesEveryComponentAloneWhereOneIsRefused) {
  ASSERT_TRUE(MigrateTo(kSteps).ok());
  const Schema schemas[] = {{"other", kOther}, {"test", First(2)}};
  EXPECT_EQ(testing::Summary(Migrate(*writer_, schemas, runtime_.Now())), "FAILED_PRECONDITION SCHEMA_NEWER");
  EXPECT_THAT(Versions(), ElementsAre(Pair("test", 3)));
}

TEST_P(MigrationsTest, TellsWhetherEveryStepHasRun) {
  const auto check = [&](std::span<const Migration> steps) {
    auto reader = NewReader();
    const Schema schemas[] = {{"test", steps}};
    absl::Status status = CheckNewest(**reader->Begin(absl::InfiniteDuration()), schemas);
    reader->End();
    return testing::Summary(status);
  };
  ASSERT_TRUE(MigrateTo(First(2)).ok());
  EXPECT_EQ(check(First(2)), "OK");
  EXPECT_EQ(check(kSteps), "FAILED_PRECONDITION SCHEMA_OLDER");
  EXPECT_EQ(check(First(1)), "FAILED_PRECONDITION SCHEMA_NEWER");
  EXPECT_EQ(check(kChanged), "FAILED_PRECONDITION SCHEMA_CHANGED");
}

TEST_P(MigrationsTest, TwoStartersMigrateOnce) {
  std::vector<std::unique_ptr<WriteConnection>> writers;
  for (int i = 0; i < 2; ++i) writers.push_back(NewWriter());
  std::vector<absl::Status> statuses(2);
  std::barrier together(2);
  std::vector<std::thread> starters;
  for (size_t i = 0; i < 2; ++i) {
    starters.emplace_back([&, i] {
      const Schema schemas[] = {{"test", kSteps}, {"other", kOther}, CoreSchema()};
      together.arrive_and_wait();
      statuses[i] = Migrate(*writers[i], schemas, runtime_.Now());
    });
  }
  for (std::thread& starter : starters) starter.join();
  EXPECT_TRUE(statuses[0].ok()) << statuses[0];
  EXPECT_TRUE(statuses[1].ok()) << statuses[1];
  EXPECT_THAT(Versions(), ElementsAre(Pair("core", 6), Pair("other", 1), Pair("test", 3)));
  EXPECT_EQ(ReadInteger("SELECT COUNT(*) FROM one"), 1);
}

class RecordStartTest : public StorageTest {
 protected:
  Start Record(absl::Duration lease = absl::ZeroDuration()) {
    const Schema schemas[] = {CoreSchema()};
    EXPECT_TRUE(Migrate(*writer_, schemas, runtime_.Now()).ok());
    auto start = RecordStart(*writer_, runtime_, lease);
    EXPECT_TRUE(start.ok()) << start.status();
    return start.value_or(Start());
  }
};
INSTANTIATE_TEST_SUITE_P(Drivers, RecordStartTest, ::testing::ValuesIn(testing::Drivers()), testing::DriverName);

TEST_P(RecordStartTest, KeepsTheIncarnationAndTakesANewReplicaNumber) {
  const Start first = Record();
  Open();
  const Start second = Record();
  EXPECT_THAT(first.incarnation, ::testing::MatchesRegex("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"));
  EXPECT_EQ(second.incarnation, first.incarnation);
  EXPECT_NE(second.replica.number, first.replica.number);
  EXPECT_EQ(first.feed_sequence, 0);
}

TEST_P(RecordStartTest, FindsTheFeedWhereItStood) {
  Record();
  ASSERT_TRUE(Execute("UPDATE feed_head SET last_seq = 42").ok());
  EXPECT_EQ(Record().feed_sequence, 42);
}

TEST_P(RecordStartTest, RefusesDataThatAreNotComplete) {
  const Start start = Record();
  ASSERT_TRUE(Execute("UPDATE feed_head SET incarnation = $1", {kUnfinishedIncarnation}).ok());
  EXPECT_EQ(testing::Summary(RecordStart(*writer_, runtime_).status()), "FAILED_PRECONDITION MIGRATION_UNFINISHED");
  EXPECT_EQ(ReadInteger("SELECT starts FROM feed_head"), start.process);
}

TEST_P(RecordStartTest, GivesNoNewIncarnationWhereNoServiceHasRun) {
  EXPECT_EQ(testing::Summary(CheckMade(*writer_)), "FAILED_PRECONDITION DATABASE_PATH");
  const Schema schemas[] = {CoreSchema()};
  ASSERT_TRUE(Migrate(*writer_, schemas, runtime_.Now()).ok());
  EXPECT_EQ(CheckMade(*writer_), absl::OkStatus());
  EXPECT_EQ(testing::Summary(RenewIncarnation(*writer_, runtime_)), "FAILED_PRECONDITION DATABASE_PATH");
}

TEST_P(RecordStartTest, GivesNoNewIncarnationToDataThatAreNotComplete) {
  Record();
  ASSERT_TRUE(Execute("UPDATE feed_head SET incarnation = $1", {kUnfinishedIncarnation}).ok());
  EXPECT_EQ(testing::Summary(RenewIncarnation(*writer_, runtime_)), "FAILED_PRECONDITION MIGRATION_UNFINISHED");
  EXPECT_EQ(testing::Summary(RecordStart(*writer_, runtime_).status()), "FAILED_PRECONDITION MIGRATION_UNFINISHED");
}

TEST_P(RecordStartTest, GivesTheFeedANewIncarnationWhereAnOperatorSaysSo) {
  const Start first = Record();
  ASSERT_TRUE(RenewIncarnation(*writer_, runtime_).ok());
  const Start second = Record();
  EXPECT_NE(second.incarnation, first.incarnation);
  EXPECT_EQ(second.process, first.process + 1);
  EXPECT_EQ(Record().incarnation, second.incarnation);
}

TEST_P(RecordStartTest, GivesTheNumberOfWhoeverEndedFirst) {
  std::vector<int> numbers;
  for (int i = 0; i < kReplicasMost; ++i) numbers.push_back(Record().replica.number);
  EXPECT_THAT(std::set(numbers.begin(), numbers.end()), ::testing::SizeIs(kReplicasMost));
  ASSERT_TRUE(Execute("UPDATE replica SET expire_time = $1 WHERE number = 7", {runtime_.Now() - absl::Hours(1)}).ok());
  const Start start = Record(kReplicaLease);
  EXPECT_EQ(start.replica.number, 7);
  EXPECT_EQ(start.replica.unused_from, runtime_.Now() - absl::Hours(1));
}

TEST_P(RecordStartTest, LeavesTheNumbersOfThoseWhoLive) {
  Record();
  ASSERT_TRUE(Execute("DELETE FROM replica").ok());
  for (int i = 0; i < kReplicasMost; ++i) {
    ASSERT_TRUE(Execute("INSERT INTO replica (number, process, expire_time) VALUES ($1, $1, $2)",
                        {i, runtime_.Now() + absl::Seconds(1)})
                    .ok());
  }
  EXPECT_EQ(testing::Summary(RecordStart(*writer_, runtime_, kReplicaLease).status()),
            "RESOURCE_EXHAUSTED TOO_MANY_REPLICAS");
  // The wall clock jumps, and all seem to have ended. Those who live renew.
  runtime_.StepWall(absl::Hours(2));
  ASSERT_TRUE(Execute("UPDATE replica SET expire_time = $1 WHERE number <> 3", {runtime_.Now()}).ok());
  EXPECT_EQ(Record(kReplicaLease).replica.number, 3);
}

// Processes that run one after another have no leases.
TEST_P(RecordStartTest, MakesNoIdentifierTwiceWhereTheClockIsPutBack) {
  std::set<std::string> ids;
  size_t made = 0;
  const auto run_for_a_minute = [&](int processes) {
    for (int i = 0; i < processes; ++i) {
      const Start start = Record();
      IdMaker maker(start.replica.number, start.replica.unused_from);
      for (int j = 0; j < 20; ++j) {
        ids.insert(maker.Next(runtime_.Now()));
        ++made;
        runtime_.Move(absl::Seconds(3));
      }
    }
  };
  run_for_a_minute(kReplicasMost + 2);
  // Into the life of the one whose number comes next.
  runtime_.StepWall(-absl::Minutes(kReplicasMost) + absl::Seconds(30));
  run_for_a_minute(3);
  // Behind the start of every process.
  runtime_.StepWall(-absl::Hours(9));
  run_for_a_minute(kReplicasMost + 10);
  EXPECT_EQ(ids.size(), made);
}

TEST_P(RecordStartTest, RenewsALeaseThatNobodyTook) {
  const Start start = Record();
  const auto renew = [&](int64_t process) {
    auto transaction = writer_->Begin();
    EXPECT_TRUE(transaction.ok());
    auto renewed = RenewReplica(**transaction, start.replica.number, process, runtime_.Now() + kReplicaLease);
    EXPECT_TRUE(writer_->Commit().ok());
    return renewed.value();
  };
  EXPECT_TRUE(renew(start.process));
  EXPECT_FALSE(renew(start.process + 1));
  EXPECT_NE(Record().replica.number, start.replica.number);
}

}  // namespace
}  // namespace dangol::storage
