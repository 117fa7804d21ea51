// A PostgreSQL server for a bench: private, and synced as one that keeps what it has acknowledged.
#pragma once

#include <cstdlib>
#include <string>

#include "fmt/format.h"

#include "tests/support/postgres_server.h"

namespace dangol::bench {

class PrivatePostgres {
 public:
  // The URL of a new, empty database.
  std::string NewDatabase(const std::string& name) const {
    const std::string& postgres = own_.server().UrlOf("postgres");
    testing::PostgresSession(postgres).Execute(fmt::format("CREATE DATABASE {}", name));
    return own_.server().UrlOf(name);
  }

 private:
  // Tests do without.
  const int synced_ = setenv("DANGOL_POSTGRES_FSYNC", "on", 1);
  const testing::OwnPostgresServer own_;
};

}  // namespace dangol::bench
