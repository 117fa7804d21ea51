// A number for each process of a service while it runs: it is part of the identifiers that the process makes
// (common/base/ids.h). Kept in the table `replica`; a row is a lease, renewed while the process lives.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/storage/database.h"

namespace dangol::storage {

// How many processes can run on a database at a time, and how many numbers there are.
inline constexpr int kReplicasMost = 128;

// A process that has not renewed its lease for so long has ended, or hangs.
inline constexpr absl::Duration kReplicaLease = absl::Minutes(1);

struct Replica {
  int number = 0;  // below kReplicasMost
  // Whoever had the number before made no identifiers of later times.
  absl::Time unused_from = absl::InfinitePast();
};

// Takes a number that no process has had yet, else the one whose lease ended first: where a wall clock jumps forward
// and all leases seem to have ended, those of processes that are alive have ended last. `process` is of this start
// alone. Errors: RESOURCE_EXHAUSTED, reason TOO_MANY_REPLICAS where no lease has ended; not where `lease` is zero.
absl::StatusOr<Replica> TakeReplica(Transaction& transaction, int64_t process, absl::Time now, absl::Duration lease);

// Prolongs the lease. False where another process has taken the number since.
absl::StatusOr<bool> RenewReplica(Transaction& transaction, int number, int64_t process, absl::Time expire_time);

}  // namespace dangol::storage
