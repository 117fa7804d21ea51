// Every engine runs the same suites: INSTANTIATE_TEST_SUITE_P(Drivers, …, ValuesIn(Drivers()), DriverName).
#pragma once

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "common/storage/database.h"
#include "tests/support/local_service.h"
#include "tests/support/postgres_server.h"

namespace dangol::testing {

struct Driver {
  std::string name;
  // The URL of an empty database that lives as long as the folder.
  std::string (*url)(const TemporaryFolder& folder);
};

inline std::ostream& operator<<(std::ostream& out, const Driver& driver) { return out << driver.name; }

// The first is SQLite.
inline std::vector<Driver> Drivers() {
  std::vector<Driver> drivers = {
      {"sqlite", [](const TemporaryFolder& folder) { return "sqlite:" + folder.File("test.db"); }}};
  if (!WithoutPostgres()) {
    drivers.push_back({"postgresql", [](const TemporaryFolder& folder) { return PostgresDatabaseOf(folder.path()); }});
  }
  return drivers;
}

inline std::string DriverName(const ::testing::TestParamInfo<Driver>& driver) { return driver.param.name; }

}  // namespace dangol::testing
