// The tables that every service's database has: feed, idempotency keys and their secrets, timers, leases of replica
// numbers, subscriptions, parked events, audit log.
#pragma once

#include <string>

#include "absl/status/statusor.h"

#include "common/base/runtime.h"
#include "common/storage/migrations.h"
#include "common/storage/replicas.h"

namespace dangol::storage {

Schema CoreSchema();

// The incarnation in `feed_head` while data of another database are moved there (`dangol migrate`) and not complete.
inline constexpr char kUnfinishedIncarnation[] = "";

// What a process learns of its database when it starts.
struct Start {
  std::string incarnation;    // identity of the feed: a UUID made with the database
  int64_t feed_sequence = 0;  // newest event
  int64_t process = 0;        // how often a process has started on it: no two have the same
  Replica replica;
};

// Makes the feed's head where it is missing and takes a replica number for so long; zero where no other process can run
// on the database. Call once a process, after Migrate. Errors: FAILED_PRECONDITION, reason MIGRATION_UNFINISHED where
// the incarnation is kUnfinishedIncarnation; those of TakeReplica.
absl::StatusOr<Start> RecordStart(WriteConnection& connection, Runtime& runtime,
                                  absl::Duration lease = absl::ZeroDuration());

// OK where a service has made its tables. Errors: FAILED_PRECONDITION, reason DATABASE_PATH.
absl::Status CheckMade(WriteConnection& connection);

// Makes the feed another one, whose followers replay it from the beginning: for a database that was put back to an
// older state. What the followers know of the state that was lost has versions, too: whatever is written from now on
// has the time of this in microseconds as its version, or a later one, which no version of that state reached. After
// Migrate, while no process runs on it. Errors: FAILED_PRECONDITION, reason DATABASE_PATH where no process has ever
// started on it, MIGRATION_UNFINISHED as of RecordStart.
absl::Status RenewIncarnation(WriteConnection& connection, Runtime& runtime);

}  // namespace dangol::storage
