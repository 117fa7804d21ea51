// Several writers on one database, and somebody who tails what they write.
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
#include "tests/support/local_service.h"
#include "tests/support/postgres_server.h"

namespace dangol::storage {
namespace {

using testing::PostgresSession;

constexpr int kWriters = 6;
constexpr int kEventsEach = 500;
constexpr absl::Duration kLimit = absl::Seconds(60);

// Reads what is behind its cursor, again and again.
class Tail {
 public:
  Tail(const std::string& url, std::string table) : session_(url), table_(std::move(table)) {}

  void ReadOn() {
    session_.ForEachRow(fmt::format("SELECT seq FROM {} WHERE seq > {} ORDER BY seq", table_, cursor_),
                        [&](const auto& row) {
                          const int64_t sequence = std::stoll(row[0]);
                          gaps_ += sequence - cursor_ - 1;
                          cursor_ = sequence;
                          ++seen_;
                        });
  }
  int64_t seen() const { return seen_; }
  int64_t gaps() const { return gaps_; }

 private:
  const PostgresSession session_;
  const std::string table_;
  int64_t cursor_ = 0;
  int64_t seen_ = 0;
  int64_t gaps_ = 0;
};

// The tail reads while they all run, and once more behind the last.
void RunBeside(Tail& tail, const std::function<void(int)>& writer) {
  std::atomic<int> running = kWriters;
  std::vector<std::thread> threads;
  for (int i = 0; i < kWriters; ++i) {
    threads.emplace_back([&, i] {
      writer(i);
      --running;
    });
  }
  while (running > 0) tail.ReadOn();
  for (std::thread& thread : threads) thread.join();
  tail.ReadOn();
}

// The control: what is done nearly everywhere, and loses events. A number is taken before its commit, and a later one
// may be seen first.
TEST(OneWriter, ASerialColumnMissesSome) {
  testing::TemporaryFolder folder;
  const std::string url = testing::PostgresDatabaseOf(folder.path());
  PostgresSession(url).Execute("CREATE TABLE naive (seq BIGSERIAL PRIMARY KEY, body TEXT)");
  Tail tail(url, "naive");
  const absl::Time end = absl::Now() + kLimit;
  int64_t written = 0;
  // Chance decides when; it seldom needs more than one round.
  while (tail.seen() == written && absl::Now() < end) {
    RunBeside(tail, [&](int) {
      const PostgresSession session(url);
      for (int i = 0; i < kEventsEach; ++i)
        session.Execute("INSERT INTO naive (body) SELECT repeat('x', (random() * 2000)::int)");
    });
    written += kWriters * kEventsEach;
  }
  fmt::print("a serial column: {} of {} events were missed\n", written - tail.seen(), written);
  EXPECT_LT(tail.seen(), written);
}

class EventWrite : public Write {
 public:
  EventWrite(std::atomic<int>& answered, std::atomic<int>& failed) : answered_(answered), failed_(failed) {}
  absl::Status Apply(Transaction& transaction) override {
    return transaction.Execute(
        "INSERT INTO feed (seq, time, kind, resources, payload, traceparent) VALUES ($1, 0, 'x', '', $2, '')",
        {transaction.TakeFeedPosition().sequence, Param::Blob("payload")});
  }
  void Done(const absl::Status& status, const Position&) override {
    if (!status.ok()) ++failed_;
    ++answered_;
  }

 private:
  std::atomic<int>& answered_;
  std::atomic<int>& failed_;
};

TEST(OneWriter, TheFeedOfTwoReplicasMissesNothing) {
  testing::TemporaryFolder folder;
  const std::string url = testing::PostgresDatabaseOf(folder.path());
  constexpr int kReplicas = 2;
  std::vector<std::unique_ptr<Database>> databases;
  std::vector<std::unique_ptr<WriteQueue>> queues;
  for (int i = 0; i < kReplicas; ++i) {
    databases.push_back(*OpenDatabase(url));
    auto writer = databases.back()->OpenWriter();
    ASSERT_TRUE(writer.ok()) << writer.status();
    const Schema schemas[] = {CoreSchema()};
    ASSERT_TRUE(Migrate(**writer, schemas, absl::Now()).ok());
    ASSERT_TRUE(RecordStart(**writer, RealRuntime()).ok());
    queues.push_back(std::make_unique<WriteQueue>(RealRuntime(), *databases.back(), *std::move(writer),
                                                  WriteQueueLimits(), [](const Committed&) {}));
  }
  std::atomic<int> failed = 0;
  Tail tail(url, "feed");
  RunBeside(tail, [&](int writer) {
    // One at a time, as a caller that waits for its answer.
    for (int i = 0; i < kEventsEach; ++i) {
      std::atomic<int> answered = 0;
      queues[static_cast<size_t>(writer % kReplicas)]->Submit(Lane::kCall,
                                                              std::make_unique<EventWrite>(answered, failed));
      while (answered == 0) std::this_thread::yield();
    }
  });
  queues.clear();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(tail.seen(), kWriters * kEventsEach);
  EXPECT_EQ(tail.gaps(), 0);
}

}  // namespace
}  // namespace dangol::storage
