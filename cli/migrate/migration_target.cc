#include "cli/migrate/migration_target.h"

#include <utility>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/status_macros.h"
#include "common/storage/core_schema.h"
#include "common/storage/migrations.h"

namespace dangol::cli {
namespace {

using storage::Row;
using storage::Snapshot;
using storage::Transaction;

// To count the rows of a large table takes longer than anything that a service does.
constexpr absl::Duration kStatementTimeMax = absl::Minutes(10);

// One row: whose data come here, how they were when that began, and the identity that the feed gets.
constexpr std::string_view kMarkerTable = R"sql(
CREATE TABLE migrated_from (
  singleton          INTEGER PRIMARY KEY CHECK (singleton = 1),
  service            TEXT NOT NULL,
  source_incarnation TEXT NOT NULL,
  source_last_seq    INTEGER NOT NULL,
  source_starts      INTEGER NOT NULL,
  incarnation        TEXT NOT NULL
) STRICT;
)sql";

absl::Status NotEmpty(std::string_view problem) {
  return Error(absl::StatusCode::kFailedPrecondition, "TARGET_NOT_EMPTY",
               fmt::format("{} Name an empty database, or make this one anew (dropdb, createdb).", problem));
}

absl::StatusOr<bool> IsTrue(Snapshot& snapshot, storage::Sql sql) {
  ASSIGN_OR_RETURN(const int64_t value, snapshot.QueryInteger(sql, {}));
  return value != 0;
}

}  // namespace

MigrationTarget::MigrationTarget(const service::Definition& definition, const MigrationSource& source,
                                 std::string shown)
    : definition_(definition),
      source_path_(source.path()),
      source_head_(source.head()),
      source_audit_head_(source.audit_head()),
      source_version_floor_(source.version_floor()),
      shown_(std::move(shown)) {}

absl::StatusOr<std::unique_ptr<MigrationTarget>> MigrationTarget::Open(const service::Definition& definition,
                                                                       const MigrationSource& source,
                                                                       const std::string& url) {
  std::unique_ptr<MigrationTarget> target(new MigrationTarget(definition, source, storage::ShownUrl(url)));
  RETURN_IF_ERROR(target->AtPlace(target->Connect(url)));
  RETURN_IF_ERROR(target->View([&](Snapshot& snapshot) { return target->Look(snapshot); }));
  return target;
}

absl::Status MigrationTarget::Connect(const std::string& url) {
  ASSIGN_OR_RETURN(database_, storage::OpenDatabase(url, {.statement_time_max = kStatementTimeMax}));
  ASSIGN_OR_RETURN(writer_, database_->OpenWriter());
  ASSIGN_OR_RETURN(reader_, database_->OpenReader());
  return absl::OkStatus();
}

absl::Status MigrationTarget::Look(Snapshot& snapshot) {
  ASSIGN_OR_RETURN(const bool has_tables, IsTrue(snapshot,
                                                 "SELECT COUNT(*) > 0 FROM pg_class WHERE relkind IN ('r', 'p') AND "
                                                 "relnamespace = current_schema()::text::regnamespace"));
  if (!has_tables) {
    // Since PostgreSQL 15 who may connect to a database may not make tables in it.
    ASSIGN_OR_RETURN(const bool may_create,
                     IsTrue(snapshot, "SELECT has_schema_privilege(current_schema()::text, 'CREATE')"));
    if (may_create) return absl::OkStatus();
    return Error(absl::StatusCode::kPermissionDenied, "TARGET_ACCESS",
                 "this user may not make tables in it. Make the user its owner: ALTER DATABASE … OWNER TO ….");
  }
  ASSIGN_OR_RETURN(const bool has_marker, IsTrue(snapshot, "SELECT to_regclass('migrated_from') IS NOT NULL"));
  if (!has_marker) return NotEmpty("it has tables already.");
  FeedHead began;
  std::string service;
  RETURN_IF_ERROR(snapshot.Query(
      "SELECT service, source_incarnation, source_last_seq, source_starts, incarnation FROM migrated_from", {},
      [&](const Row& row) {
        service = row.Text(0);
        began = {row.Text(1), row.Integer(2), row.Integer(3)};
        incarnation_ = row.Text(4);
      }));
  if (service != definition_.name || began.incarnation != source_head_.incarnation) {
    return NotEmpty(fmt::format("it has what was moved from another database than {}.", source_path_));
  }
  if (began != source_head_) {
    return Error(absl::StatusCode::kFailedPrecondition, "SOURCE_CHANGED",
                 fmt::format("a service has run on {} since it was moved here, or began to be. Make the target anew "
                             "(dropdb, createdb) and move all of it.",
                             source_path_));
  }
  return LookAtHead(snapshot);
}

