#include "common/storage/sweep.h"

#include <algorithm>
#include <optional>
#include <set>

#include "common/base/error.h"
#include "common/base/log.h"
#include "common/base/status_macros.h"

namespace dangol::storage {
namespace {

constexpr absl::Duration kPostponed = absl::Seconds(1);

using Apply = absl::FunctionRef<absl::Status(std::string_view key)>;

// The rows with timers of their own.
absl::StatusOr<std::set<std::string>> ListPostponed(Snapshot& snapshot, std::string_view kind) {
  std::set<std::string> postponed;
  RETURN_IF_ERROR(snapshot.Query("SELECT resource FROM timer WHERE kind = $1 AND resource <> '' ORDER BY resource",
                                 {kind}, [&](const Row& row) { postponed.insert(row.Text(0)); }));
  return postponed;
}

absl::StatusOr<std::vector<std::string>> ListDue(Snapshot& snapshot, absl::Time now, Sql earliest,
                                                 const std::set<std::string>& postponed) {
  std::vector<std::string> due;
  const int64_t most = kSweepRowsMost + static_cast<int64_t>(postponed.size());
  RETURN_IF_ERROR(snapshot.Query(earliest, {most}, [&](const Row& row) {
    if (row.Time(1) <= now && due.size() < kSweepRowsMost && !postponed.contains(row.Text(0)))
      due.push_back(row.Text(0));
  }));
  return due;
}

// After the work: a row may be due again, and before those that were left.
absl::Status SetNext(Transaction& transaction, const std::string& kind, absl::Time now, Sql earliest) {
  ASSIGN_OR_RETURN(const std::set<std::string> postponed, ListPostponed(transaction, kind));
  std::optional<absl::Time> next;
  RETURN_IF_ERROR(transaction.Query(earliest, {static_cast<int64_t>(postponed.size()) + 1}, [&](const Row& row) {
    if (!next && !postponed.contains(row.Text(0))) next = row.Time(1);
  }));
  if (!next) return absl::OkStatus();
  return *next <= now ? SetTimerAtOnce(transaction, now, kind, "") : SetTimerNoLater(transaction, *next, kind, "");
}

absl::Status ApplyAll(Transaction& transaction, const std::vector<std::string>& keys, Apply apply) {
  if (keys.empty()) return absl::OkStatus();
  return transaction.Try([&] {
    for (const std::string& key : keys) RETURN_IF_ERROR(apply(key));
    return absl::OkStatus();
  });
}

// As the first failure of any timer.
absl::Status Postpone(Transaction& transaction, std::string_view kind, std::string_view key, absl::Time now) {
  RETURN_IF_ERROR(SetTimer(transaction, now + kPostponed, kind, key));
  return transaction.Execute("UPDATE timer SET attempt = 1 WHERE kind = $1 AND resource = $2", {kind, key});
}

// Removes the keys of those that fail.
absl::Status ApplyEach(Transaction& transaction, const Timer& timer, absl::Time now, int64_t postponed,
                       std::vector<std::string>& keys, Apply apply) {
  std::vector<std::string> applied;
  for (std::string& key : keys) {
    const absl::Status status = transaction.Try([&] { return apply(key); });
    if (status.code() == absl::StatusCode::kUnavailable) return status;
    if (status.ok()) {
      applied.push_back(std::move(key));
      continue;
    }
    Log()->warn("timer {} of {} failed ({}), attempt 1: the others go on without it", timer.kind, key,
                ErrorReason(status));
    if (++postponed > kSweepPostponedMost) return status;
    RETURN_IF_ERROR(Postpone(transaction, timer.kind, key, now));
  }
  keys = std::move(applied);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<std::string>> Sweep(Transaction& transaction, const Timer& timer, absl::Time now,
                                               Sql earliest, Apply apply) {
  if (!timer.resource.empty()) {
    RETURN_IF_ERROR(apply(timer.resource));
    RETURN_IF_ERROR(SetNext(transaction, timer.kind, now, earliest));
    return std::vector<std::string>{timer.resource};
  }
  ASSIGN_OR_RETURN(const std::set<std::string> postponed, ListPostponed(transaction, timer.kind));
  ASSIGN_OR_RETURN(std::vector<std::string> keys, ListDue(transaction, now, earliest, postponed));
  // Nearly always they all go through, and one savepoint does for them.
  absl::Status status = ApplyAll(transaction, keys, apply);
  if (!status.ok() && status.code() != absl::StatusCode::kUnavailable) {
    status = ApplyEach(transaction, timer, now, static_cast<int64_t>(postponed.size()), keys, apply);
  }
  RETURN_IF_ERROR(status);
  RETURN_IF_ERROR(SetNext(transaction, timer.kind, now, earliest));
  return keys;
}

}  // namespace dangol::storage
