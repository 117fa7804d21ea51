// The PostgreSQL server that tests/support/postgres.sh has started, and databases of it for tests.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/support/temporary_folder.h"

namespace dangol::testing {

// Told by DANGOL_WITHOUT_POSTGRES=1.
bool WithoutPostgres();
// Told by DANGOL_TEST_DRIVER=postgresql: the tests that know one engine use this one.
bool OnPostgres();

// Ends the program with a line that says what to do where there is no server.
struct PostgresServer {
  std::string folder;  // of its socket and its data; whoever reaches the socket is let in
  int port;            // of the socket, and of 127.0.0.1, where a password is wanted
  std::string password;

  static const PostgresServer& Get();
  std::string UrlOf(const std::string& database) const;
};

// A server that a test may do anything with.
class OwnPostgresServer {
 public:
  OwnPostgresServer();
  ~OwnPostgresServer();
  OwnPostgresServer(const OwnPostgresServer&) = delete;
  OwnPostgresServer& operator=(const OwnPostgresServer&) = delete;

  const PostgresServer& server() const { return server_; }
  // Ends every process of it at once, and starts it again.
  void Crash() const { Run("crash"); }
  void Resume() const { Run("resume"); }

 private:
  void Run(const std::string& command) const;

  TemporaryFolder folder_;
  PostgresServer server_{};
};

// The URL of a database that belongs to the folder: empty the first time that it is asked for, gone some time after the
// folder.
std::string PostgresDatabaseOf(const std::string& folder);

// A connection from outside of the service that owns the database. Constraints do not hold for it, and a mistake ends
// the program.
class PostgresSession {
 public:
  explicit PostgresSession(const std::string& url);
  ~PostgresSession();
  PostgresSession(const PostgresSession&) = delete;
  PostgresSession& operator=(const PostgresSession&) = delete;

  using Each = std::function<void(const std::vector<std::string>& row)>;
  void ForEachRow(const std::string& sql, const Each& each) const;
  void Execute(const std::string& sql) const {
    ForEachRow(sql, [](const auto&) {});
  }

 private:
  void* const handle_;  // PGconn
};

}  // namespace dangol::testing
