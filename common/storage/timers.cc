#include "common/storage/timers.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "common/base/error.h"
#include "common/base/log.h"
#include "common/base/status_macros.h"

namespace dangol::storage {
namespace {

// A step of the wall clock may make something due, or another process that shares the database sets a timer.
constexpr absl::Duration kLookMost = absl::Seconds(10);
constexpr absl::Duration kRetryFirst = absl::Seconds(1);
constexpr absl::Duration kRetryMost = absl::Minutes(5);
// What is due at once is stored as due so long before: however far the wall clock steps back it stays due, and whoever
// waits longest is still known.
constexpr absl::Duration kAtOnce = absl::Hours(24 * 365 * 100);

// The one that waits longest; its kind is empty where none is due. One that failed and seems to wait longer than any
// does was postponed before the wall clock stepped back, and is due.
absl::StatusOr<Timer> FirstDue(Snapshot& snapshot, absl::Time now) {
  Timer first;
  RETURN_IF_ERROR(snapshot.Query(R"sql(
      SELECT due_time, kind, resource, attempt FROM timer
      WHERE due_time <= $1 OR (attempt > 0 AND due_time > $2)
      ORDER BY CASE WHEN due_time < 0 THEN due_time + $3 ELSE due_time END, kind, resource LIMIT 1
      )sql",
                                 {now, now + 2 * kRetryMost, absl::ToInt64Microseconds(kAtOnce)}, [&](const Row& row) {
                                   first = {row.Time(0), row.Text(1), row.Text(2), row.Integer(3)};
                                 }));
  return first;
}

}  // namespace

absl::Status SetTimer(Transaction& transaction, absl::Time due_time, std::string_view kind, std::string_view resource) {
  transaction.NoteTimer(due_time);
  return transaction.Execute(
      "INSERT INTO timer (due_time, kind, resource, attempt) VALUES ($1, $2, $3, 0) "
      "ON CONFLICT (kind, resource) DO UPDATE SET due_time = excluded.due_time, attempt = 0",
      {due_time, kind, resource});
}

absl::Status SetTimerNoLater(Transaction& transaction, absl::Time due_time, std::string_view kind,
                             std::string_view resource) {
  transaction.NoteTimer(due_time);
  return transaction.Execute(
      "INSERT INTO timer (due_time, kind, resource, attempt) VALUES ($1, $2, $3, 0) "
      "ON CONFLICT (kind, resource) DO UPDATE SET due_time = excluded.due_time WHERE excluded.due_time < timer.due_time",
      {due_time, kind, resource});
}

absl::Status SetTimerAtOnce(Transaction& transaction, absl::Time now, std::string_view kind,
                            std::string_view resource) {
  return SetTimer(transaction, now - kAtOnce, kind, resource);
}

absl::Status CancelTimer(Transaction& transaction, std::string_view kind, std::string_view resource) {
  return transaction.Execute("DELETE FROM timer WHERE kind = $1 AND resource = $2", {kind, resource});
}

absl::StatusOr<std::vector<OverdueTimer>> ListOverdueTimers(Snapshot& snapshot, absl::Time now) {
  std::vector<OverdueTimer> overdue;
  RETURN_IF_ERROR(snapshot.Query(
      "SELECT due_time, kind, resource, attempt FROM timer ORDER BY due_time, kind, resource", {}, [&](const Row& row) {
        OverdueTimer one{{row.Time(0), row.Text(1), row.Text(2), row.Integer(3)}, {}};
        if (one.timer.due_time < absl::UnixEpoch()) one.timer.due_time += kAtOnce;
        one.overdue = std::max(now - one.timer.due_time, absl::ZeroDuration());
        if (one.overdue > kOverdue || one.timer.attempt >= kOverdueAttempts) overdue.push_back(std::move(one));
      }));
  std::ranges::stable_sort(overdue, std::greater(), &OverdueTimer::overdue);
  return overdue;
}

// One look at the table: fires one timer, or postpones one that failed, and learns when to look again.
class Timers::Look : public Write {
 public:
  Look(Timers& timers, std::optional<Timer> failed) : timers_(timers), failed_(std::move(failed)) {}

