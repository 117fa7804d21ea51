// The conformance cases by clients that others have written: Connect's transports for browsers and Node.js, `buf curl`.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "fmt/format.h"
#include "fmt/ranges.h"
#include <gtest/gtest.h>

#include "tests/services/gateway/conformance/case_scope.h"
#include "tests/services/gateway/conformance/conformance_gateway.h"
#include "tests/services/gateway/conformance/expectation.h"
#include "tests/services/gateway/conformance/suite_file.h"
#include "tests/support/child_process.h"

namespace dangol::gateway {
namespace {

namespace v1 = connectrpc::conformance::v1;
using testing::Ended;

constexpr char kConnectWeb[] = "connect-web";
constexpr char kBufCurl[] = "buf-curl";
constexpr int kCannotRun = 77;
constexpr absl::Duration kPatience = absl::Minutes(5);

struct Call {
  v1::TestCase test_case;
  Variant variant;
};

std::string Name(const ::testing::TestParamInfo<std::string>& client) {
  return absl::StrReplaceAll(client.param, {{"-", "_"}});
}

// Why the client does not make a call; empty: it does.
std::string NotByClient(const std::string& client, const v1::ClientCompatRequest& request, const Variant& variant) {
  if (request.has_raw_request()) return "a request that no client sends";
  if (client != "connect-node" && variant.compression == v1::COMPRESSION_GZIP) return "the client packs no requests";
  if (client != kBufCurl) return "";
  if (variant.codec == v1::CODEC_JSON) return "the client sends binary messages alone";
  if (request.use_get_http_method()) return "the client does not call by GET";
  return "";
}

// Without what the client does not tell.
v1::TestCase AsToldBy(const std::string& client, const Variant& variant, v1::TestCase test_case) {
  v1::ClientResponseResult expected = ExpectedResult(test_case);
  expected.clear_http_status_code();
  const bool unary_connect = variant.protocol == v1::PROTOCOL_CONNECT &&
                             test_case.request().stream_type() == v1::STREAM_TYPE_UNARY && !expected.has_error();
  if (client == kBufCurl && !unary_connect) expected.clear_response_trailers();
  *test_case.mutable_expected_response() = std::move(expected);
  return test_case;
}

class ConformanceClients : public ::testing::TestWithParam<std::string> {
 protected:
  void AddCalls(const v1::TestSuite& suite) {
    for (const v1::TestCase& test_case : suite.test_cases()) {
      if (!OutOfScope(test_case).empty()) continue;
      int calls = 0;
      std::string reason;
      for (const Variant& variant : Variants(suite)) {
        // A process for each call: one way of each case is enough.
        if (GetParam() == kBufCurl && calls == 1) break;
        const std::string why_not = NotByClient(GetParam(), test_case.request(), variant);
        if (why_not.empty()) {
          ++calls;
          calls_.push_back({AsToldBy(GetParam(), variant, test_case), variant});
        } else {
          reason = why_not;
        }
      }
      if (calls == 0) {
        ++skipped_;
        std::cout << "  skipped " << suite.name() << ", " << test_case.request().test_name() << ": " << reason << "\n";
      } else {
        ++cases_;
      }
    }
  }

  std::string Input() const {
    std::string lines;
    for (const auto& [test_case, variant] : calls_) {
      lines += fmt::format("{} {} {} {}\n", static_cast<int>(variant.protocol), static_cast<int>(variant.codec),
                           static_cast<int>(variant.compression),
                           absl::Base64Escape(test_case.request().SerializeAsString()));
    }
    return lines;
  }

  std::vector<Call> calls_;
  int cases_ = 0;
  int skipped_ = 0;
};

TEST_P(ConformanceClients, UnderstandTheGateway) {
  const std::vector<std::string> whole = WholeSuiteFiles();
  for (const std::string& file : whole.empty() ? ChosenSuiteFiles() : whole) {
    const absl::StatusOr<v1::TestSuite> suite = ReadSuite(file);
    ASSERT_TRUE(suite.ok()) << suite.status();
    if (OutOfScope(*suite).empty()) AddCalls(*suite);
  }
  const ConformanceGateway gateway;
  const Ended ended = testing::RunToEnd(
      DANGOL_CONFORMANCE_CLIENTS,
      {GetParam(), fmt::format("http://127.0.0.1:{}", gateway.port()), DANGOL_CONFORMANCE_DESCRIPTORS},
      {Input(), {}, ""}, kPatience);
  if (ended.code == kCannotRun) GTEST_SKIP() << ended.errors;
  ASSERT_EQ(ended.code, 0) << ended.errors;
  const std::vector<std::string> lines = absl::StrSplit(ended.output, '\n', absl::SkipEmpty());
  ASSERT_EQ(lines.size(), calls_.size()) << ended.errors;
  size_t failed = 0;
  for (size_t i = 0; i < lines.size(); ++i) {
    std::string bytes;
    v1::ClientResponseResult result;
    ASSERT_TRUE(absl::Base64Unescape(lines[i], &bytes) && result.ParseFromString(bytes)) << lines[i];
    const std::vector<std::string> problems = Differences(calls_[i].test_case, result);
    if (problems.empty()) continue;
    ++failed;
    ADD_FAILURE() << fmt::format("{} by {}:\n  {}", calls_[i].test_case.request().test_name(), Name(calls_[i].variant),
                                 fmt::join(problems, "\n  "));
  }
  std::cout << fmt::format("  {}: {} cases, {} calls passed, {} failed; {} cases skipped\n", GetParam(), cases_,
                           calls_.size() - failed, failed, skipped_);
}

INSTANTIATE_TEST_SUITE_P(Npm, ConformanceClients, ::testing::Values(kConnectWeb, "connect-node", kBufCurl), Name);

}  // namespace
}  // namespace dangol::gateway
