#include "common/storage/replicas.h"

#include <algorithm>
#include <array>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace dangol::storage {
namespace {

// So far a process may get ahead of the clock with its identifiers (IdMaker has 4,096 for a millisecond).
constexpr absl::Duration kAheadMost = absl::Seconds(1);

}  // namespace

absl::StatusOr<Replica> TakeReplica(Transaction& transaction, int64_t process, absl::Time now, absl::Duration lease) {
  std::array<absl::Time, kReplicasMost> ends;  // of the leases
  ends.fill(absl::InfinitePast());
  RETURN_IF_ERROR(transaction.Query("SELECT number, expire_time FROM replica", {}, [&](const Row& row) {
    ends.at(static_cast<size_t>(row.Integer(0))) = row.Time(1);
  }));
  const auto first = std::ranges::min_element(ends);
  const auto number = static_cast<int>(first - ends.begin());
  const bool alone = lease == absl::ZeroDuration();
  if (*first > now && !alone) {
    return Error(absl::StatusCode::kResourceExhausted, "TOO_MANY_REPLICAS",
                 fmt::format("{} processes run on this database, or did until a minute ago: no more can. Stop some, or "
                             "wait a minute.",
                             kReplicasMost));
  }
  absl::Time unused_from = *first;
  absl::Time end = now + lease;
  // The table has when each of them started. Whoever had the number had ended when the last one did, by a clock that
  // may have been put back since.
  if (alone && *first > absl::InfinitePast()) unused_from = *std::ranges::max_element(ends);
  if (alone && unused_from > now) end = unused_from + kAheadMost;
  RETURN_IF_ERROR(transaction.Execute(
      "INSERT INTO replica (number, process, expire_time) VALUES ($1, $2, $3) "
      "ON CONFLICT (number) DO UPDATE SET process = excluded.process, expire_time = excluded.expire_time",
      {number, process, end}));
  return Replica{number, unused_from};
}

absl::StatusOr<bool> RenewReplica(Transaction& transaction, int number, int64_t process, absl::Time expire_time) {
  ASSIGN_OR_RETURN(const int64_t renewed,
                   transaction.Change("UPDATE replica SET expire_time = $1 WHERE number = $2 AND process = $3",
                                      {expire_time, number, process}));
  return renewed > 0;
}

}  // namespace dangol::storage