  absl::Status Apply(Transaction& transaction) override {
    if (failed_) return timers_.Postpone(transaction, *failed_);
    return timers_.FireOne(transaction, next_, fired_);
  }

  void Done(const absl::Status& status, const Position&) override {
    if (status.ok()) {
      timers_.Ended(failed_ ? absl::ZeroDuration() : next_ - timers_.runtime_.Now(), std::nullopt);
    } else if (status.code() != absl::StatusCode::kUnavailable && !failed_ && !fired_.kind.empty()) {
      Log()->warn("timer {} of {} failed ({}), attempt {}", fired_.kind, fired_.resource, ErrorReason(status),
                  fired_.attempt + 1);
      timers_.Ended(absl::ZeroDuration(), fired_);
    } else {
      timers_.Ended(kRetryFirst, std::nullopt);
    }
  }

 private:
  Timers& timers_;
  const std::optional<Timer> failed_;
  Timer fired_;
  absl::Time next_ = absl::InfiniteFuture();
};

Timers::Timers(Runtime& runtime, WriteQueue& queue)
    : runtime_(runtime), queue_(queue), executor_(runtime.NewExecutor("timers", 1)) {}

void Timers::Handle(std::string kind, Handler handler) { handlers_[std::move(kind)] = std::move(handler); }

void Timers::Start() { Notice(runtime_.Now()); }

void Timers::Notice(absl::Time earliest) {
  std::lock_guard lock(mutex_);
  if (BringForwardLocked(earliest - runtime_.Now()) && !looking_) PostLookLocked();
}

bool Timers::BringForwardLocked(absl::Duration pause) {
  const absl::Time look = runtime_.SteadyNow() + std::clamp(pause, absl::ZeroDuration(), kLookMost);
  if (look >= next_look_) return false;
  next_look_ = look;
  return true;
}

void Timers::PostLookLocked() {
  executor_->PostAt(runtime_.Now() + (next_look_ - runtime_.SteadyNow()), [this, when = next_look_] {
    std::optional<Timer> failed;
    {
      std::lock_guard lock(mutex_);
      if (looking_ || next_look_ != when) return;  // another look is nearer, or under way
      looking_ = true;
      next_look_ = absl::InfiniteFuture();
      failed = std::exchange(failed_, std::nullopt);
    }
    queue_.Submit(Lane::kTimer, std::make_unique<Look>(*this, std::move(failed)));
  });
}

void Timers::Ended(absl::Duration pause, std::optional<Timer> failed) {
  std::lock_guard lock(mutex_);
  looking_ = false;
  if (failed) failed_ = std::move(failed);
  // A timer set meanwhile may be nearer than what this look saw.
  BringForwardLocked(pause);
  PostLookLocked();
}

absl::Status Timers::FireOne(Transaction& transaction, absl::Time& next, Timer& fired) {
  const absl::Time now = runtime_.Now();
  ASSIGN_OR_RETURN(const Timer first, FirstDue(transaction, now));
  if (first.kind.empty()) {
    return transaction.Query("SELECT due_time FROM timer ORDER BY due_time LIMIT 1", {},
                             [&](const Row& row) { next = row.Time(0); });
  }
  fired = first;
  next = now;  // there may be more
  auto handler = handlers_.find(first.kind);
  if (handler == handlers_.end()) return InternalError("no handler for timers of kind " + first.kind);
  RETURN_IF_ERROR(CancelTimer(transaction, first.kind, first.resource));
  return handler->second(transaction, first, now);
}

absl::Status Timers::Postpone(Transaction& transaction, const Timer& timer) {
  const absl::Duration delay = Backoff(runtime_, static_cast<int>(timer.attempt), kRetryFirst, kRetryMost);
  return transaction.Execute(
      "UPDATE timer SET due_time = $1, attempt = attempt + 1 WHERE kind = $2 AND resource = $3 AND attempt = $4",
      {runtime_.Now() + delay, timer.kind, timer.resource, timer.attempt});
}

}  // namespace dangol::storage
