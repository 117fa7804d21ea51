// One service's data on their way from SQLite to PostgreSQL. It can stop anywhere: rows come in the order of their
// keys, a batch in one transaction, so the rows that are there say where to go on.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "cli/migrate/migration_source.h"
#include "cli/migrate/migration_target.h"
#include "cli/migrate/moved_table.h"

namespace dangol::cli {

struct Comparison {
  std::string table;
  Digest source;
  Digest target;

  bool equal() const { return source == target; }
};

class Migration {
 public:
  // Opens both sides, and changes nothing. `batch_rows`: at most so many in one transaction.
  static absl::StatusOr<std::unique_ptr<Migration>> Open(const service::Definition& definition, const std::string& path,
                                                         const std::string& url, int64_t batch_rows);

  const std::string& service() const { return service_; }
  MigrationTarget::State state() const { return target_->state(); }

  // Makes the target ready for rows. FAILED_PRECONDITION where the source has a table that the schema does not make.
  absl::Status Begin(absl::Time now);
  // How many rows there are, and how many of them the target has already. After Begin.
  absl::StatusOr<int64_t> CountRows();
  absl::StatusOr<int64_t> CountMovedRows();
  // Moves the next rows; returns how many, 0: all are there.
  absl::StatusOr<int64_t> MoveBatch();

  // What both sides have, table by table; the feed's head alone, which is only there when the target is finished.
  absl::StatusOr<std::vector<Comparison>> CompareRows();
  absl::StatusOr<Comparison> CompareHead() { return Compare(*source_->tables().back()); }

  // After Begin.
  MovedFeed feed() const { return {service_, source_->head().incarnation, target_->incarnation()}; }
  // As MigrationTarget::Finish.
  absl::Status Finish(const std::vector<MovedFeed>& moved) { return target_->Finish(moved); }

 private:
  Migration(std::string service, int64_t batch_rows) : service_(std::move(service)), batch_rows_(batch_rows) {}

  bool finished() const { return state() == MigrationTarget::State::kFinished; }
  absl::StatusOr<Comparison> Compare(const MovedTable& table);
  absl::Status LookWhereToGoOn(const MovedTable& table);
  absl::StatusOr<int64_t> Sum(storage::Snapshot& snapshot) const;

  const std::string service_;
  const int64_t batch_rows_;
  std::unique_ptr<MigrationSource> source_;  // below the target, whose connections use its tables
  std::unique_ptr<MigrationTarget> target_;
  size_t table_ = 0;             // that is moved now
  bool position_known_ = false;  // in this table
  std::vector<Value> position_;  // key of the last row that is there
};

}  // namespace dangol::cli
