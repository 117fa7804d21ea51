// The public conformance cases of Connect and gRPC-Web, against the gateway before a gRPC server.
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "fmt/ranges.h"
#include <gtest/gtest.h>

#include "tests/services/gateway/conformance/case_scope.h"
#include "tests/services/gateway/conformance/conformance_client.h"
#include "tests/services/gateway/conformance/conformance_gateway.h"
#include "tests/services/gateway/conformance/expectation.h"
#include "tests/services/gateway/conformance/suite_file.h"

namespace dangol::gateway {
namespace {

namespace v1 = connectrpc::conformance::v1;

class Conformance : public ::testing::TestWithParam<std::string> {
 protected:
  void RunCase(const v1::TestSuite& suite, const v1::TestCase& test_case) {
    for (const Variant& variant : Variants(suite)) {
      const std::vector<std::string> problems =
          Differences(test_case, MakeCall(gateway_.port(), test_case.request(), variant));
      EXPECT_TRUE(problems.empty()) << fmt::format("{} by {}:\n  {}", test_case.request().test_name(), Name(variant),
                                                   fmt::join(problems, "\n  "));
      ++(problems.empty() ? passed_ : failed_);
    }
  }

  const ConformanceGateway gateway_;
  int passed_ = 0;
  int failed_ = 0;
};

TEST_P(Conformance, AnswersAsTheSuiteExpects) {
  const absl::StatusOr<v1::TestSuite> suite = ReadSuite(GetParam());
  ASSERT_TRUE(suite.ok()) << suite.status();
  const std::string reason = OutOfScope(*suite);
  if (!reason.empty()) GTEST_SKIP() << suite->name() << ": " << reason;
  int cases = 0;
  for (const v1::TestCase& test_case : suite->test_cases()) {
    const std::string case_reason = OutOfScope(test_case);
    if (case_reason.empty()) {
      ++cases;
      RunCase(*suite, test_case);
    } else {
      std::cout << "  skipped " << test_case.request().test_name() << ": " << case_reason << "\n";
    }
  }
  std::cout << "  " << suite->name() << ": " << cases << " cases, " << passed_ << " calls passed, " << failed_
            << " failed\n";
  EXPECT_GT(passed_ + failed_, 0);
}

std::string StemOf(const ::testing::TestParamInfo<std::string>& file) {
  return std::filesystem::path(file.param).stem().string();
}

INSTANTIATE_TEST_SUITE_P(Chosen, Conformance, ::testing::ValuesIn(ChosenSuiteFiles()), StemOf);
INSTANTIATE_TEST_SUITE_P(Whole, Conformance, ::testing::ValuesIn(WholeSuiteFiles()), StemOf);

TEST(ConformanceCases, TheChosenOnesAreThere) { EXPECT_FALSE(ChosenSuiteFiles().empty()); }

TEST(ConformanceCases, TheWholeSetIsThere) {
  if (!WholeSuiteFiles().empty()) return;
  if (std::getenv(kCasesVariable) != nullptr) FAIL() << WholeSetFolder() << " has no *.yaml";
  GTEST_SKIP() << "Only the chosen cases were run: the whole set is not in '" << WholeSetFolder() << "'. Set "
               << kCasesVariable << " to its folder (README.md of this test).";
}

}  // namespace
}  // namespace dangol::gateway
