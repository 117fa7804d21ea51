// The public conformance cases of Connect and gRPC-Web, against the gateway before a gRPC server.
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "fmt/format.h"
#include "fmt/ranges.h"
#include <gtest/gtest.h>

#include "tests/services/gateway/conformance/conformance_client.h"
#include "tests/services/gateway/conformance/conformance_service.h"
#include "tests/services/gateway/conformance/expectation.h"
#include "tests/services/gateway/conformance/suite_file.h"
#include "tests/services/gateway/gateway_fixture.h"

namespace dangol::gateway {
namespace {

namespace v1 = connectrpc::conformance::v1;

constexpr char kCasesVariable[] = "DANGOL_CONFORMANCE_CASES";

// Of the whole set, which is not part of this repository.
std::string WholeSetFolder() {
  const char* named = std::getenv(kCasesVariable);
  return named != nullptr ? named : DANGOL_CONFORMANCE_CASES;
}

// Those of `values` that the suite is about; all of them where it says nothing.
template <typename Value>
std::vector<Value> Relevant(const google::protobuf::RepeatedField<int>& named, std::vector<Value> values) {
  if (named.empty()) return values;
  std::erase_if(values, [&](Value value) { return std::find(named.begin(), named.end(), value) == named.end(); });
  return values;
}

std::vector<Variant> Variants(const v1::TestSuite& suite) {
  std::vector<Variant> variants;
  for (const auto protocol :
       Relevant<v1::Protocol>(suite.relevant_protocols(), {v1::PROTOCOL_CONNECT, v1::PROTOCOL_GRPC_WEB})) {
    for (const auto codec : Relevant<v1::Codec>(suite.relevant_codecs(), {v1::CODEC_PROTO, v1::CODEC_JSON})) {
      for (const auto compression :
           Relevant<v1::Compression>(suite.relevant_compressions(), {v1::COMPRESSION_IDENTITY, v1::COMPRESSION_GZIP})) {
        variants.push_back({protocol, codec, compression});
      }
    }
  }
  return variants;
}

// Why nothing of a suite can be run; empty: it can.
std::string OutOfScope(const v1::TestSuite& suite) {
  if (suite.mode() == v1::TestSuite::TEST_MODE_CLIENT) return "tests a client";
  if (suite.relies_on_tls() || suite.relies_on_tls_client_certs()) return "TLS is for a proxy in front";
  if (Relevant<v1::HTTPVersion>(suite.relevant_http_versions(), {v1::HTTP_VERSION_1}).empty()) return "needs HTTP/2";
  if (Variants(suite).empty()) return "plain gRPC, which needs HTTP/2";
  return "";
}

std::string OutOfScope(const v1::TestCase& test_case) {
  switch (test_case.request().stream_type()) {
    case v1::STREAM_TYPE_UNARY:
    case v1::STREAM_TYPE_SERVER_STREAM:
      return "";
    case v1::STREAM_TYPE_CLIENT_STREAM:
      return "a stream of requests";
    default:
      return "streams both ways";
  }
}

class Conformance : public ::testing::TestWithParam<std::string> {
 protected:
  Conformance() {
    GatewayOptions options;
    options.calls.message_bytes_max = kConformanceMessageBytesMax;
    // A service must see a deadline only where the client has named one.
    options.calls.unary_time_default = absl::InfiniteDuration();
    options.calls.unary_time_max = absl::InfiniteDuration();
    // The gateway finds a backend by the second part of a package's name.
    options.backends.push_back(BackendAt("conformance", fmt::format("127.0.0.1:{}", service_.port())));
    gateway_ = StartGateway(std::move(options));
  }

  void RunCase(const v1::TestSuite& suite, const v1::TestCase& test_case) {
    for (const Variant& variant : Variants(suite)) {
      const std::vector<std::string> problems =
          Differences(test_case, MakeCall(gateway_->port(), test_case.request(), variant));
      EXPECT_TRUE(problems.empty()) << fmt::format(
          "{} by {}, {}, {}:\n  {}", test_case.request().test_name(), v1::Protocol_Name(variant.protocol),
          v1::Codec_Name(variant.codec), v1::Compression_Name(variant.compression), fmt::join(problems, "\n  "));
      ++(problems.empty() ? passed_ : failed_);
    }
  }

  const ConformanceServer service_;
  std::unique_ptr<Gateway> gateway_;
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

INSTANTIATE_TEST_SUITE_P(Chosen, Conformance, ::testing::ValuesIn(SuiteFiles(DANGOL_CONFORMANCE_CHOSEN)), StemOf);
INSTANTIATE_TEST_SUITE_P(Whole, Conformance, ::testing::ValuesIn(SuiteFiles(WholeSetFolder())), StemOf);

TEST(ConformanceCases, TheChosenOnesAreThere) { EXPECT_FALSE(SuiteFiles(DANGOL_CONFORMANCE_CHOSEN).empty()); }

TEST(ConformanceCases, TheWholeSetIsThere) {
  if (!SuiteFiles(WholeSetFolder()).empty()) return;
  if (std::getenv(kCasesVariable) != nullptr) FAIL() << WholeSetFolder() << " has no *.yaml";
  GTEST_SKIP() << "Only the chosen cases were run: the whole set is not in '" << WholeSetFolder() << "'. Set "
               << kCasesVariable << " to its folder (README.md of this test).";
}

}  // namespace
}  // namespace dangol::gateway
