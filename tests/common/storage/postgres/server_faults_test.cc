// The whole server fails, or its standby does: what was answered is there, nothing is there twice, and the queue comes
// back by itself.
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/storage/core_schema.h"
#include "common/storage/migrations.h"
#include "common/storage/write_queue.h"
#include "tests/common/rpc/refusal.h"
#include "tests/support/postgres_server.h"

namespace dangol::storage {
namespace {

using testing::OwnPostgresServer;
using testing::PostgresSession;

std::unique_ptr<WriteConnection> OpenWriter(Database& database) {
  auto writer = database.OpenWriter();
  EXPECT_TRUE(writer.ok()) << writer.status();
  const Schema schemas[] = {CoreSchema()};
  EXPECT_TRUE(Migrate(**writer, schemas, absl::Now()).ok());
  EXPECT_TRUE(RecordStart(**writer, RealRuntime()).ok());
  EXPECT_TRUE((*writer)->RunScript("CREATE TABLE IF NOT EXISTS item (id TEXT PRIMARY KEY) STRICT;").ok());
  return *std::move(writer);
}

int64_t Count(const PostgresSession& session, const std::string& sql) {
  int64_t count = -1;
  session.ForEachRow(sql, [&](const std::vector<std::string>& row) { count = std::stoll(row[0]); });
  return count;
}

// One item and one event, under a key.
class ItemWrite : public Write {
 public:
  ItemWrite(std::string id, std::function<void(const absl::Status&)> done)
      : id_(std::move(id)), done_(std::move(done)) {
    key = {id_, "operator", "test.Method"};
    request_hash = "hash";
  }
  absl::Status Apply(Transaction& transaction) override {
    absl::Status status = transaction.Execute("INSERT INTO item (id) VALUES ($1)", {id_});
    if (!status.ok()) return status;
    return transaction.Execute(
        "INSERT INTO feed (seq, time, kind, resources, payload, traceparent) VALUES ($1, 0, 'x', '', $2, '')",
        {transaction.TakeFeedPosition().sequence, Param::Blob("")});
  }
  absl::Status Replay(Transaction&, const std::vector<std::string>&) override { return absl::OkStatus(); }
  std::vector<std::string> Resources() const override { return {"items/" + id_}; }
  void Done(const absl::Status& status, const Position&) override { done_(status); }

 private:
  const std::string id_;
  const std::function<void(const absl::Status&)> done_;
};

absl::Status WriteOnce(WriteQueue& queue, const std::string& id) {
  std::atomic<bool> answered = false;
  absl::Status status;
  queue.Submit(Lane::kCall, std::make_unique<ItemWrite>(id, [&](const absl::Status& answer) {
                 status = answer;
                 answered = true;
               }));
  while (!answered) absl::SleepFor(absl::Microseconds(100));
  return status;
}

// As a caller does it: the same again while it is told to come again.
absl::Status WriteUntilAnswered(WriteQueue& queue, const std::string& id) {
  const absl::Time end = absl::Now() + absl::Seconds(60);
  absl::Status status;
  do {
    status = WriteOnce(queue, id);
    if (status.ok() || status.code() != absl::StatusCode::kUnavailable) return status;
    absl::SleepFor(absl::Milliseconds(20));
  } while (absl::Now() < end);
  return status;
}

TEST(PostgresServerFaults, EveryWriteHasOneEffectThoughTheServerCrashes) {
  constexpr int kWriters = 4;
  constexpr int kCrashes = 3;
  const OwnPostgresServer own;
  auto database = *OpenDatabase(own.server().UrlOf("postgres"));
  std::atomic<bool> enough = false;
  std::atomic<int64_t> answered = 0;
  {
    WriteQueue queue(RealRuntime(), *database, OpenWriter(*database), {}, [](const Committed&) {});
    std::vector<std::thread> writers;
    for (int w = 0; w < kWriters; ++w) {
      writers.emplace_back([&, w] {
        for (int i = 0; !enough; ++i) {
          const absl::Status status = WriteUntilAnswered(queue, fmt::format("{}-{}", w, i));
          EXPECT_TRUE(status.ok()) << status;
          ++answered;
        }
      });
    }
    for (int i = 0; i < kCrashes; ++i) {
      const int64_t before = answered;
      while (answered < before + 200) absl::SleepFor(absl::Milliseconds(1));
      own.Crash();
      own.Resume();
    }
    const int64_t before = answered;
    while (answered < before + 200) absl::SleepFor(absl::Milliseconds(1));
    enough = true;
    for (std::thread& writer : writers) writer.join();
    EXPECT_FALSE(queue.counters().read_only);
  }
  const PostgresSession session(own.server().UrlOf("postgres"));
  EXPECT_EQ(Count(session, "SELECT COUNT(*) FROM item"), answered);
  EXPECT_EQ(Count(session, "SELECT COUNT(*) FROM feed"), answered);
  EXPECT_EQ(Count(session, "SELECT MAX(seq) FROM feed"), answered);
  EXPECT_EQ(Count(session, "SELECT last_seq FROM feed_head"), answered);
}

// A COMMIT that somebody keeps from waiting for the standby ends well, for the server: it is on one disk and not on
// two.
TEST(PostgresServerFaults, ACommitThatStoppedWaitingForItsStandbyIsNotAnswered) {
  const OwnPostgresServer own;
  const std::string url = own.server().UrlOf("postgres");
  auto database = *OpenDatabase(url);
  WriteQueue queue(RealRuntime(), *database, OpenWriter(*database), {}, [](const Committed&) {});
  const PostgresSession session(url);
  ASSERT_TRUE(WriteOnce(queue, "before").ok());
  session.Execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
  session.Execute("SELECT pg_reload_conf()");
  absl::SleepFor(absl::Milliseconds(300));

  absl::Status status;
  std::thread writer([&] { status = WriteOnce(queue, "unsafe"); });
  const std::string cancel =
      "SELECT COUNT(*) FROM (SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep') AS "
      "cancelled";
  while (Count(session, cancel) == 0) absl::SleepFor(absl::Milliseconds(10));
  writer.join();
  EXPECT_EQ(testing::Summary(status), "UNAVAILABLE OUTCOME_UNKNOWN");
  EXPECT_EQ(Count(session, "SELECT COUNT(*) FROM item WHERE id = 'unsafe'"), 1) << "the test has shown nothing";
  EXPECT_TRUE(queue.counters().read_only);

  session.Execute("ALTER SYSTEM RESET synchronous_standby_names");
  session.Execute("SELECT pg_reload_conf()");
  EXPECT_TRUE(WriteUntilAnswered(queue, "unsafe").ok());
  EXPECT_TRUE(WriteUntilAnswered(queue, "after").ok());
  EXPECT_EQ(Count(session, "SELECT COUNT(*) FROM item"), 3);
}

}  // namespace
}  // namespace dangol::storage
