// A PostgreSQL server of the test's own, and the tickets service as a process on it.
#pragma once

#include <string>

#include "gtest/gtest.h"

#include "tests/support/postgres_server.h"
#include "tests/support/service_process.h"

namespace dangol::testing {

class ServerFixture : public ::testing::Test {
 protected:
  // More than anything takes.

  // Makes the empty database `tickets`, of the user `service`, who is no superuser.
  void SetUp() override;

  // Over TCP, as `service`. `options`: `?sslmode=…` or nothing.
  std::string Url(const std::string& options = "") const;
  void Run(const std::string& sql, const std::string& database = "postgres") const {
    PostgresSession(own_.server().UrlOf(database)).Execute(sql);
  }
  // Of the first row and column.
  std::string Look(const std::string& sql) const;

  // The service is started on `url`, does not come up, and says so in one line without a password.
  void ExpectRefusal(const std::string& url, const std::string& says) const;
  void StartService(const std::string& url);

  // A ticket of this subject. The answer is there by the deadline, whatever it is.
  absl::Status Create(const std::string& subject, absl::Duration deadline = absl::Seconds(5)) const;
  // Until a write goes well again.
  void ExpectRecovery();
  // Until GetStatus says so; what it said then.
  api::v1::GetStatusResponse WaitForState(api::v1::GetStatusResponse::State state);

  const OwnPostgresServer own_;
  ServiceProcess service_{DANGOL_TICKETS_BINARY, "tickets"};
};

}  // namespace dangol::testing
