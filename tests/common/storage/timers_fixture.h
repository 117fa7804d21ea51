// Timers on a real database and a clock that the test moves.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/storage/timers.h"
#include "tests/common/storage/queue_fixture.h"

namespace dangol::storage {

class TimersTest : public QueueTest {
 protected:
  ~TimersTest() override {
    if (queue_ != nullptr) queue_->Stop();
    timers_ = nullptr;
  }

  // What a timer of kind `item` does: by default it inserts an item named by its resource.
  using Handler = std::function<absl::Status(Transaction&, const Timer&, absl::Time)>;

  void OpenWithTimers(Handler handler = nullptr) {
    if (queue_ != nullptr) queue_->Stop();
    timers_ = nullptr;
    queue_ = nullptr;
    database_ = nullptr;
    auto database = OpenDatabase(GetParam().url(folder_), {&runtime_});
    ASSERT_TRUE(database.ok()) << database.status();
    database_ = std::make_unique<testing::WatchedDatabase>(*std::move(database));
    auto writer = database_->OpenWriter();
    const Schema schemas[] = {CoreSchema(), {"items", kItemMigrations}};
    ASSERT_TRUE(Migrate(**writer, schemas, runtime_.Now()).ok());
    ASSERT_TRUE(RecordStart(**writer, runtime_).ok());
    queue_ =
        std::make_unique<WriteQueue>(runtime_, *database_, *std::move(writer), WriteQueueLimits(),
                                     [this](const Committed& committed) { timers_->Notice(committed.earliest_timer); });
    timers_ = std::make_unique<Timers>(runtime_, *queue_);
    timers_->Handle("item", [this, handler](Transaction& transaction, const Timer& timer, absl::Time now) {
      fired_.push_back(fmt::format("{} after {}", timer.resource, absl::FormatDuration(runtime_.Now() - start_)));
      return handler ? handler(transaction, timer, now) : InsertItem(transaction, timer.resource);
    });
    timers_->Start();
    runtime_.RunReady();
  }

  // Sets a timer as a handler would, due so long after the start.
  void Set(absl::Duration due, std::string_view resource) {
    Submit({"set", [this, due, resource](Transaction& transaction) {
              return SetTimer(transaction, start_ + due, "item", resource);
            }});
    runtime_.RunReady();
  }
  void RunUntil(absl::Duration time) { runtime_.RunFor(start_ + time - runtime_.Now()); }
  std::string Waiting() { return Read("SELECT resource FROM timer ORDER BY resource"); }

  const absl::Time start_ = runtime_.Now();
  std::vector<std::string> fired_;
  std::unique_ptr<Timers> timers_;
};

}  // namespace dangol::storage
