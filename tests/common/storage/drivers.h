// Every engine runs the same suites: INSTANTIATE_TEST_SUITE_P(Drivers, …, ValuesIn(Drivers()), DriverName).
#pragma once

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "common/storage/database.h"
#include "tests/support/local_service.h"

namespace dangol::testing {

struct Driver {
  std::string name;
  // The URL of an empty database that lives as long as the folder.
  std::string (*url)(const TemporaryFolder& folder);
};

inline std::ostream& operator<<(std::ostream& out, const Driver& driver) { return out << driver.name; }

inline std::vector<Driver> Drivers() {
  return {{"sqlite", [](const TemporaryFolder& folder) { return "sqlite:" + folder.File("test.db"); }}};
}

inline std::string DriverName(const ::testing::TestParamInfo<Driver>& driver) { return driver.param.name; }

}  // namespace dangol::testing
