// What the tests of `dangol migrate` share: the data of a suite that has worked, and databases to move them to.
#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/cli/cli_fixture.h"
#include "tests/support/postgres_server.h"
#include "tests/support/temporary_folder.h"

namespace dangol::testing {

inline constexpr const char* kServices[] = {"tickets", "backlog", "metrics"};

// How the suite was left, see WorkSuite in the .cc: t1 to t4 answered by changes/done and t1 back again, t5 to t9 in
// changes/next, t10 as it came; backlog has parked the event that made t10, and a timer of it is due.
inline constexpr char kTrickyText[] = R"({"a\\b", NULL, \x00} '늦게'; -- $1 %s)";
inline constexpr char kTicketRequest[] = R"({"ticket":{"subject":"Late"},"requestId":"once"})";

// Each test has a copy of the folder, and three empty databases.
class MigrateTest : public ::testing::Test {
 protected:
  MigrateTest();
  ~MigrateTest() override { DropTargets(); }

  const std::string& data() const { return data_; }
  std::string Database(const std::string& service) const { return data_ + "/" + service + ".db"; }
  // With {service} in it, or of one service.
  std::string Url(const std::string& service = "{service}") const;
  PostgresSession Session(const std::string& service) const { return PostgresSession(Url(service)); }

  // `dangol migrate DATA URL` and these.
  Ended Migrate(const std::vector<std::string>& arguments = {}) const;
  // Empties the databases.
  void MakeTargetsAnew() const {
    DropTargets();
    MakeTargets();
  }

 private:
  void MakeTargets() const;
  void DropTargets() const;

  TemporaryFolder folder_;
  const std::string data_;
  const std::string prefix_;
};

// 1 and exactly one line that says why.
void ExpectRefusal(const Ended& ended, const std::string& why);

// The rows of a query, sorted; values of one row with a tab between.
std::vector<std::string> SqliteRows(const std::string& database, const std::string& sql);
std::vector<std::string> PostgresRows(const PostgresSession& session, const std::string& sql);

}  // namespace dangol::testing
