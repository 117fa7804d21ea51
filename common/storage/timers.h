// Work for later, kept in the database: a handler adds a timer in its transaction; when it is due it is fired through
// the WriteQueue, and deleted in the transaction of its effect. No other background work exists. There are few timers
// at a time: one for each fan-out, and one for all rows of a table that wait for the same (sweep.h).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/base/runtime.h"
#include "common/storage/database.h"
#include "common/storage/write_queue.h"

namespace dangol::storage {

struct Timer {
  absl::Time due_time;
  std::string kind;
  std::string resource;  // one timer for each kind and resource
  int64_t attempt = 0;   // failures so far
};

// Sets the timer of (kind, resource), in place of the one there was.
absl::Status SetTimer(Transaction& transaction, absl::Time due_time, std::string_view kind, std::string_view resource);
// Likewise, unless the one there was is due as early: the earliest wins. Failures so far stay counted.
absl::Status SetTimerNoLater(Transaction& transaction, absl::Time due_time, std::string_view kind,
                             std::string_view resource);
// For work that waits for nothing but its turn: due from now on, even where the wall clock steps back.
absl::Status SetTimerAtOnce(Transaction& transaction, absl::Time now, std::string_view kind, std::string_view resource);
absl::Status CancelTimer(Transaction& transaction, std::string_view kind, std::string_view resource);

// A timer that is due for more than kOverdue, or has failed kOverdueAttempts times: something is wrong.
struct OverdueTimer {
  Timer timer;
  absl::Duration overdue;  // zero where it has failed and waits for its next attempt
};
inline constexpr absl::Duration kOverdue = absl::Seconds(30);
inline constexpr int64_t kOverdueAttempts = 3;

// Those that wait longest first.
absl::StatusOr<std::vector<OverdueTimer>> ListOverdueTimers(Snapshot& snapshot, absl::Time now);

// Fires timers, of those that are due the one that waits longest. Thread-safe after Start.
class Timers {
 public:
  // Runs in a transaction that also deletes the timer. May set it anew. An error undoes all and the timer comes again,
  // later each time (1 s to 5 min).
  using Handler = absl::AnyInvocable<absl::Status(Transaction&, const Timer&, absl::Time now)>;

  // The queue must outlive it.
  Timers(Runtime& runtime, WriteQueue& queue);

  // Before Start.
  void Handle(std::string kind, Handler handler);
  // Looks for what is due, and goes on looking.
  void Start();
  // After every commit: a timer may have been set.
  void Notice(absl::Time earliest);

 private:
  class Look;

  // False where a look is as near already.
  bool BringForwardLocked(absl::Duration pause);
  void PostLookLocked();
  // The next look comes after the pause at the latest.
  void Ended(absl::Duration pause, std::optional<Timer> failed);
  // Fires the first timer that is due, if there is one.
  absl::Status FireOne(Transaction& transaction, absl::Time& next, Timer& fired);
  absl::Status Postpone(Transaction& transaction, const Timer& timer);

  Runtime& runtime_;
  WriteQueue& queue_;
  std::map<std::string, Handler> handlers_;

  std::mutex mutex_;
  absl::Time next_look_ = absl::InfiniteFuture();  // by the steady clock
  bool looking_ = false;
  std::optional<Timer> failed_;  // to be postponed at the next look

  std::unique_ptr<Executor> executor_;
};

}  // namespace dangol::storage
