// A WriteQueue on a real database and a simulated clock, and writes that leave a trace of what was done with them.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/base/error.h"
#include "common/storage/core_schema.h"
#include "common/storage/migrations.h"
#include "common/storage/write_queue.h"
#include "tests/common/base/movable_runtime.h"
#include "tests/common/rpc/refusal.h"
#include "tests/common/storage/drivers.h"
#include "tests/common/storage/watched_database.h"

namespace dangol::storage {

inline constexpr Migration kItemMigrations[] = {
    {"items", "CREATE TABLE item (id TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL, body TEXT NOT NULL) STRICT;"},
};

inline absl::Status InsertItem(Transaction& transaction, std::string_view id, std::string_view body = "") {
  return transaction.Execute("INSERT INTO item (id, value, body) VALUES ($1, 0, $2)", {id, body});
}

inline absl::Status AppendEvent(Transaction& transaction, std::string_view kind) {
  const Position& position = transaction.TakeFeedPosition();
  return transaction.Execute(
      "INSERT INTO feed (seq, commit_id, time, kind, resources, payload, traceparent) "
      "VALUES ($1, $2, 0, $3, '', $4, '')",
      {position.sequence, position.commit_id, kind, Param::Blob("")});
}

// What a test says of a write. What it does not say is as a caller's plain write would be.
struct WriteSpec {
  std::string label;
  // By default it inserts an item and appends an event, both named by the label.
  std::function<absl::Status(Transaction&)> apply = nullptr;
  std::string request_id = "";
  std::string hash = "hash";
  std::string principal = "operator";
  std::string method = "test.Method";
  std::vector<std::string> resources = {};
  absl::Time deadline = absl::InfiniteFuture();
  int64_t bytes = 0;
  int64_t rows = 1;
  bool abandoned = false;
};

// `apply L`, `replay L names`, `done L OK 3` or `done L CODE REASON fields`, in the order in which they happen.
using Trace = std::vector<std::string>;

class TracedWrite : public Write {
 public:
  TracedWrite(WriteSpec spec, Trace& trace) : spec_(std::move(spec)), trace_(trace) {
    deadline = spec_.deadline;
    bytes = spec_.bytes;
    rows = spec_.rows;
    if (spec_.request_id.empty()) return;
    key = {spec_.request_id, spec_.principal, spec_.method};
    request_hash = spec_.hash;
  }

  bool Abandoned() const override { return spec_.abandoned; }
  std::vector<std::string> Resources() const override { return spec_.resources; }
  absl::Status Apply(Transaction& transaction) override {
    trace_.push_back("apply " + spec_.label);
    if (spec_.apply) return spec_.apply(transaction);
    absl::Status status = InsertItem(transaction, spec_.label);
    return status.ok() ? AppendEvent(transaction, spec_.label) : status;
  }
  absl::Status Replay(Transaction&, const std::vector<std::string>& names) override {
    trace_.push_back("replay " + spec_.label + " " + absl::StrJoin(names, ","));
    return absl::OkStatus();
  }
  void Done(const absl::Status& status, const Position& position) override {
    const std::string outcome = status.ok() ? "OK " + std::to_string(position.sequence) : testing::Summary(status);
    trace_.push_back("done " + spec_.label + " " + outcome);
  }

 private:
  const WriteSpec spec_;
  Trace& trace_;
};

class QueueTest : public ::testing::TestWithParam<testing::Driver> {
 protected:
  ~QueueTest() override { queue_ = nullptr; }

  // Opens the database and its queue, or closes them and opens them again.
  void Open(WriteQueueLimits limits = {}) {
    queue_ = nullptr;
    database_ = nullptr;
    if (!gathers_) limits.gather_time_max = absl::ZeroDuration();
    auto database = OpenDatabase(GetParam().url(folder_), {&runtime_});
    ASSERT_TRUE(database.ok()) << database.status();
    database_ = std::make_unique<testing::WatchedDatabase>(*std::move(database));
    auto writer = database_->OpenWriter();
    ASSERT_TRUE(writer.ok()) << writer.status();
    const Schema schemas[] = {CoreSchema(), {"items", kItemMigrations}};
    const absl::Status migrated = Migrate(**writer, schemas, runtime_.Now());
    ASSERT_TRUE(migrated.ok()) << migrated;
    ASSERT_TRUE(RecordStart(**writer, runtime_).ok());
    queue_ = std::make_unique<WriteQueue>(
        runtime_, *database_, *std::move(writer), limits,
        [this](const Committed& committed) { trace_.push_back(fmt::format("commit {}", committed.feed_sequence)); });
  }

  void Submit(WriteSpec spec, Lane lane = Lane::kCall) {
    queue_->Submit(lane, std::make_unique<TracedWrite>(std::move(spec), trace_));
  }
  void SubmitAll(std::initializer_list<const char*> labels, Lane lane = Lane::kCall) {
    for (const char* label : labels) Submit({label}, lane);
  }
  // Runs what is ready and tells what happened since the last time.
  Trace Run() {
    runtime_.RunReady();
    return std::exchange(trace_, {});
  }
  // Only the lines that begin so.
  static Trace Lines(const Trace& trace, std::string_view start) {
    Trace lines;
    for (const std::string& line : trace) {
      if (line.starts_with(start)) lines.push_back(line);
    }
    return lines;
  }

  // What the writer did. Answers go out on a thread of their own, at the same time as the next batch.
  static Trace OfTheWriter(Trace trace) {
    std::erase_if(trace, [](const std::string& line) { return line.starts_with("done"); });
    return trace;
  }

  // The first column of a query, as text.
  std::string Read(Sql sql) {
    auto reader = database_->OpenReader();
    auto snapshot = (*reader)->Begin(absl::InfiniteDuration());
    std::vector<std::string> values;
    const absl::Status status = (*snapshot)->Query(sql, {}, [&](const Row& row) { values.push_back(row.Text(0)); });
    EXPECT_TRUE(status.ok()) << status;
    (*reader)->End();
    return absl::StrJoin(values, " ");
  }
  // A transaction beside the queue, which is closed.
  absl::Status ExecuteAlone(Sql sql, Params params) {
    queue_ = nullptr;
    auto writer = database_->OpenWriter();
    if (!writer.ok()) return writer.status();
    auto transaction = (*writer)->Begin();
    if (!transaction.ok()) return transaction.status();
    absl::Status status = (*transaction)->Execute(sql, params);
    return status.ok() ? (*writer)->Commit() : status;
  }
  std::string Items() { return Read("SELECT id FROM item ORDER BY id"); }
  // `1:a 2:b`, and the head.
  std::string Feed() { return Read("SELECT seq || ':' || kind FROM feed ORDER BY seq"); }
  std::string Head() { return Read("SELECT CAST(last_seq AS TEXT) FROM feed_head"); }

  testing::MovableRuntime runtime_;
  testing::TemporaryFolder folder_;
  std::unique_ptr<testing::WatchedDatabase> database_;
  bool gathers_ = false;  // or each batch begins as soon as it can
  Trace trace_;
  std::unique_ptr<WriteQueue> queue_;
};

}  // namespace dangol::storage
