// SQLite as a Database: one file, one connection that writes, one that moves the log beside it, and readers.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "common/storage/database.h"

namespace dangol::storage {

class SqliteDatabase : public Database {
 public:
  // Makes missing folders, takes the lock file `PATH.lock` unless told not to.
  static absl::StatusOr<std::unique_ptr<Database>> Open(const std::string& path, DatabaseOptions options);
  ~SqliteDatabase() override;

  absl::StatusOr<std::unique_ptr<WriteConnection>> OpenWriter() override;
  absl::StatusOr<std::unique_ptr<ReadConnection>> OpenReader() override;
  absl::StatusOr<std::unique_ptr<WriteConnection>> Recover() override;
  absl::StatusOr<PageReport> CheckPages() override;
  int64_t SizeBytes() const override;

 private:
  SqliteDatabase(std::string path, DatabaseOptions options, int lock_descriptor)
      : path_(std::move(path)), options_(options), lock_descriptor_(lock_descriptor) {}

  const std::string path_;
  const DatabaseOptions options_;
  const int lock_descriptor_;  // -1: none
};

}  // namespace dangol::storage
