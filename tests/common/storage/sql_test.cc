// The SQL contract of sql.h, and what transactions and snapshots see, on every driver.
#include "common/storage/sql.h"

#include <limits>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/base/error.h"
#include "tests/common/storage/storage_fixture.h"

namespace dangol::storage {
namespace {

using ::testing::ElementsAre;

class SqlTest : public StorageTest {
 protected:
  void SetUp() override {
    StorageTest::SetUp();
    ASSERT_TRUE(
        writer_->RunScript("CREATE TABLE item (id INTEGER PRIMARY KEY, number INTEGER, name TEXT, data BLOB) STRICT;")
            .ok());
  }
};
INSTANTIATE_TEST_SUITE_P(Drivers, SqlTest, ::testing::ValuesIn(testing::Drivers()), testing::DriverName);

TEST_P(SqlTest, BindsParametersByTheirNumber) {
  std::vector<std::string> row;
  const auto take = [&](const Row& found) {
    for (int i = 0; i < 4; ++i) row.push_back(found.Text(i));
  };
  const absl::Status status = Write([&](Transaction& transaction) {
    return transaction.Query("SELECT $2, $1, $3, $1 WHERE $2 = 'two'", {"one", "two", "three"}, take);
  });
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_THAT(row, ElementsAre("two", "one", "three", "one"));
}

TEST_P(SqlTest, RefusesAWrongNumberOfParameters) {
  EXPECT_EQ(testing::Summary(Execute("INSERT INTO item (id) VALUES ($1)", {})), "INTERNAL INTERNAL");
  EXPECT_EQ(testing::Summary(Execute("INSERT INTO item (id) VALUES ($1)", {1, 2})), "INTERNAL INTERNAL");
  EXPECT_EQ(testing::Summary(Execute("INSERT INTO item (id, number) VALUES ($1, $3)", {1, 2})), "INTERNAL INTERNAL");
  EXPECT_TRUE(Execute("INSERT INTO item (id) VALUES ($1)", {1}).ok());
  EXPECT_EQ(ReadInteger("SELECT COUNT(*) FROM item"), 1);
}

TEST_P(SqlTest, AWrongStatementIsInternalAndShowsNothing) {
  const absl::Status status = Execute("SELECT secret_column FROM no_such_table");
  EXPECT_EQ(testing::Summary(status), "INTERNAL INTERNAL");
  EXPECT_EQ(status.message(), "The service made a mistake; its log says which.");
  EXPECT_FALSE(writer_->broken());
}

TEST_P(SqlTest, KeepsNullApartFromEmpty) {
  ASSERT_TRUE(
      Execute("INSERT INTO item (id, number, name, data) VALUES (1, $1, $2, $3)", {nullptr, nullptr, nullptr}).ok());
  ASSERT_TRUE(Execute("INSERT INTO item (id, number, name, data) VALUES (2, $1, $2, $3)",
                      {0, std::string_view(), Param::Blob({})})
                  .ok());
  std::vector<bool> nulls;
  const absl::Status status = Write([&](Transaction& transaction) {
    return transaction.Query("SELECT number, name, data FROM item ORDER BY id", {}, [&](const Row& row) {
      for (int i = 0; i < 3; ++i) {
        nulls.push_back(row.IsNull(i));
        EXPECT_EQ(row.Integer(i), 0);
        EXPECT_EQ(row.Text(i), i == 0 && !row.IsNull(0) ? "0" : "");
      }
    });
  });
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_THAT(nulls, ElementsAre(true, true, true, false, false, false));
}

TEST_P(SqlTest, KeepsEveryByteOfTextsAndBlobs) {
  std::string all_bytes;
  for (int i = 0; i < 256; ++i) all_bytes += static_cast<char>(i);
  const std::string text = "불만 – Käse \xF0\x9F\x90\x9B ' \" ; -- \\";
  ASSERT_TRUE(Execute("INSERT INTO item (id, name, data) VALUES (1, $1, $2)", {text, Param::Blob(all_bytes)}).ok());
  const absl::Status status = Write([&](Transaction& transaction) {
    return transaction.Query("SELECT name, data FROM item WHERE name = $1", {text}, [&](const Row& row) {
      EXPECT_EQ(row.Text(0), text);
      EXPECT_EQ(row.Bytes(1), all_bytes);
    });
  });
  EXPECT_TRUE(status.ok()) << status;
}

TEST_P(SqlTest, KeepsTheWholeRangeOfIntegersAndTimes) {
  constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  ASSERT_TRUE(Execute("INSERT INTO item (id, number) VALUES (1, $1), (2, $2)", {kLeast, kMost}).ok());
  EXPECT_EQ(ReadInteger("SELECT number FROM item WHERE id = 1"), kLeast);
  EXPECT_EQ(ReadInteger("SELECT number FROM item WHERE id = 2"), kMost);

  const absl::Time early = absl::FromUnixMicros(-62'135'596'800'000'000);
  ASSERT_TRUE(
      Execute("INSERT INTO item (id, number) VALUES (3, $1), (4, $2)", {early, std::optional<absl::Time>()}).ok());
  const absl::Status status = Write([&](Transaction& transaction) {
    return transaction.Query("SELECT number FROM item WHERE id > 2 ORDER BY id", {}, [&](const Row& row) {
      EXPECT_EQ(row.OptionalTime(0), row.IsNull(0) ? std::nullopt : std::optional(early));
    });
  });
  EXPECT_TRUE(status.ok()) << status;
}

TEST_P(SqlTest, ComparesTextByBytes) {
  ASSERT_TRUE(
      Execute("INSERT INTO item (id, name) VALUES (1, 'a'), (2, 'B'), (3, $1), (4, 'ab'), (5, '')", {"\xC3\xA4"}).ok());
  std::string order;
  const absl::Status status = Write([&](Transaction& transaction) {
    return transaction.Query("SELECT id FROM item ORDER BY name", {}, [&](const Row& row) { order += row.Text(0); });
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(order, "52143");
  EXPECT_EQ(ReadInteger("SELECT COUNT(*) FROM item WHERE name = 'A'"), 0);
}

TEST_P(SqlTest, TellsOfAConflictThroughReturning) {
  ASSERT_TRUE(Execute("INSERT INTO item (id) VALUES (1)").ok());
  int inserted = 0;
  const absl::Status status = Write([&](Transaction& transaction) {
    return transaction.Query("INSERT INTO item (id) VALUES (1), (2) ON CONFLICT (id) DO NOTHING RETURNING id", {},
                             [&](const Row&) { ++inserted; });
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(inserted, 1);
}

TEST_P(SqlTest, SaysHowManyRowsAChangeChanged) {
  std::vector<int64_t> changed;
  const absl::Status status = Write([&](Transaction& transaction) {
    const auto change = [&](storage::Sql sql) {
      absl::StatusOr<int64_t> rows = transaction.Change(sql, {});
      changed.push_back(rows.ok() ? *rows : -1);
    };
    change("INSERT INTO item (id) VALUES (1)");
    change("INSERT INTO item (id) VALUES (1), (2), (3) ON CONFLICT (id) DO NOTHING");
    change("INSERT INTO item (id) VALUES (1) ON CONFLICT (id) DO NOTHING");
    change("UPDATE item SET name = 'a' WHERE id > 1");
    change("UPDATE item SET name = 'b' WHERE id > 3");
    change("DELETE FROM item WHERE id > 0");
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(changed, (std::vector<int64_t>{1, 2, 0, 2, 0, 3}));
}

TEST_P(SqlTest, RefusesARowThatRefersToNone) {
  ASSERT_TRUE(writer_->RunScript("CREATE TABLE part (item INTEGER NOT NULL REFERENCES item (id)) STRICT;").ok());
  EXPECT_FALSE(Execute("INSERT INTO part (item) VALUES (7)").ok());
}

TEST_P(SqlTest, UndoesToTheSavepointAlone) {
  auto transaction = writer_->Begin();
  ASSERT_TRUE(transaction.ok());
  ASSERT_TRUE((*transaction)->Execute("INSERT INTO item (id) VALUES (1)", {}).ok());
  ASSERT_TRUE(writer_->Savepoint().ok());
  ASSERT_TRUE((*transaction)->Execute("INSERT INTO item (id) VALUES (2)", {}).ok());
  ASSERT_TRUE(writer_->RollbackToSavepoint().ok());
  ASSERT_TRUE(writer_->ReleaseSavepoint().ok());
  ASSERT_TRUE(writer_->Savepoint().ok());
  ASSERT_TRUE((*transaction)->Execute("INSERT INTO item (id) VALUES (3)", {}).ok());
  ASSERT_TRUE(writer_->ReleaseSavepoint().ok());
  EXPECT_TRUE(writer_->InTransaction());
  ASSERT_TRUE(writer_->Commit().ok());
  EXPECT_FALSE(writer_->InTransaction());
  EXPECT_EQ(ReadInteger("SELECT SUM(id) FROM item"), 4);
}

TEST_P(SqlTest, KeepsWhatWasCommittedAndNothingElse) {
  ASSERT_TRUE(Execute("INSERT INTO item (id) VALUES (1)").ok());
  auto transaction = writer_->Begin();
  ASSERT_TRUE((*transaction)->Execute("INSERT INTO item (id) VALUES (2)", {}).ok());
  Open();
  EXPECT_EQ(ReadInteger("SELECT COUNT(*) FROM item"), 1);
}

// A transaction that has begun is the only one that can write, so what it reads stays true until its commit.
TEST_P(SqlTest, HasOneWriterAtATime) {
  auto other = NewWriter();
  ASSERT_TRUE(writer_->Begin().ok());
  EXPECT_EQ(testing::Summary(other->Begin().status()), "UNAVAILABLE STORAGE_BUSY");
  EXPECT_FALSE(other->broken());
  ASSERT_TRUE(writer_->Commit().ok());
  EXPECT_TRUE(other->Begin().ok());
  other->Rollback();
}

TEST_P(SqlTest, ASnapshotDoesNotSeeWhatIsCommittedBehindIt) {
  ASSERT_TRUE(Execute("INSERT INTO item (id) VALUES (1)").ok());
  auto reader = NewReader();
  auto snapshot = reader->Begin(absl::InfiniteDuration());
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  const auto count = [&] { return *(*snapshot)->QueryInteger("SELECT COUNT(*) FROM item", {}); };
  EXPECT_EQ(count(), 1);
  auto transaction = writer_->Begin();
  ASSERT_TRUE((*transaction)->Execute("INSERT INTO item (id) VALUES (2)", {}).ok());
  EXPECT_EQ(count(), 1);
  ASSERT_TRUE(writer_->Commit().ok());
  EXPECT_EQ(count(), 1);
  reader->End();
  snapshot = reader->Begin(absl::InfiniteDuration());
  EXPECT_EQ(count(), 2);
  reader->End();
}

TEST_P(SqlTest, ASnapshotCannotWrite) {
  auto reader = NewReader();
  auto snapshot = reader->Begin(absl::InfiniteDuration());
  EXPECT_FALSE((*snapshot)->Query("INSERT INTO item (id) VALUES (1)", {}, [](const Row&) {}).ok());
  reader->End();
  EXPECT_EQ(ReadInteger("SELECT COUNT(*) FROM item"), 0);
}

TEST_P(SqlTest, EndsAReadThatHoldsItsSnapshotTooLong) {
  auto reader = NewReader();
  auto snapshot = reader->Begin(absl::Milliseconds(100));
  ASSERT_TRUE(snapshot.ok());
  runtime_.Move(absl::Milliseconds(100));
  EXPECT_TRUE((*snapshot)->QueryInteger("SELECT COUNT(*) FROM item", {}).ok());
  runtime_.Move(absl::Microseconds(1));
  const absl::Status status = (*snapshot)->QueryInteger("SELECT COUNT(*) FROM item", {}).status();
  EXPECT_EQ(testing::Summary(status), "RESOURCE_EXHAUSTED READ_TOO_LONG");
  EXPECT_GT(RetryDelay(status), absl::ZeroDuration());
  reader->End();
  EXPECT_FALSE(reader->broken());
  snapshot = reader->Begin(absl::Milliseconds(100));
  EXPECT_TRUE((*snapshot)->QueryInteger("SELECT COUNT(*) FROM item", {}).ok());
  reader->End();
}

TEST_P(SqlTest, EndsAQueryInTheMiddleWhenItsSnapshotIsTooOld) {
  auto reader = NewReader();
  auto snapshot = reader->Begin(absl::Milliseconds(100));
  int64_t rows = 0;
  const absl::Status status = (*snapshot)->Query(
      "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) SELECT i FROM n ORDER BY i",
      {}, [&](const Row&) {
        ++rows;
        runtime_.Move(absl::Milliseconds(1));
      });
  EXPECT_EQ(testing::Summary(status), "RESOURCE_EXHAUSTED READ_TOO_LONG");
  EXPECT_LT(rows, 10'000);
  reader->End();
}

}  // namespace
}  // namespace dangol::storage
