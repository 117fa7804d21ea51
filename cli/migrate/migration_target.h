// The PostgreSQL database that `dangol migrate` moves a service to.
//
// It is new (without tables), unfinished or finished. The first transaction makes the tables and writes down in
// `migrated_from` whose data come here; while they come, `feed_head` has the incarnation kUnfinishedIncarnation, with
// which no service starts.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "cli/migrate/migration_source.h"
#include "common/service/service.h"
#include "common/storage/database.h"

namespace dangol::cli {

// A feed whose database was moved.
struct MovedFeed {
  std::string name;             // of the service
  std::string old_incarnation;  // in the source
  std::string new_incarnation;  // in the target
};

class MigrationTarget {
 public:
  enum class State { kNew, kUnfinished, kFinished };

  // Connects, and changes nothing. Errors are one line that names the database: it is not there, it holds something
  // else, the source was used since this was begun, its service has run here.
  static absl::StatusOr<std::unique_ptr<MigrationTarget>> Open(const service::Definition& definition,
                                                               const MigrationSource& source, const std::string& url);

  State state() const { return state_; }
  // Of the feed that it has when it is finished. Known from Begin on.
  const std::string& incarnation() const { return incarnation_; }

  // Makes a new one an unfinished one, with the service's tables, in one transaction.
  absl::Status Begin(absl::Time now);
  // One transaction.
  absl::Status Insert(const MovedTable& table, const Rows& rows);
  // Gives the feed its head. `moved`: all feeds that were moved beside it, its own too: who follows one of them goes on
  // in the new one. From then on a service may be started.
  absl::Status Finish(const std::vector<MovedFeed>& moved);

  // A view that lasts as long as `body` runs.
  absl::Status View(absl::FunctionRef<absl::Status(storage::Snapshot&)> body);

 private:
  MigrationTarget(const service::Definition& definition, const MigrationSource& source, std::string shown);

  absl::Status Connect(const std::string& url);
  absl::Status Look(storage::Snapshot& snapshot);
  absl::Status LookAtHead(storage::Snapshot& snapshot);
  absl::Status InTransaction(absl::FunctionRef<absl::Status(storage::Transaction&)> body);
  absl::Status AtPlace(const absl::Status& status) const;

  const service::Definition& definition_;
  const std::string source_path_;
  const FeedHead source_head_;
  const storage::AuditHead source_audit_head_;
  const int64_t source_version_floor_;
  const std::string shown_;  // the URL without its secrets
  State state_ = State::kNew;
  std::string incarnation_;
  std::unique_ptr<storage::Database> database_;
  std::unique_ptr<storage::WriteConnection> writer_;
  std::unique_ptr<storage::ReadConnection> reader_;
};

}  // namespace dangol::cli
