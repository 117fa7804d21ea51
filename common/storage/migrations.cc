#include "common/storage/migrations.h"

#include <algorithm>
#include <vector>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/log.h"
#include "common/base/status_macros.h"
#include "common/base/text.h"

namespace dangol::storage {
namespace {

constexpr std::string_view kMigrationTable = R"sql(
CREATE TABLE IF NOT EXISTS schema_migration (
  component  TEXT NOT NULL,
  number     INTEGER NOT NULL,
  name       TEXT NOT NULL,
  checksum   TEXT NOT NULL,
  apply_time INTEGER NOT NULL,
  PRIMARY KEY (component, number)
) STRICT;
)sql";

// Runs `body` in a transaction as the only writer, so that of two starters the second finds the first one's work done.
absl::Status InTransaction(WriteConnection& connection, absl::FunctionRef<absl::Status(Transaction&)> body) {
  ASSIGN_OR_RETURN(Transaction * transaction, connection.Begin());
  absl::Status status = body(*transaction);
  if (status.ok()) return connection.Commit();
  connection.Rollback();
  return status;
}

absl::StatusOr<std::vector<std::string>> ReadChecksums(Snapshot& snapshot, std::string_view component) {
  std::vector<std::string> checksums;
  RETURN_IF_ERROR(snapshot.Query("SELECT checksum FROM schema_migration WHERE component = $1 ORDER BY number",
                                 {component}, [&](const Row& row) { checksums.push_back(row.Text(0)); }));
  return checksums;
}

absl::Status CheckOwner(Snapshot& snapshot, std::span<const Schema> schemas) {
  std::string other;
  RETURN_IF_ERROR(snapshot.Query("SELECT component FROM schema_migration GROUP BY component ORDER BY component", {},
                                 [&](const Row& row) {
                                   if (std::ranges::count(schemas, row.Bytes(0), &Schema::component) == 0)
                                     other = row.Text(0);
                                 }));
  if (other.empty()) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, "DATABASE_OF_ANOTHER_SERVICE",
               fmt::format("The database belongs to the service {}, and this is {}. Name that service's own database, "
                           "or an empty one for a new one.",
                           other, schemas.back().component));
}

absl::Status CheckKnown(const Schema& schema, const std::vector<std::string>& checksums) {
  if (checksums.size() > schema.migrations.size()) {
    return Error(
        absl::StatusCode::kFailedPrecondition, "SCHEMA_NEWER",
        fmt::format(
            "The database has version {} of the schema '{}'; this program knows {} only. Use the newer program.",
            checksums.size(), schema.component, schema.migrations.size()));
  }
  for (size_t i = 0; i < checksums.size(); ++i) {
    if (checksums[i] == EncodeHex(Sha256(schema.migrations[i].script))) continue;
    return Error(
        absl::StatusCode::kFailedPrecondition, "SCHEMA_CHANGED",
        fmt::format("Step {} ({}) of the schema '{}' is not the one that made this database. Use the program that did, "
                    "or begin with an empty folder or database.",
                    i + 1, schema.migrations[i].name, schema.component));
  }
  return absl::OkStatus();
}

// Applies the first step that is missing of one of the schemas; false where none is.
absl::StatusOr<bool> ApplyNext(WriteConnection& connection, Transaction& transaction, std::span<const Schema> schemas,
                               const Schema& schema, absl::Time now) {
  RETURN_IF_ERROR(CheckOwner(transaction, schemas));
  ASSIGN_OR_RETURN(const std::vector<std::string> checksums, ReadChecksums(transaction, schema.component));
  RETURN_IF_ERROR(CheckKnown(schema, checksums));
  if (checksums.size() == schema.migrations.size()) return false;
  const Migration& next = schema.migrations[checksums.size()];
  RETURN_IF_ERROR(connection.RunScript(next.script));
  RETURN_IF_ERROR(transaction.Execute(
      "INSERT INTO schema_migration (component, number, name, checksum, apply_time) VALUES ($1, $2, $3, $4, $5)",
      {schema.component, static_cast<int64_t>(checksums.size()) + 1, next.name, EncodeHex(Sha256(next.script)), now}));
  return true;
}

}  // namespace

absl::Status Migrate(WriteConnection& connection, std::span<const Schema> schemas, absl::Time now) {
  RETURN_IF_ERROR(InTransaction(connection, [&](Transaction&) { return connection.RunScript(kMigrationTable); }));
  // All are looked at before any is changed: a program that is too old for one component leaves the others alone.
  RETURN_IF_ERROR(InTransaction(connection, [&](Transaction& transaction) -> absl::Status {
    RETURN_IF_ERROR(CheckOwner(transaction, schemas));
    for (const Schema& schema : schemas) {
      ASSIGN_OR_RETURN(const std::vector<std::string> checksums, ReadChecksums(transaction, schema.component));
      RETURN_IF_ERROR(CheckKnown(schema, checksums));
    }
    return absl::OkStatus();
  }));
  for (const Schema& schema : schemas) {
    bool applied = true;
    while (applied) {
      RETURN_IF_ERROR(InTransaction(connection, [&](Transaction& transaction) -> absl::Status {
        ASSIGN_OR_RETURN(applied, ApplyNext(connection, transaction, schemas, schema, now));
        return absl::OkStatus();
      }));
    }
  }
  return absl::OkStatus();
}

absl::Status MakeSchema(WriteConnection& connection, Transaction& transaction, std::span<const Schema> schemas,
                        absl::Time now) {
  RETURN_IF_ERROR(connection.RunScript(kMigrationTable));
  for (const Schema& schema : schemas) {
    bool applied = true;
    while (applied) {
      ASSIGN_OR_RETURN(applied, ApplyNext(connection, transaction, schemas, schema, now));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckNewest(Snapshot& snapshot, std::span<const Schema> schemas) {
  RETURN_IF_ERROR(CheckOwner(snapshot, schemas));
  for (const Schema& schema : schemas) {
    ASSIGN_OR_RETURN(const std::vector<std::string> checksums, ReadChecksums(snapshot, schema.component));
    RETURN_IF_ERROR(CheckKnown(schema, checksums));
    if (checksums.size() == schema.migrations.size()) continue;
    return Error(
        absl::StatusCode::kFailedPrecondition, "SCHEMA_OLDER",
        fmt::format("The database has version {} of the schema '{}', and this program makes {}. Start the service "
                    "of this version on it once.",
                    checksums.size(), schema.component, schema.migrations.size()));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::map<std::string, int64_t>> ReadSchemaVersions(Snapshot& snapshot) {
  std::map<std::string, int64_t> versions;
  RETURN_IF_ERROR(
      snapshot.Query("SELECT component, MAX(number) FROM schema_migration GROUP BY component ORDER BY component", {},
                     [&](const Row& row) { versions[row.Text(0)] = row.Integer(1); }));
  return versions;
}

}  // namespace dangol::storage
