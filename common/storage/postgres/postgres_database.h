// PostgreSQL as a Database, shared by the replicas of a service: whoever holds the lock of the row in `feed_head` is
// the one writer.
#pragma once

#include <atomic>
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

  absl::StatusOr<std::unique_ptr<WriteConnection>> OpenWriter() override { return OpenWriterFrom(writer_host_); }
  // Where the last writer was. Its readers follow the writer: who reads where nothing is written any more would miss
  // what was acknowledged.
  absl::StatusOr<std::unique_ptr<ReadConnection>> OpenReader() override;
  // The server recovers by itself: a new connection is all. That the first commit on it waits for the standbys makes
  // what was committed before as safe as it is itself. Of several hosts the one that failed is tried last: it may still
  // take connections, and never answer a commit.
  absl::StatusOr<std::unique_ptr<WriteConnection>> Recover() override {
    return OpenWriterFrom(writer_host_ + (writers_opened_ > 0 ? 1 : 0));
  }
  // With the extension `amcheck`, where it is installed and this user may call it. Without, no page is examined, and
  // the report says 0.
  absl::StatusOr<PageReport> CheckPages() override;
  // Not older than 10 s; the last known while the server does not answer.
  int64_t SizeBytes() const override;

 private:
  PostgresDatabase(PostgresUrl url, DatabaseOptions options) : url_(std::move(url)), options_(options) {}

  absl::StatusOr<std::unique_ptr<WriteConnection>> OpenWriterFrom(size_t first_host);
  absl::StatusOr<std::unique_ptr<PostgresConnection>> Connect(PostgresConnection::Role role, size_t first_host,
                                                              absl::Duration time_max) const;

  const PostgresUrl url_;
  const DatabaseOptions options_;
  std::atomic<size_t> writer_host_ = 0;
  std::atomic<int64_t> writers_opened_ = 0;

  mutable std::mutex size_mutex_;
  mutable std::unique_ptr<PostgresConnection> size_connection_;
  mutable absl::Time size_time_ = absl::InfinitePast();
  mutable int64_t size_bytes_ = 0;
};

}  // namespace dangol::storage
