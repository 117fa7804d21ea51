#include "common/storage/core_schema.h"

#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/status_macros.h"

namespace dangol::storage {
namespace {

constexpr Migration kMigrations[] = {
    {"feed, idempotency keys, timers", R"sql(
-- One row: the position of the newest event, and which database this is.
CREATE TABLE feed_head (
  singleton   INTEGER PRIMARY KEY CHECK (singleton = 1),
  last_seq    INTEGER NOT NULL,
  incarnation TEXT NOT NULL,
  starts      INTEGER NOT NULL
) STRICT;

CREATE TABLE feed (
  seq         INTEGER PRIMARY KEY,
  time        INTEGER NOT NULL,
  kind        TEXT NOT NULL,
  resources   TEXT NOT NULL,
  payload     BLOB NOT NULL,
  traceparent TEXT NOT NULL
) STRICT;

CREATE TABLE idempotency (
  request_id   TEXT NOT NULL,
  principal    TEXT NOT NULL,
  method       TEXT NOT NULL,
  request_hash BLOB NOT NULL,
  resources    TEXT NOT NULL,
  create_time  INTEGER NOT NULL,
  PRIMARY KEY (request_id, principal, method)
) STRICT, WITHOUT ROWID;

CREATE TABLE timer (
  due_time INTEGER NOT NULL,
  kind     TEXT NOT NULL,
  resource TEXT NOT NULL,
  attempt  INTEGER NOT NULL,
  PRIMARY KEY (kind, resource)
) STRICT;
CREATE INDEX timer_by_due ON timer (due_time, kind, resource);
)sql"},
    {"subscriptions, parked events", R"sql(
-- How far the feed of another service was followed, and which process of this one may go on. The incarnation is empty until
-- it is known.
CREATE TABLE subscription (
  feed              TEXT PRIMARY KEY,
  incarnation       TEXT NOT NULL,
  seq               INTEGER NOT NULL,
  epoch             INTEGER NOT NULL,
  owner             TEXT NOT NULL,
  lease_expire_time INTEGER NOT NULL
) STRICT;

-- Numbered in the order in which they were parked. `payload` is the whole event with its envelope.
CREATE TABLE parked_event (
  number          INTEGER PRIMARY KEY,
  parked_event_id TEXT NOT NULL UNIQUE,
  feed            TEXT NOT NULL,
  incarnation     TEXT NOT NULL,
  seq             INTEGER NOT NULL,
  kind            TEXT NOT NULL,
  resources       TEXT NOT NULL,
  payload         BLOB NOT NULL,
  state           INTEGER NOT NULL,
  reason          TEXT NOT NULL,
  park_time       INTEGER NOT NULL,
  settle_time     INTEGER,
  settled_by      TEXT,
  UNIQUE (feed, incarnation, seq)
) STRICT;
CREATE INDEX parked_event_waiting ON parked_event (feed, number) WHERE state = 1;

-- The resources of the parked events that wait.
CREATE TABLE parked_resource (
  feed        TEXT NOT NULL,
  incarnation TEXT NOT NULL,
  resource    TEXT NOT NULL,
  number      INTEGER NOT NULL,
  PRIMARY KEY (feed, incarnation, resource, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX parked_resource_by_number ON parked_resource (number);
)sql"},
    {"history of the feed, secrets for the hashes of requests", R"sql(
-- Which commit wrote an event (common/storage/cursor.h); 0 for those that were there before this step.
ALTER TABLE feed ADD COLUMN commit_id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE feed_head ADD COLUMN commit_id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE subscription ADD COLUMN commit_id INTEGER NOT NULL DEFAULT 0;
-- Why the feed cannot be followed until an operator has decided; empty where it can.
ALTER TABLE subscription ADD COLUMN broken TEXT NOT NULL DEFAULT '';

-- common/storage/request_secrets.h
CREATE TABLE request_secret (
  day    INTEGER PRIMARY KEY,
  secret BLOB NOT NULL
) STRICT;
)sql"},
    {"replicas", R"sql(
-- common/storage/replicas.h; `process` is the value of feed_head.starts with which it started.
CREATE TABLE replica (
  number      INTEGER PRIMARY KEY,
  process     INTEGER NOT NULL,
  expire_time INTEGER NOT NULL
) STRICT;
)sql"},
    {"audit log", R"sql(
-- common/storage/audit_log.h
CREATE TABLE audit (
  number  INTEGER PRIMARY KEY,
  content BLOB NOT NULL,
  hash    BLOB NOT NULL
) STRICT;

CREATE TABLE audit_resource (
  resource TEXT NOT NULL,
  number   INTEGER NOT NULL,
  PRIMARY KEY (resource, number)
) STRICT, WITHOUT ROWID;

-- The newest entry; no hash where there is none.
ALTER TABLE feed_head ADD COLUMN audit_number INTEGER NOT NULL DEFAULT 0;
ALTER TABLE feed_head ADD COLUMN audit_hash BLOB;
)sql"},
    {"versions behind a restore", R"sql(
-- What is written from now on has at least this version (Transaction::NextVersion); 0: whatever follows.
ALTER TABLE feed_head ADD COLUMN version_floor INTEGER NOT NULL DEFAULT 0;
)sql"},
};

absl::Status Take(Transaction& transaction, absl::Time now, absl::Duration lease, Start& start) {
  ASSIGN_OR_RETURN(start.replica, TakeReplica(transaction, start.process, now, lease));
  return absl::OkStatus();
}

absl::Status MigrationUnfinished() {
  return Error(
      absl::StatusCode::kFailedPrecondition, "MIGRATION_UNFINISHED",
      "Another database is being moved here, and not all of it has come. Run the same `dangol migrate` again, to its "
      "end.");
}

absl::Status NoDatabase() {
  return Error(absl::StatusCode::kFailedPrecondition, "DATABASE_PATH",
               "no service has run on this database yet. Name the one that was put back.");
}

absl::Status Renew(Transaction& transaction, Runtime& runtime) {
  bool unfinished = false;
  RETURN_IF_ERROR(transaction.Query("SELECT incarnation FROM feed_head WHERE singleton = 1", {},
                                    [&](const Row& row) { unfinished = row.Bytes(0) == kUnfinishedIncarnation; }));
  if (unfinished) return MigrationUnfinished();
  ASSIGN_OR_RETURN(const int64_t changed,
                   transaction.Change("UPDATE feed_head SET incarnation = $1, "
                                      "version_floor = CASE WHEN version_floor < $2 THEN $2 ELSE version_floor + 1 END "
                                      "WHERE singleton = 1",
                                      {RandomUuid(runtime), absl::ToUnixMicros(runtime.Now())}));
  return changed == 1 ? absl::OkStatus() : NoDatabase();
}

}  // namespace

Schema CoreSchema() { return {"core", kMigrations}; }

absl::StatusOr<Start> RecordStart(WriteConnection& connection, Runtime& runtime, absl::Duration lease) {
  ASSIGN_OR_RETURN(Transaction * transaction, connection.Begin());
  Start start;
  absl::Status status = transaction->Query(
      "INSERT INTO feed_head (singleton, last_seq, incarnation, starts) VALUES (1, 0, $1, 1) "
      "ON CONFLICT (singleton) DO UPDATE SET starts = feed_head.starts + 1 RETURNING incarnation, starts, last_seq",
      {RandomUuid(runtime)}, [&](const Row& row) {
        start = {row.Text(0), row.Integer(2), row.Integer(1), {}};
      });
  if (status.ok() && start.incarnation == kUnfinishedIncarnation) status = MigrationUnfinished();
  if (status.ok()) status = Take(*transaction, runtime.Now(), lease, start);
  if (status.ok()) status = connection.Commit();
  if (!status.ok()) {
    connection.Rollback();
    return status;
  }
  return start;
}

absl::Status CheckMade(WriteConnection& connection) {
  RETURN_IF_ERROR(connection.Begin().status());
  const absl::StatusOr<bool> made = connection.HasTable("feed_head");
  connection.Rollback();
  if (!made.ok()) return made.status();
  return *made ? absl::OkStatus() : NoDatabase();
}

absl::Status RenewIncarnation(WriteConnection& connection, Runtime& runtime) {
  ASSIGN_OR_RETURN(Transaction * transaction, connection.Begin());
  absl::Status status = Renew(*transaction, runtime);
  if (status.ok()) status = connection.Commit();
  if (!status.ok()) connection.Rollback();
  return status;
}

}  // namespace dangol::storage
