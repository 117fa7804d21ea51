#include "cli/migrate/migration.h"

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace dangol::cli {

using storage::Snapshot;

absl::StatusOr<std::unique_ptr<Migration>> Migration::Open(const service::Definition& definition,
                                                           const std::string& path, const std::string& url,
                                                           int64_t batch_rows) {
  std::unique_ptr<Migration> migration(new Migration(std::string(definition.name), batch_rows));
  ASSIGN_OR_RETURN(migration->source_, MigrationSource::Open(definition, path));
  ASSIGN_OR_RETURN(migration->target_, MigrationTarget::Open(definition, *migration->source_, url));
  return migration;
}

absl::Status Migration::Begin(absl::Time now) {
  RETURN_IF_ERROR(target_->Begin(now));
  return target_->View([&](Snapshot& snapshot) -> absl::Status {
    for (const auto& table : source_->tables()) {
      ASSIGN_OR_RETURN(const int64_t found,
                       snapshot.QueryInteger("SELECT to_regclass(quote_ident($1)) IS NOT NULL", {table->name()}));
      if (found != 0) continue;
      return Error(absl::StatusCode::kFailedPrecondition, "TABLE_UNKNOWN",
                   fmt::format("{} has a table {}, which no service makes. Take it out of there first.",
                               source_->path(), table->name()));
    }
    return absl::OkStatus();
  });
}

absl::StatusOr<int64_t> Migration::Sum(Snapshot& snapshot) const {
  int64_t sum = 0;
  for (const auto& table : source_->tables()) {
    ASSIGN_OR_RETURN(const int64_t rows, table->CountRows(snapshot));
    sum += rows;
  }
  return sum;
}

absl::StatusOr<int64_t> Migration::CountRows() { return Sum(source_->snapshot()); }

absl::StatusOr<int64_t> Migration::CountMovedRows() {
  int64_t rows = 0;
  RETURN_IF_ERROR(target_->View([&](Snapshot& snapshot) -> absl::Status {
    ASSIGN_OR_RETURN(rows, Sum(snapshot));
    return absl::OkStatus();
  }));
  return rows;
}

absl::StatusOr<int64_t> Migration::MoveBatch() {
  // The last table is the feed's head, which Finish writes.
  while (!finished() && table_ + 1 < source_->tables().size()) {
    const MovedTable& table = *source_->tables()[table_];
    if (!position_known_) RETURN_IF_ERROR(LookWhereToGoOn(table));
    ASSIGN_OR_RETURN(const Rows rows, table.Read(source_->snapshot(), position_, batch_rows_));
    if (rows.count > 0) {
      RETURN_IF_ERROR(target_->Insert(table, rows));
      position_ = table.LastKey(rows);
      return rows.count;
    }
    ++table_;
    position_known_ = false;
  }
  return 0;
}

absl::Status Migration::LookWhereToGoOn(const MovedTable& table) {
  position_known_ = true;
  return target_->View([&](Snapshot& snapshot) -> absl::Status {
    ASSIGN_OR_RETURN(position_, table.LastKey(snapshot));
    return absl::OkStatus();
  });
}

absl::StatusOr<std::vector<Comparison>> Migration::CompareRows() {
  std::vector<Comparison> comparisons;
  for (size_t i = 0; i + 1 < source_->tables().size(); ++i) {
    ASSIGN_OR_RETURN(comparisons.emplace_back(), Compare(*source_->tables()[i]));
  }
  return comparisons;
}

absl::StatusOr<Comparison> Migration::Compare(const MovedTable& table) {
  Comparison comparison{table.name(), {}, {}};
  ASSIGN_OR_RETURN(comparison.source, table.MakeDigest(source_->snapshot()));
  RETURN_IF_ERROR(target_->View([&](Snapshot& snapshot) -> absl::Status {
    ASSIGN_OR_RETURN(comparison.target, table.MakeDigest(snapshot));
    return absl::OkStatus();
  }));
  return comparison;
}

}  // namespace dangol::cli
