// Which of the cases concern the gateway, and how each is called.
#pragma once

#include <string>
#include <vector>

#include "tests/services/gateway/conformance/conformance_client.h"

namespace dangol::gateway {

// All ways in which the suite's cases are called.
std::vector<Variant> Variants(const connectrpc::conformance::v1::TestSuite& suite);

// Why nothing of a suite, or a case, can be run; empty: it can.
std::string OutOfScope(const connectrpc::conformance::v1::TestSuite& suite);
std::string OutOfScope(const connectrpc::conformance::v1::TestCase& test_case);

// The files of the cases that always run, and of all of them, which are not part of this repository.
std::vector<std::string> ChosenSuiteFiles();
std::vector<std::string> WholeSuiteFiles();
// Where the second are looked for.
std::string WholeSetFolder();
inline constexpr char kCasesVariable[] = "DANGOL_CONFORMANCE_CASES";

}  // namespace dangol::gateway
