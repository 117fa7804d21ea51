// PostgreSQL as a Database, shared by the replicas of a service: whoever holds the lock of the row in `feed_head` is
// the one writer.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/storage/database.h"
#include "common/storage/postgres/postgres_connection.h"
#include "common/storage/postgres/postgres_url.h"

namespace dangol::storage {

class PostgresDatabase : public Database {
 public:
  // Connects to nothing yet. INVALID_ARGUMENT where the URL is none.
  static absl::StatusOr<std::unique_ptr<Database>> Open(std::string_view url, DatabaseOptions options);

  absl::StatusOr<std::unique_ptr<WriteConnection>> OpenWriter() override;
  absl::StatusOr<std::unique_ptr<ReadConnection>> OpenReader() override;
  // The server recovers by itself: a new connection is all. That the first commit on it waits for the standbys makes
  // what was committed before as safe as it is itself.
  absl::StatusOr<std::unique_ptr<WriteConnection>> Recover() override { return OpenWriter(); }
  // With the extension `amcheck`, where it is installed and this user may call it. Without, no page is examined, and
  // the report says 0.
  absl::StatusOr<PageReport> CheckPages() override;
  // Not older than 10 s; the last known while the server does not answer.
  int64_t SizeBytes() const override;

 private:
  PostgresDatabase(PostgresUrl url, DatabaseOptions options) : url_(std::move(url)), options_(options) {}

  const PostgresUrl url_;
  const DatabaseOptions options_;

  mutable std::mutex size_mutex_;
  mutable std::unique_ptr<PostgresConnection> size_connection_;
  mutable absl::Time size_time_ = absl::InfinitePast();
  mutable int64_t size_bytes_ = 0;
};

}  // namespace dangol::storage
