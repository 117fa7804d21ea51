#include "tests/support/postgres_server.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include <libpq-fe.h>

#include "tests/support/child_process.h"

namespace dangol::testing {
namespace {

bool IsSet(const char* variable, const char* value) {
  const char* found = std::getenv(variable);
  return found != nullptr && std::strcmp(found, value) == 0;
}

PGconn* Handle(void* handle) { return static_cast<PGconn*>(handle); }

PostgresServer ReadServer(const std::string& folder) {
  PostgresServer found{};
  std::ifstream(folder + "/server") >> found.folder >> found.port >> found.password;
  return found;
}

std::string Bytes(const PGresult* result, int row, int column) {
  constexpr Oid kBytea = 17;
  const char* text = PQgetvalue(result, row, column);
  if (PQftype(result, column) != kBytea) return text;
  size_t size = 0;
  const std::unique_ptr<unsigned char, decltype(&PQfreemem)> bytes(
      PQunescapeBytea(reinterpret_cast<const unsigned char*>(text), &size), PQfreemem);
  return {reinterpret_cast<const char*>(bytes.get()), size};
}

// Ends whoever is connected to a database and leaves neither settings nor anything in it: a tenth of what it takes to
// make another one.
void Empty(const PostgresServer& server, const std::string& database) {
  constexpr int kWaitMilliseconds = 60'000;
  PostgresSession(server.UrlOf("postgres"))
      .Execute(fmt::format("SELECT pg_terminate_backend(pid, {}) FROM pg_stat_activity WHERE datname = '{}';"
                           "ALTER DATABASE {} RESET ALL",
                           kWaitMilliseconds, database, database));
  PostgresSession(server.UrlOf(database))
      .Execute("SET client_min_messages = warning; DROP SCHEMA public CASCADE; CREATE SCHEMA public");
}

}  // namespace

bool WithoutPostgres() { return IsSet("DANGOL_WITHOUT_POSTGRES", "1"); }
bool OnPostgres() { return IsSet("DANGOL_TEST_DRIVER", "postgresql"); }

const PostgresServer& PostgresServer::Get() {
  static const PostgresServer server = [] {
    const PostgresServer found = ReadServer(DANGOL_TEST_POSTGRES_FOLDER);
    if (found.password.empty()) {
      fmt::print(stderr,
                 "There is no PostgreSQL server for tests. ctest starts one by itself; by hand: {} start {}. "
                 "DANGOL_WITHOUT_POSTGRES=1 leaves it out.\n",
                 DANGOL_TEST_POSTGRES_SCRIPT, DANGOL_TEST_POSTGRES_FOLDER);
      std::exit(1);
    }
    return found;
  }();
  return server;
}

OwnPostgresServer::OwnPostgresServer() {
  Run("start");
  server_ = ReadServer(folder_.path());
}

OwnPostgresServer::~OwnPostgresServer() { Run("stop"); }

void OwnPostgresServer::Run(const std::string& command) const {
  const Ended ended = RunToEnd(DANGOL_TEST_POSTGRES_SCRIPT, {command, folder_.path()});
  if (ended.code == 0) return;
  fmt::print(stderr, "{} {}: {}\n", DANGOL_TEST_POSTGRES_SCRIPT, command, ended.errors);
  std::abort();
}

std::string PostgresServer::UrlOf(const std::string& database) const {
  return fmt::format("postgresql://dangol@/{}?host={}&port={}", database, folder, port);
}

std::string PostgresDatabaseOf(const std::string& folder) {
  static std::map<std::string, std::string> names;  // by folder
  static std::vector<std::string> unused;
  const PostgresServer& server = PostgresServer::Get();
  if (!names.contains(folder)) {
    std::erase_if(names, [&](const auto& entry) {
      if (std::filesystem::exists(entry.first)) return false;
      Empty(server, entry.second);
      unused.push_back(entry.second);
      return true;
    });
    if (unused.empty()) {
      static int count = 0;
      unused.push_back(fmt::format("test_{}_{}", getpid(), ++count));
      PostgresSession(server.UrlOf("postgres")).Execute(fmt::format("CREATE DATABASE {}", unused.back()));
    }
    names[folder] = std::move(unused.back());
    unused.pop_back();
  }
  return server.UrlOf(names[folder]);
}

PostgresSession::PostgresSession(const std::string& url) : handle_(PQconnectdb(url.c_str())) {
  if (PQstatus(Handle(handle_)) != CONNECTION_OK) {
    fmt::print(stderr, "{}\n", PQerrorMessage(Handle(handle_)));
    std::abort();
  }
  Execute("SET session_replication_role = replica");
}

PostgresSession::~PostgresSession() { PQfinish(Handle(handle_)); }

void PostgresSession::ForEachRow(const std::string& sql, const Each& each) const {
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(Handle(handle_), sql.c_str()), PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
    fmt::print(stderr, "{}: {}\n", sql, PQerrorMessage(Handle(handle_)));
    std::abort();
  }
  for (int row = 0; row < PQntuples(result.get()); ++row) {
    std::vector<std::string> values;
    for (int column = 0; column < PQnfields(result.get()); ++column) values.push_back(Bytes(result.get(), row, column));
    each(values);
  }
}

}  // namespace dangol::testing
