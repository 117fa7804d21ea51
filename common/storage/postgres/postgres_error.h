// PostgreSQL's errors, translated once. Its own texts go to the log alone.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

#include "common/storage/postgres/postgres_url.h"

namespace dangol::storage {

struct PostgresError {
  absl::Status status;  // ready for a client
  bool broken = false;  // nothing may be tried on the connection again
};

// Of a statement. `state` is its SQLSTATE, `text` what the server says, `what` the statement.
PostgresError TranslateStatementError(std::string_view state, std::string_view text, std::string_view what);

// A snapshot was held longer than it may be.
absl::Status ReadTooLong();

// The connection was lost, or the server did not answer in time.
absl::Status ConnectionLost(std::string_view detail);

// Why a connection to `host` was not made, for the operator: one line with a remedy. `text` is libpq's, with the
// SQLSTATE in it where the server gave one.
absl::Status ConnectError(const PostgresUrl::Host& host, std::string_view text);

}  // namespace dangol::storage
