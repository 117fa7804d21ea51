// The SQLite database that `dangol migrate` moves a service from. It is only read.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "cli/migrate/moved_table.h"
#include "common/service/service.h"
#include "common/storage/audit_log.h"
#include "common/storage/database.h"

namespace dangol::cli {

// What tells whether a service has run on a database since it was last looked at: every start counts.
struct FeedHead {
  std::string incarnation;
  int64_t last_seq = 0;
  int64_t starts = 0;

  bool operator==(const FeedHead&) const = default;
};

class MigrationSource {
 public:
  // Takes the database's lock until it is destroyed, so that no service changes what is read. Errors are one line that
  // names the file: in use, no database of Dangol's, not of this version, never used.
  static absl::StatusOr<std::unique_ptr<MigrationSource>> Open(const service::Definition& definition,
                                                               const std::string& path);

  const std::string& path() const { return path_; }
  const FeedHead& head() const { return head_; }
  const storage::AuditHead& audit_head() const { return audit_head_; }
  // storage::RenewIncarnation
  int64_t version_floor() const { return version_floor_; }
  // `feed_head` is the last one.
  const std::vector<std::unique_ptr<MovedTable>>& tables() const { return tables_; }
  // The same view all the time.
  storage::Snapshot& snapshot() { return *snapshot_; }

 private:
  explicit MigrationSource(std::string path) : path_(std::move(path)) {}
  absl::Status Read(const service::Definition& definition);

  const std::string path_;
  FeedHead head_;
  storage::AuditHead audit_head_;
  int64_t version_floor_ = 0;
  std::vector<std::unique_ptr<MovedTable>> tables_;
  std::unique_ptr<storage::Database> database_;
  std::unique_ptr<storage::ReadConnection> reader_;
  storage::Snapshot* snapshot_ = nullptr;
};

}  // namespace dangol::cli