absl::Status MigrationTarget::LookAtHead(Snapshot& snapshot) {
  std::string incarnation;
  int64_t starts = 0;
  RETURN_IF_ERROR(
      snapshot.Query("SELECT incarnation, starts FROM feed_head WHERE singleton = 1", {}, [&](const Row& row) {
        incarnation = row.Text(0);
        starts = row.Integer(1);
      }));
  state_ = incarnation == storage::kUnfinishedIncarnation ? State::kUnfinished : State::kFinished;
  if (state_ == State::kUnfinished || starts == source_head_.starts) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, "TARGET_IN_USE",
               fmt::format("{} was moved here, and the service has run here since: nothing is left to move, and what "
                           "differs now is its work. The other services are moved with --only.",
                           source_path_));
}

absl::Status MigrationTarget::Begin(absl::Time now) {
  if (state_ != State::kNew) return absl::OkStatus();
  incarnation_ = RandomUuid(RealRuntime());
  // At once: between the tables and the mark a service could start here, and make a feed of its own.
  RETURN_IF_ERROR(InTransaction([&](Transaction& transaction) -> absl::Status {
    RETURN_IF_ERROR(writer_->RunScript(kMarkerTable));
    RETURN_IF_ERROR(transaction.Execute(
        "INSERT INTO migrated_from (singleton, service, source_incarnation, source_last_seq, source_starts, "
        "incarnation) VALUES (1, $1, $2, $3, $4, $5)",
        {definition_.name, source_head_.incarnation, source_head_.last_seq, source_head_.starts, incarnation_}));
    const storage::Schema schemas[] = {storage::CoreSchema(), definition_.schema};
    RETURN_IF_ERROR(storage::MakeSchema(*writer_, transaction, schemas, now));
    return transaction.Execute("INSERT INTO feed_head (singleton, last_seq, incarnation, starts) VALUES (1, 0, $1, 0)",
                               {storage::kUnfinishedIncarnation});
  }));
  state_ = State::kUnfinished;
  return absl::OkStatus();
}

absl::Status MigrationTarget::Insert(const MovedTable& table, const Rows& rows) {
  return InTransaction([&](Transaction& transaction) { return table.Insert(transaction, rows); });
}

absl::Status MigrationTarget::Finish(const std::vector<MovedFeed>& moved) {
  if (state_ == State::kFinished) return absl::OkStatus();
  RETURN_IF_ERROR(InTransaction([&](Transaction& transaction) -> absl::Status {
    // What is parked holds up later events of the feed under the incarnation under which it is followed: both go over.
    for (const MovedFeed& feed : moved) {
      RETURN_IF_ERROR(
          transaction.Execute("UPDATE subscription SET incarnation = $3 WHERE feed = $1 AND incarnation = $2",
                              {feed.name, feed.old_incarnation, feed.new_incarnation}));
      RETURN_IF_ERROR(
          transaction.Execute("UPDATE parked_event SET incarnation = $3 WHERE feed = $1 AND incarnation = $2",
                              {feed.name, feed.old_incarnation, feed.new_incarnation}));
      RETURN_IF_ERROR(
          transaction.Execute("UPDATE parked_resource SET incarnation = $3 WHERE feed = $1 AND incarnation = $2",
                              {feed.name, feed.old_incarnation, feed.new_incarnation}));
    }
    RETURN_IF_ERROR(
        transaction.Execute("UPDATE feed_head SET last_seq = $1, incarnation = $2, starts = $3, commit_id = "
                            "COALESCE((SELECT commit_id FROM feed WHERE seq = $1), 0), audit_number = $4, "
                            "audit_hash = $5, version_floor = $6 WHERE singleton = 1",
                            {source_head_.last_seq, incarnation_, source_head_.starts, source_audit_head_.number,
                             storage::HashParam(source_audit_head_), source_version_floor_}));
    // Without it the first plans are made for empty tables.
    return writer_->RunScript("ANALYZE;");
  }));
  state_ = State::kFinished;
  return absl::OkStatus();
}

absl::Status MigrationTarget::View(absl::FunctionRef<absl::Status(Snapshot&)> body) {
  absl::StatusOr<Snapshot*> snapshot = reader_->Begin(absl::InfiniteDuration());
  if (!snapshot.ok()) return AtPlace(snapshot.status());
  const absl::Status status = body(**snapshot);
  reader_->End();
  return AtPlace(status);
}

absl::Status MigrationTarget::InTransaction(absl::FunctionRef<absl::Status(Transaction&)> body) {
  absl::StatusOr<Transaction*> transaction = writer_->Begin();
  if (!transaction.ok()) return AtPlace(transaction.status());
  absl::Status status = body(**transaction);
  if (status.ok()) status = writer_->Commit();
  if (!status.ok()) writer_->Rollback();
  return AtPlace(status);
}

absl::Status MigrationTarget::AtPlace(const absl::Status& status) const {
  if (status.ok()) return status;
  // Without a delay: nothing tries again by itself.
  const std::string message(status.message());
  const bool is_named = message.find(shown_) != std::string::npos;
  return Error(status.code(), ErrorReason(status), is_named ? message : fmt::format("{}: {}", shown_, message));
}

}  // namespace dangol::cli
