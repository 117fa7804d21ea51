#include "cli/migrate/migration_source.h"

#include <algorithm>
#include <utility>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/storage/core_schema.h"
#include "common/storage/migrations.h"

namespace dangol::cli {

using storage::Row;

absl::StatusOr<std::unique_ptr<MigrationSource>> MigrationSource::Open(const service::Definition& definition,
                                                                       const std::string& path) {
  std::unique_ptr<MigrationSource> source(new MigrationSource(path));
  const absl::Status status = source->Read(definition);
  if (status.ok()) return source;
  const std::string message(status.message());
  // Most errors of opening name the file; those of what is in it do not.
  if (message.find(path) != std::string::npos) return status;
  return Error(status.code(), ErrorReason(status), fmt::format("{}: {}", path, message));
}

absl::Status MigrationSource::Read(const service::Definition& definition) {
  ASSIGN_OR_RETURN(database_, storage::OpenDatabase("sqlite:" + path_));
  ASSIGN_OR_RETURN(reader_, database_->OpenReader());
  ASSIGN_OR_RETURN(snapshot_, reader_->Begin(absl::InfiniteDuration()));
  ASSIGN_OR_RETURN(const int64_t is_ours,
                   snapshot_->QueryInteger("SELECT COUNT(*) FROM sqlite_schema WHERE name = 'schema_migration'", {}));
  if (is_ours == 0) {
    return Error(absl::StatusCode::kFailedPrecondition, "NO_DATABASE",
                 "it is not a database of Dangol's. Name the folder that a service had as --data.");
  }
  const storage::Schema schemas[] = {storage::CoreSchema(), definition.schema};
  RETURN_IF_ERROR(storage::CheckNewest(*snapshot_, schemas));
  RETURN_IF_ERROR(
      snapshot_->Query("SELECT incarnation, last_seq, starts, version_floor FROM feed_head WHERE singleton = 1", {},
                       [&](const Row& row) {
                         head_ = {row.Text(0), row.Integer(1), row.Integer(2)};
                         version_floor_ = row.Integer(3);
                       }));
  if (head_.starts == 0) {
    return Error(absl::StatusCode::kFailedPrecondition, "NO_DATABASE",
                 "no service has ever run on it, so there is nothing to move. Let the service make a new database.");
  }
  ASSIGN_OR_RETURN(audit_head_, storage::ReadAuditHead(*snapshot_));
  ASSIGN_OR_RETURN(tables_, ReadCatalogue(*snapshot_));
  std::ranges::stable_partition(tables_, [](const auto& table) { return table->name() != "feed_head"; });
  return absl::OkStatus();
}

}  // namespace dangol::cli
